"""How Microsoft.Network's resources hang together: what one shows of others, and what keeps another from going."""

import pytest
from arm_client import NETWORK, Azure, address, in_region, interface, network, peering, prefix, rule, space, subnet
from azure.mgmt.network import models

NSG = f"{NETWORK}/networkSecurityGroups/apps"
NIC = f"{NETWORK}/networkInterfaces/one"
PUBLIC = f"{NETWORK}/publicIPAddresses/gateway"
NAT = f"{NETWORK}/natGateways/out"
STANDARD = {"sku": {"name": "Standard"}}


def to(remote: str) -> dict:
    return {"properties": {"remoteVirtualNetwork": {"id": network(remote)}}}


@pytest.fixture
def networks(azure: Azure) -> Azure:
    azure.made(network("east"), space("10.10.0.0/16"))
    azure.made(network("west"), space("10.20.0.0/16"))
    azure.made(subnet("east", "apps"), prefix("10.10.0.0/24"))
    return azure


def state(azure: Azure, of: str) -> str:
    return azure.body(of)["properties"]["peeringState"]


class TestNetworks:
    def test_a_network_shows_its_subnets(self, networks: Azure):
        shown = networks.body(network("east"))["properties"]

        assert [one["name"] for one in shown["subnets"]] == ["apps"]
        assert shown["subnets"][0]["properties"]["addressPrefix"] == "10.10.0.0/24"
        assert shown["enableDdosProtection"] is False

    def test_a_write_without_subnets_keeps_them_and_with_none_deletes_them(self, networks: Azure):
        networks.made(network("east"), space("10.10.0.0/16"))
        assert networks.get(subnet("east", "apps")).status_code == 200

        networks.made(
            network("east"), in_region({"addressSpace": {"addressPrefixes": ["10.10.0.0/16"]}, "subnets": []})
        )
        assert networks.get(subnet("east", "apps")).status_code == 404

    def test_subnets_written_inside_a_network_are_resources(self, networks: Azure):
        parts = [{"name": "b", **prefix("10.10.1.0/24")}, {"name": "a", **prefix("10.10.2.0/24")}]
        whole = in_region({"addressSpace": {"addressPrefixes": ["10.10.0.0/16"]}, "subnets": parts})
        shown = networks.made(network("east"), whole)["properties"]["subnets"]

        assert [one["name"] for one in shown] == ["b", "a"]
        assert networks.body(subnet("east", "a"))["properties"]["addressPrefix"] == "10.10.2.0/24"
        networks.made(subnet("east", "c"), prefix("10.10.3.0/24"))
        assert [one["name"] for one in networks.body(network("east"))["properties"]["subnets"]] == ["b", "a", "c"]

    def test_a_network_goes_with_its_subnets(self, networks: Azure):
        networks.gone(network("east"))

        assert networks.application.store.get(subnet("east", "apps")) is None

    def test_a_network_does_not_go_while_a_subnet_is_used(self, networks: Azure):
        networks.made(NIC, interface(address(subnet("east", "apps"))))

        assert networks.refused_delete(network("east")) == "InUseSubnetCannotBeDeleted"
        assert networks.refused_delete(subnet("east", "apps")) == "InUseSubnetCannotBeDeleted"
        networks.gone(NIC)
        networks.gone(subnet("east", "apps"))
        networks.gone(network("east"))


class TestPeerings:
    def test_one_half_is_initiated_and_both_are_connected(self, networks: Azure):
        networks.made(peering("east", "west"), to("west"))
        assert state(networks, peering("east", "west")) == "Initiated"

        networks.made(peering("west", "east"), to("east"))
        assert state(networks, peering("west", "east")) == "Connected"
        assert state(networks, peering("east", "west")) == "Connected"

    def test_a_half_alone_is_disconnected_and_has_to_be_made_again(self, networks: Azure):
        networks.made(peering("east", "west"), to("west"))
        networks.made(peering("west", "east"), to("east"))
        networks.gone(peering("west", "east"))

        assert state(networks, peering("east", "west")) == "Disconnected"
        assert networks.refused(peering("west", "east"), to("east")) == "RemotePeeringIsDisconnected"
        networks.gone(peering("east", "west"))
        networks.made(peering("west", "east"), to("east"))
        networks.made(peering("east", "west"), to("west"))
        assert state(networks, peering("west", "east")) == "Connected"

    def test_a_disconnected_half_that_is_written_again_is_initiated(self, networks: Azure):
        networks.made(peering("east", "west"), to("west"))
        networks.made(peering("west", "east"), to("east"))
        networks.gone(peering("west", "east"))
        networks.made(peering("east", "west"), to("west"))

        assert state(networks, peering("east", "west")) == "Initiated"
        networks.made(peering("west", "east"), to("east"))
        assert state(networks, peering("east", "west")) == "Connected"

    def test_a_network_that_goes_disconnects_its_peers(self, networks: Azure):
        networks.made(peering("east", "west"), to("west"))
        networks.made(peering("west", "east"), to("east"))
        networks.gone(network("west"))

        assert state(networks, peering("east", "west")) == "Disconnected"

    def test_two_networks_are_peered_once(self, networks: Azure):
        networks.made(peering("east", "west"), to("west"))

        assert networks.refused(peering("east", "again"), to("west")) == "AnotherPeeringAlreadyReferencesRemoteVnet"

    def test_a_peer_does_not_overlap_with_another(self, networks: Azure):
        networks.made(network("twin"), space("10.20.0.0/24"))
        networks.made(peering("east", "west"), to("west"))

        assert networks.refused(peering("east", "twin"), to("twin")) == "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet"

    def test_a_peering_keeps_its_remote_network(self, networks: Azure):
        networks.made(network("south"), space("10.30.0.0/16"))
        networks.made(peering("east", "west"), to("west"))

        assert networks.refused(peering("east", "west"), to("south")) == "InvalidParameter"

    def test_a_space_that_grew_is_not_in_sync_until_the_peering_is_written(self, networks: Azure):
        networks.made(peering("east", "west"), to("west"))
        networks.made(peering("west", "east"), to("east"))
        networks.made(network("west"), space("10.20.0.0/16", "10.21.0.0/16"))

        def level(of: str) -> str:
            return networks.body(of)["properties"]["peeringSyncLevel"]

        assert level(peering("east", "west")) == "RemoteNotInSync"
        assert level(peering("west", "east")) == "LocalNotInSync"
        networks.made(peering("east", "west"), to("west"))
        assert level(peering("east", "west")) == "FullyInSync"

    def test_a_space_does_not_grow_into_that_of_a_peer(self, networks: Azure):
        networks.made(peering("east", "west"), to("west"))

        assert networks.refused(network("east"), space("10.10.0.0/16", "10.20.1.0/24")) == "VnetAddressSpacesOverlap"


class TestSecurityGroups:
    def test_a_group_has_azures_own_rules(self, networks: Azure):
        own = networks.made(NSG, in_region({}))["properties"]["defaultSecurityRules"]

        assert [(one["name"], one["properties"]["priority"], one["properties"]["access"]) for one in own] == [
            ("AllowVnetInBound", 65000, "Allow"),
            ("AllowAzureLoadBalancerInBound", 65001, "Allow"),
            ("DenyAllInBound", 65500, "Deny"),
            ("AllowVnetOutBound", 65000, "Allow"),
            ("AllowInternetOutBound", 65001, "Allow"),
            ("DenyAllOutBound", 65500, "Deny"),
        ]

    def test_rules_are_shown_as_azure_spells_them_in_the_order_they_were_written(self, networks: Azure):
        written = [{"name": "z", **rule(protocol="TCP", direction="inbound")}, {"name": "a", **rule(priority=300)}]
        shown = networks.made(NSG, in_region({"securityRules": written}))["properties"]["securityRules"]

        assert [one["name"] for one in shown] == ["z", "a"]
        assert shown[0]["id"] == f"{NSG}/securityRules/z"
        assert shown[0]["properties"]["protocol"] == "Tcp"
        assert shown[0]["properties"]["direction"] == "Inbound"
        assert shown[0]["properties"]["destinationPortRanges"] == []

    def test_a_rule_is_a_resource_and_goes_when_the_group_is_written_without_it(self, networks: Azure):
        networks.made(NSG, in_region({}))
        networks.made(f"{NSG}/securityRules/one", rule())
        assert [one["name"] for one in networks.body(NSG)["properties"]["securityRules"]] == ["one"]

        networks.made(NSG, in_region({"securityRules": []}))
        assert networks.get(f"{NSG}/securityRules/one").status_code == 404

    def test_a_group_in_use_does_not_go(self, networks: Azure):
        networks.made(NSG, in_region({}))
        networks.made(subnet("east", "apps"), prefix("10.10.0.0/24", networkSecurityGroup={"id": NSG.lower()}))

        assert networks.body(NSG)["properties"]["subnets"] == [{"id": subnet("east", "apps")}]
        assert networks.refused_delete(NSG) == "InUseNetworkSecurityGroupCannotBeDeleted"
        networks.made(subnet("east", "apps"), prefix("10.10.0.0/24"))
        networks.gone(NSG)

    def test_an_application_group_in_use_does_not_go(self, networks: Azure):
        group = f"{NETWORK}/applicationSecurityGroups/machines"
        networks.made(group, in_region({}))
        networks.made(NIC, interface(address(subnet("east", "apps"), applicationSecurityGroups=[{"id": group}])))

        assert networks.refused_delete(group) == "InvalidParameter"
        networks.gone(NIC)
        networks.gone(group)

    def test_an_application_group_stays_in_one_network(self, networks: Azure):
        group = f"{NETWORK}/applicationSecurityGroups/machines"
        networks.made(group, in_region({}))
        networks.made(subnet("west", "apps"), prefix("10.20.0.0/24"))
        networks.made(NIC, interface(address(subnet("east", "apps"), applicationSecurityGroups=[{"id": group}])))
        elsewhere = interface(address(subnet("west", "apps"), applicationSecurityGroups=[{"id": group}]))

        assert networks.refused(f"{NETWORK}/networkInterfaces/two", elsewhere) == "InvalidParameter"


class TestInterfaces:
    def test_addresses_are_given_from_the_fifth_on_and_kept(self, networks: Azure):
        made = networks.made(NIC, interface(address(subnet("east", "apps"))))
        second = networks.made(f"{NETWORK}/networkInterfaces/two", interface(address(subnet("east", "apps"))))

        def held(body: dict) -> str:
            return body["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"]

        assert (held(made), held(second)) == ("10.10.0.4", "10.10.0.5")
        networks.gone(f"{NETWORK}/networkInterfaces/two")
        assert (
            held(networks.made(NIC, interface(address(subnet("east", "apps")), enableIPForwarding=True))) == "10.10.0.4"
        )

    def test_a_subnet_shows_who_is_in_it(self, networks: Azure):
        networks.made(NIC, interface(address(subnet("east", "apps"))))

        shown = networks.body(subnet("east", "apps"))["properties"]["ipConfigurations"]
        assert shown == [{"id": f"{NIC}/ipConfigurations/first"}]


class TestRoutesAndAddresses:
    def test_a_route_table_in_use_does_not_go(self, networks: Azure):
        table = f"{NETWORK}/routeTables/out"
        networks.made(table, in_region({"routes": []}))
        networks.made(subnet("east", "apps"), prefix("10.10.0.0/24", routeTable={"id": table}))

        assert networks.refused_delete(table) == "InUseRouteTableCannotBeDeleted"
        networks.made(subnet("east", "apps"), prefix("10.10.0.0/24"))
        networks.gone(table)

    def test_a_nat_gateway_in_use_and_its_address_do_not_go(self, networks: Azure):
        networks.made(PUBLIC, in_region({"publicIPAllocationMethod": "Static"}, **STANDARD))
        networks.made(NAT, in_region({"publicIpAddresses": [{"id": PUBLIC}]}, **STANDARD))
        networks.made(subnet("east", "apps"), prefix("10.10.0.0/24", natGateway={"id": NAT}))

        assert networks.refused_delete(NAT) == "InUseNatGatewayCannotBeDeleted"
        assert networks.refused_delete(PUBLIC) == "PublicIPAddressCannotBeDeleted"
        networks.made(subnet("east", "apps"), prefix("10.10.0.0/24"))
        networks.gone(NAT)
        networks.gone(PUBLIC)

    def test_no_two_public_addresses_are_alike(self, networks: Azure):
        static = {"publicIPAllocationMethod": "Static"}
        bodies = [networks.made(f"{PUBLIC}-{number}", in_region(static, **STANDARD)) for number in range(20)]

        assert len({body["properties"]["ipAddress"] for body in bodies}) == 20
        again = networks.made(
            f"{PUBLIC}-3", in_region({"publicIPAllocationMethod": "Static"}, tags={"a": "b"}, **STANDARD)
        )
        assert again["properties"]["ipAddress"] == bodies[3]["properties"]["ipAddress"]


class TestPrivateEndpoints:
    ENDPOINT = f"{NETWORK}/privateEndpoints/invoices"

    def endpoint(self, **properties: object) -> dict:
        connection = {"name": "invoices", "properties": {"privateLinkServiceId": NSG, "groupIds": ["postgresqlServer"]}}
        given = {"subnet": {"id": subnet("east", "apps")}, "privateLinkServiceConnections": [connection], **properties}
        return in_region({key: value for key, value in given.items() if value is not None})

    @pytest.fixture
    def served(self, networks: Azure) -> Azure:
        networks.made(NSG, in_region({}))
        return networks

    def test_an_endpoint_has_an_interface_that_goes_with_it(self, served: Azure):
        made = served.made(self.ENDPOINT, self.endpoint())
        held = made["properties"]["networkInterfaces"][0]["id"]

        own = served.body(held)["properties"]["ipConfigurations"][0]["properties"]
        assert own["privateIPAddress"] == "10.10.0.4"
        assert served.refused_delete(held) == "NicInUse"
        assert served.refused_delete(subnet("east", "apps")) == "InUseSubnetCannotBeDeleted"
        served.gone(self.ENDPOINT)
        assert served.get(held).status_code == 404

    @pytest.mark.parametrize(
        ("sentence", "properties", "code"),
        [
            ("an endpoint is in a subnet", {"subnet": None}, "InvalidRequestFormat"),
            ("its subnet exists", {"subnet": {"id": subnet("east", "none")}}, "InvalidResourceReference"),
            ("it connects to something", {"privateLinkServiceConnections": []}, "InvalidParameter"),
            (
                "what it connects to exists",
                {
                    "privateLinkServiceConnections": [
                        {"name": "a", "properties": {"privateLinkServiceId": f"{NSG}-none"}}
                    ]
                },
                "InvalidResourceReference",
            ),
        ],
    )
    def test_an_endpoint_is_checked(self, served: Azure, sentence: str, properties: dict, code: str):
        assert served.refused(self.ENDPOINT, self.endpoint(**properties)) == code
        served.made(self.ENDPOINT, self.endpoint())

    @pytest.mark.parametrize("missing", ["name", "privateLinkServiceId"])
    def test_a_connection_says_what_it_is(self, served: Azure, missing: str):
        own = {"privateLinkServiceId": NSG} if missing == "name" else {}
        connection = {"properties": own} if missing == "name" else {"name": "invoices", "properties": own}

        refused = served.refused(self.ENDPOINT, self.endpoint(privateLinkServiceConnections=[connection]))
        assert refused == "InvalidRequestFormat"

    def test_an_endpoint_has_a_name_and_is_in_its_networks_region(self, served: Azure):
        assert served.refused(f"{NETWORK}/privateEndpoints/i", self.endpoint()) == "InvalidResourceName"
        elsewhere = {**self.endpoint(), "location": "northeurope"}
        assert served.refused(self.ENDPOINT, elsewhere) == "InvalidResourceReference"

    def test_an_endpoint_has_one_group_of_up_to_five_zones(self, served: Azure):
        zones = f"{NETWORK}/privateDnsZones"
        for number in range(6):
            served.made(f"{zones}/z{number}.shop.example", {"location": "global"}, "2024-06-01")
        served.made(self.ENDPOINT, self.endpoint())
        groups = f"{self.ENDPOINT}/privateDnsZoneGroups"

        def of(count: int) -> dict:
            several = [
                {"name": f"z{at}", "properties": {"privateDnsZoneId": f"{zones}/z{at}.shop.example"}}
                for at in range(count)
            ]
            return {"properties": {"privateDnsZoneConfigs": several}}

        unnamed = {"properties": {"privateDnsZoneConfigs": [{"properties": {}}]}}
        assert served.refused(f"{groups}/a b", of(1)) == "InvalidResourceName"
        assert served.refused(f"{groups}/default", of(6)) == "InvalidParameter"
        assert served.refused(f"{groups}/default", unnamed) == "InvalidRequestFormat"
        served.made(f"{groups}/default", of(5))
        assert served.refused(f"{groups}/second", of(1)) == "InvalidParameter"

    def test_an_endpoint_stays_in_its_subnet(self, served: Azure):
        served.made(subnet("east", "other"), prefix("10.10.1.0/24"))
        served.made(self.ENDPOINT, self.endpoint())

        assert (
            served.refused(self.ENDPOINT, self.endpoint(subnet={"id": subnet("east", "other")})) == "InvalidParameter"
        )

    def test_the_names_of_an_endpoint_lie_in_zones_that_exist(self, served: Azure):
        served.made(self.ENDPOINT, self.endpoint())
        zone = {"name": "pg", "properties": {"privateDnsZoneId": f"{NETWORK}/privateDnsZones/none.example"}}
        group = f"{self.ENDPOINT}/privateDnsZoneGroups/default"

        assert served.refused(group, {"properties": {"privateDnsZoneConfigs": [zone]}}) == "InvalidResourceReference"
        assert served.refused(group, {"properties": {"privateDnsZoneConfigs": []}}) == "InvalidParameter"


class TestAgainstAzuresOwnModels:
    """What the SDK's models say is required and allowed is required and allowed here."""

    def test_every_protocol_direction_and_access_of_the_models_is_accepted(self, networks: Azure):
        networks.made(NSG, in_region({}))
        for protocol in models.SecurityRuleProtocol:
            networks.made(f"{NSG}/securityRules/one", rule(protocol=protocol.value))
        for direction in models.SecurityRuleDirection:
            networks.made(f"{NSG}/securityRules/one", rule(direction=direction.value))
        for access in models.SecurityRuleAccess:
            networks.made(f"{NSG}/securityRules/one", rule(access=access.value))

    @pytest.mark.parametrize("name", ["protocol", "access", "priority", "direction"])
    def test_what_the_models_require_of_a_rule_is_required(self, networks: Azure, name: str):
        networks.made(NSG, in_region({}))

        assert not str(models.SecurityRulePropertiesFormat.__annotations__[name]).startswith("typing.Optional")
        assert networks.refused(f"{NSG}/securityRules/one", rule(**{name: None})) == "InvalidRequestFormat"

    def test_every_next_hop_of_the_models_is_known(self, networks: Azure):
        table = f"{NETWORK}/routeTables/out"
        newer = {models.RouteNextHopType.VIRTUAL_APPLIANCE_ECMP}  # than the versions that are simulated
        for hop in set(models.RouteNextHopType) - newer:
            address = {"nextHopIpAddress": "10.0.0.4"} if hop.value == "VirtualAppliance" else {}
            route = {"name": "one", "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": hop.value, **address}}
            networks.made(table, in_region({"routes": [route]}))

    def test_the_states_of_a_peering_are_those_of_the_models(self):
        assert {one.value for one in models.VirtualNetworkPeeringState} == {"Initiated", "Connected", "Disconnected"}
        assert {one.value for one in models.VirtualNetworkPeeringLevel} == {
            *("FullyInSync", "RemoteNotInSync", "LocalNotInSync", "LocalAndRemoteNotInSync")
        }
