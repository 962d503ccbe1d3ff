"""The azure-native plugin's calls, against the simulated Resource Manager."""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import pytest
from pulumi.runtime.proto import provider_pb2 as rpc

from mesh.lab.arm import faults
from mesh.lab.arm.catalogue import catalogue
from mesh.lab.arm.resource_manager import ResourceManager
from mesh.lab.providers.azure_native.provider import AzureNative
from mesh.lab.providers.azure_native.requests import Requests
from mesh.lab.providers.plugin import Failure, InitializationFailure
from mesh.lab.providers.properties import UNKNOWN, message, plain

SUBSCRIPTION = "0b1f6471-1bf0-4dda-aec3-cb9272f09590"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/shop"
NETWORK = f"{GROUP}/providers/Microsoft.Network"


class FakeServers:
    def start(self, cluster: str, service_cidr: str = "10.0.0.0/16", issuer: str | None = None) -> str:
        return f"kind: Config\nname: {cluster}\n"

    def stop(self, cluster: str) -> None:
        pass

    def define(self, cluster: str, definitions: Sequence[Mapping[str, Any]]) -> None:
        pass


class Clock:
    """Time passes only where somebody waits."""

    now = 0.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds


class Engine:
    """Calls the plugin as the engine does, and keeps the state as it does."""

    def __init__(self, application: ResourceManager, clock: Clock) -> None:
        self.application = application
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app=application), base_url="https://management.azure.com"
        )
        self.plugin = AzureNative(Requests(self.http, clock.pause))
        self.plugin.Configure(
            rpc.ConfigureRequest(args=message({"subscriptionId": SUBSCRIPTION, "location": "westeurope"})), None
        )

    def urn(self, token: str) -> str:
        return f"urn:pulumi:lab::hybrid-mesh::hybrid-mesh:environment:Network$azure-native:{token}::name"

    def check(self, token: str, inputs: dict[str, Any]) -> dict[str, Any]:
        answer = self.plugin.Check(rpc.CheckRequest(urn=self.urn(token), news=message(inputs)), None)
        assert not answer.failures
        return plain(answer.inputs)

    def create(self, token: str, inputs: dict[str, Any]) -> "Made":
        inputs = self.check(token, inputs)
        answer = self.plugin.Create(rpc.CreateRequest(urn=self.urn(token), properties=message(inputs)), None)
        return Made(self, token, answer.id, inputs, plain(answer.properties))

    def planned(self, token: str, inputs: dict[str, Any]) -> dict[str, Any]:
        request = rpc.CreateRequest(urn=self.urn(token), properties=message(self.check(token, inputs)), preview=True)
        return plain(self.plugin.Create(request, None).properties)

    def put(self, path: str, change: Any) -> None:
        """Somebody changes a resource behind the program's back."""
        body = self.http.get(path, params={"api-version": "2024-05-01"}).json()
        change(body)
        response = self.http.put(path, params={"api-version": "2024-05-01"}, json=body)
        assert response.status_code < 300, response.text
        self.plugin._requests._wait("PUT", response, 10)


class Made:
    def __init__(self, engine: Engine, token: str, id: str, inputs: dict[str, Any], state: dict[str, Any]) -> None:
        self.engine, self.token, self.id, self.inputs, self.state = engine, token, id, inputs, state

    def read(self, inputs: dict[str, Any] | None = None, state: dict[str, Any] | None = None) -> rpc.ReadResponse:
        request = rpc.ReadRequest(
            id=self.id,
            urn=self.engine.urn(self.token),
            inputs=message(self.inputs if inputs is None else inputs),
            properties=message(self.state if state is None else state),
        )
        return self.engine.plugin.Read(request, None)

    def drift(self, *ignored: str) -> dict[str, str]:
        """The changed inputs that a refresh finds, by path."""
        return self.diff(plain(self.read().inputs), self.inputs, *ignored)

    def diff(self, old: dict[str, Any], new: dict[str, Any], *ignored: str) -> dict[str, str]:
        request = rpc.DiffRequest(
            id=self.id,
            urn=self.engine.urn(self.token),
            old_inputs=message(old),
            olds=message(self.state),
            news=message(new),
            ignoreChanges=ignored,
        )
        answer = self.engine.plugin.Diff(request, None)
        assert (answer.changes == rpc.DiffResponse.DIFF_SOME) == bool(answer.detailedDiff)
        return {path: rpc.PropertyDiff.Kind.Name(kind.kind) for path, kind in answer.detailedDiff.items()}

    def changed(self, **inputs: Any) -> dict[str, str]:
        return self.diff(self.inputs, self.engine.check(self.token, {**self.inputs, **inputs}))

    def update(self, **inputs: Any) -> None:
        self.inputs = {**self.inputs, **inputs}
        request = rpc.UpdateRequest(
            id=self.id,
            urn=self.engine.urn(self.token),
            olds=message(self.state),
            news=message(self.inputs),
        )
        self.state = plain(self.engine.plugin.Update(request, None).properties)

    def delete(self) -> None:
        self.engine.plugin.Delete(rpc.DeleteRequest(id=self.id, urn=self.engine.urn(self.token)), None)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    clock = Clock()
    engine = Engine(ResourceManager(tmp_path / "azure.db", catalogue(FakeServers()), clock), clock)
    with engine.http:
        yield engine


def security_group(*priorities: int) -> dict[str, Any]:
    return named(networkSecurityGroupName="apps", securityRules=rules(*priorities))


@pytest.fixture
def group(engine: Engine) -> Made:
    return engine.create("resources:ResourceGroup", {"resourceGroupName": "shop", "location": "westeurope"})


def named(**inputs: Any) -> dict[str, Any]:
    return {"resourceGroupName": "shop", **inputs}


def network(name: str = "east", cidr: str = "10.10.0.0/16") -> dict[str, Any]:
    return named(virtualNetworkName=name, addressSpace={"addressPrefixes": [cidr]}, tags={"team": "shop"})


def rules(*priorities: int) -> list[dict[str, Any]]:
    return [
        {
            "name": f"rule-{priority}",
            "priority": priority,
            "direction": "Inbound",
            "access": "Allow",
            "protocol": "TCP",
            "sourceAddressPrefix": "10.20.0.0/16",
            "sourcePortRange": "*",
            "destinationAddressPrefix": "10.10.0.4",
            "destinationPortRanges": ["443", "15443"],
        }
        for priority in priorities
    ]


def test_a_resource_is_created_shown_flat_and_deleted(engine: Engine, group: Made):
    made = engine.create("network:NetworkSecurityGroup", security_group(200))

    assert made.id == f"{NETWORK}/networkSecurityGroups/apps"
    assert made.state["provisioningState"] == "Succeeded"
    assert made.state["securityRules"][0]["priority"] == 200
    assert made.state["securityRules"][0]["protocol"] == "Tcp"
    assert [rule["name"] for rule in made.state["defaultSecurityRules"]][2] == "DenyAllInBound"

    made.delete()
    assert made.read().id == ""
    made.delete()


def test_the_location_comes_from_the_provider(engine: Engine, group: Made):
    assert engine.create("network:VirtualNetwork", network()).state["location"] == "westeurope"


def test_what_is_there_already_is_not_created_again(engine: Engine, group: Made):
    engine.create("network:VirtualNetwork", network())

    with pytest.raises(Failure, match=f"cannot create already existing resource '{NETWORK}/virtualNetworks/east'"):
        engine.create("network:VirtualNetwork", network())


def test_a_preview_knows_the_inputs_and_leaves_the_rest_open(engine: Engine):
    planned = engine.planned("network:VirtualNetwork", network())

    assert planned["addressSpace"]["addressPrefixes"] == ["10.10.0.0/16"]
    assert planned["addressSpace"]["ipamPoolPrefixAllocations"] == UNKNOWN
    assert planned["resourceGuid"] == UNKNOWN
    assert engine.application.store.requests() == []


def test_an_unknown_type_is_named(engine: Engine):
    with pytest.raises(Failure, match="the resource type azure-native:web:WebApp is not known"):
        engine.check("web:WebApp", {})


def test_a_refusal_is_told_in_azures_words(engine: Engine, group: Made):
    with pytest.raises(Failure) as told:
        engine.create("network:VirtualNetwork", network(cidr="10.10.0.1/16"))

    assert str(told.value) == (
        f'PUT {NETWORK}/virtualNetworks/east: Status=400 Code="InvalidCIDRNotation" Message="The address prefix'
        f" 10.10.0.1/16 in resource {NETWORK}/virtualNetworks/east has an invalid CIDR notation. For the given prefix"
        ' length, the address prefix should be 10.10.0.0/16."'
    )


def test_a_resource_that_was_accepted_and_failed_is_kept(engine: Engine, group: Made):
    faults.switch_on(engine.application.store, "fail_keeping", "PUT", "*/virtualnetworks/*")

    with pytest.raises(InitializationFailure, match='accepted, then failed: Code="InternalServerError"'):
        engine.create("network:VirtualNetwork", network())


def test_a_resource_that_was_accepted_and_then_lost_is_not_kept(engine: Engine, group: Made):
    faults.switch_on(engine.application.store, "fail_losing", "PUT", "*/virtualnetworks/*")

    with pytest.raises(Failure, match="InternalServerError") as told:
        engine.create("network:VirtualNetwork", network())
    assert not isinstance(told.value, InitializationFailure)


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("throttle", {"seconds": 0}),
        ("refuse", {"status": 503, "code": "ServiceUnavailable"}),
        ("reset_before", {}),
        ("reset_after", {}),
        ("lose_answer", {}),
        ("malformed", {}),
    ],
)
def test_what_passes_is_tried_again(engine: Engine, group: Made, kind: faults.Kind, parameters: dict[str, Any]):
    faults.switch_on(engine.application.store, kind, "PUT", "*/virtualnetworks/*", times=2, **parameters)

    assert engine.create("network:VirtualNetwork", network()).state["provisioningState"] == "Succeeded"


def test_what_does_not_pass_is_told(engine: Engine, group: Made):
    faults.switch_on(engine.application.store, "throttle", "PUT", "*/virtualnetworks/*", times=100, seconds=0)

    with pytest.raises(Failure, match='Status=429 Code="TooManyRequests"'):
        engine.create("network:VirtualNetwork", network())


def test_a_connection_that_stays_broken_is_told_without_a_traceback(engine: Engine, group: Made):
    faults.switch_on(engine.application.store, "reset_before", "PUT", "*/virtualnetworks/*", times=100)

    with pytest.raises(Failure, match="the connection to Resource Manager broke 6 times: Connection reset by peer"):
        engine.create("network:VirtualNetwork", network())


def test_subnets_of_one_network_wait_for_each_other(engine: Engine, group: Made):
    engine.create("network:VirtualNetwork", network())
    wanted = [
        named(virtualNetworkName="east", subnetName=f"s{number}", addressPrefix=f"10.10.{number}.0/24")
        for number in range(4)
    ]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda inputs: engine.create("network:Subnet", inputs), wanted))

    assert {one.state["name"] for one in made} == {"s0", "s1", "s2", "s3"}


def test_an_untouched_resource_has_no_drift(engine: Engine, group: Made):
    east = engine.create("network:VirtualNetwork", network())
    apps = engine.create("network:NetworkSecurityGroup", security_group(200, 100))
    subnet = engine.create(
        "network:Subnet",
        named(
            virtualNetworkName="east",
            subnetName="apps",
            addressPrefix="10.10.0.0/24",
            networkSecurityGroup={"id": apps.id.upper()},
        ),
    )
    engine.create(
        "network:NetworkInterface",
        named(networkInterfaceName="one", ipConfigurations=[{"name": "primary", "subnet": {"id": subnet.id}}]),
    )

    # The network shows a subnet by now, the group and the subnet who uses them.
    for made in (group, east, apps, subnet):
        assert made.drift() == {}, made.id


def test_every_changed_property_is_drift(engine: Engine, group: Made):
    made = engine.create("network:NetworkSecurityGroup", security_group(200, 100))

    def change(body: dict[str, Any]) -> None:
        body["tags"] = {"who": "somebody"}
        body["properties"]["securityRules"][1]["properties"]["access"] = "Deny"

    engine.put(made.id, change)

    assert made.drift() == {"tags": "DELETE", "securityRules[1].access": "UPDATE"}


def test_a_rule_somebody_added_or_took_away_is_drift(engine: Engine, group: Made):
    made = engine.create("network:NetworkSecurityGroup", security_group(200, 100))

    def add(body: dict[str, Any]) -> None:
        opened = {**body["properties"]["securityRules"][0], "name": "opened", "id": ""}
        opened["properties"] = {**opened["properties"], "priority": 4000}
        body["properties"]["securityRules"].append(opened)

    engine.put(made.id, add)
    assert made.drift() == {"securityRules[2]": "DELETE"}

    engine.put(made.id, lambda body: body["properties"].update(securityRules=body["properties"]["securityRules"][:1]))
    assert made.drift() == {"securityRules[1]": "ADD"}


@pytest.mark.parametrize(
    "ignored", ["securityRules[1].access", "securityRules[*].access", "securityRules[1]", "securityRules"]
)
def test_what_is_ignored_is_no_drift(engine: Engine, group: Made, ignored: str):
    made = engine.create("network:NetworkSecurityGroup", security_group(200, 100))
    engine.put(made.id, lambda body: body["properties"]["securityRules"][1]["properties"].update(access="Deny"))

    assert made.drift("tags", "securityRules[0]", "securityRules[1].acces") == {"securityRules[1].access": "UPDATE"}
    assert made.drift(ignored) == {}


def test_a_default_that_somebody_changed_is_drift(engine: Engine, group: Made):
    made = engine.create("network:VirtualNetwork", network())
    engine.put(made.id, lambda body: body["properties"].update(flowTimeoutInMinutes=10))

    assert made.drift() == {"flowTimeoutInMinutes": "DELETE"}


def test_what_is_gone_has_no_id(engine: Engine, group: Made):
    made = engine.create("network:VirtualNetwork", network())
    made.delete()

    assert made.read().id == ""


def test_an_import_reads_the_inputs_that_would_make_it(engine: Engine, group: Made):
    engine.create("network:VirtualNetwork", network())
    subnet = engine.create(
        "network:Subnet", named(virtualNetworkName="east", subnetName="apps", addressPrefix="10.10.0.0/24")
    )
    inputs = plain(subnet.read(inputs={}, state={}).inputs)

    assert inputs["resourceGroupName"] == "shop"
    assert inputs["virtualNetworkName"] == "east"
    assert inputs["subnetName"] == "apps"
    assert inputs["addressPrefix"] == "10.10.0.0/24"
    assert not {"provisioningState", "etag", "id", "type"} & set(inputs)


def test_a_change_updates_in_place(engine: Engine, group: Made):
    made = engine.create("network:NetworkSecurityGroup", security_group(200))

    assert made.changed(securityRules=rules(200, 300)) == {"securityRules[1]": "ADD"}
    made.update(securityRules=rules(200, 300))
    assert [rule["priority"] for rule in made.state["securityRules"]] == [200, 300]
    assert made.drift() == {}


def test_an_update_without_the_subnets_keeps_them(engine: Engine, group: Made):
    made = engine.create("network:VirtualNetwork", network())
    engine.create("network:Subnet", named(virtualNetworkName="east", subnetName="apps", addressPrefix="10.10.0.0/24"))
    made.update(tags={"team": "other"})

    assert [subnet["name"] for subnet in made.state["subnets"]] == ["apps"]


def test_an_update_of_a_group_without_inline_rules_keeps_those_made_beside_it(engine: Engine, group: Made):
    made = engine.create("network:NetworkSecurityGroup", named(networkSecurityGroupName="apps"))
    engine.create(
        "network:SecurityRule",
        named(
            networkSecurityGroupName="apps",
            securityRuleName="one",
            **{key: value for key, value in rules(200)[0].items() if key != "name"},
        ),
    )
    made.update(tags={"team": "other"})

    assert [rule["name"] for rule in made.state["securityRules"]] == ["one"]


def test_another_name_or_place_is_another_resource(engine: Engine, group: Made):
    made = engine.create("network:VirtualNetwork", network())

    assert made.changed(virtualNetworkName="west") == {"virtualNetworkName": "UPDATE_REPLACE"}
    assert made.changed(location="northeurope") == {"location": "UPDATE_REPLACE"}
    assert made.changed(location="West Europe", resourceGroupName="SHOP") == {}
    assert made.changed(addressSpace={"addressPrefixes": ["10.10.0.0/15"]}) == {
        "addressSpace.addressPrefixes[0]": "UPDATE"
    }


def test_credentials_are_secret(engine: Engine, group: Made):
    identity = engine.create("managedidentity:UserAssignedIdentity", named(resourceName="nodes"))
    pool = {"name": "system", "mode": "System", "count": 3, "vmSize": "Standard_D4s_v5", "osType": "Linux"}
    engine.create(
        "containerservice:ManagedCluster",
        named(
            resourceName="east",
            dnsPrefix="east",
            identity={"type": "UserAssigned", "userAssignedIdentities": [identity.id]},
            agentPoolProfiles=[pool],
        ),
    )
    request = rpc.InvokeRequest(
        tok="azure-native:containerservice:listManagedClusterUserCredentials", args=message(named(resourceName="east"))
    )
    answer = getattr(engine.plugin.Invoke(request, None), "return")
    value = answer.fields["kubeconfigs"].list_value.values[0].struct_value.fields["value"].struct_value

    assert value.fields["4dabf18193072939515e22adb298388d"].string_value == "1b47061264138c4ac30d75fd1eb44270"
    assert value.fields["value"].string_value


def test_a_get_function_shows_what_others_made_and_writes_nothing(engine: Engine, group: Made):

    space = {"addressPrefixes": ["10.60.0.0/16"]}
    created = engine.create("network:VirtualNetwork", named(virtualNetworkName="vnet-corp", addressSpace=space))
    before = engine.application.store.get(created.id)
    request = rpc.InvokeRequest(
        tok="azure-native:network:getVirtualNetwork", args=message(named(virtualNetworkName="vnet-corp"))
    )
    found = plain(getattr(engine.plugin.Invoke(request, None), "return"))

    assert found["id"] == f"{NETWORK}/virtualNetworks/vnet-corp"
    assert found["addressSpace"] == {"addressPrefixes": ["10.60.0.0/16"]}
    assert engine.application.store.get(created.id) == before


def test_a_get_function_of_what_is_not_there_is_refused(engine: Engine):
    request = rpc.InvokeRequest(
        tok="azure-native:containerservice:getManagedCluster", args=message(named(resourceName="nowhere"))
    )

    with pytest.raises(Failure, match="ResourceNotFound"):
        engine.plugin.Invoke(request, None)


def test_the_version_is_that_of_the_sdk(engine: Engine):
    assert engine.plugin.GetPluginInfo(None, None).version == version("pulumi-azure-native")


def every_type() -> list[tuple[str, dict[str, Any]]]:
    """One of each, each after what it needs."""
    role = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
    network_contributor = f"{role}/4d97b98b-1d4f-4787-a291-c67834d212e7"
    nodes = f"{NETWORK}/virtualNetworks/east/subnets/nodes"
    identity = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/nodes"
    pool = {"count": 3, "vmSize": "Standard_D4s_v5", "osType": "Linux", "vnetSubnetID": nodes}
    server = f"{GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers/invoices-shop"
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOgOvJ1oX6vY+zbOGKL3i7KtOXZYZzDWRNSv5NzUzYxs platform@shop.example"
    return [
        ("network:VirtualNetwork", network()),
        ("network:VirtualNetwork", network("west", "10.20.0.0/16")),
        (
            "network:VirtualNetworkPeering",
            named(
                virtualNetworkName="east",
                virtualNetworkPeeringName="west",
                remoteVirtualNetwork={"id": f"{NETWORK}/virtualNetworks/west"},
                allowVirtualNetworkAccess=True,
            ),
        ),
        ("network:ApplicationSecurityGroup", named(applicationSecurityGroupName="machines")),
        ("network:NetworkSecurityGroup", security_group(200, 100)),
        (
            "network:RouteTable",
            named(
                routeTableName="out",
                routes=[{"name": "all", "addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"}],
            ),
        ),
        (
            "network:PublicIPAddress",
            named(publicIpAddressName="out", sku={"name": "Standard"}, publicIPAllocationMethod="Static"),
        ),
        ("network:NatGateway", named(natGatewayName="out", sku={"name": "Standard"})),
        (
            "network:Subnet",
            named(
                virtualNetworkName="east",
                subnetName="nodes",
                addressPrefix="10.10.0.0/24",
                networkSecurityGroup={"id": f"{NETWORK}/networkSecurityGroups/apps"},
                routeTable={"id": f"{NETWORK}/routeTables/out"},
            ),
        ),
        (
            "network:Subnet",
            named(
                virtualNetworkName="east",
                subnetName="data",
                addressPrefix="10.10.2.0/24",
                delegations=[{"name": "pg", "serviceName": "Microsoft.DBforPostgreSQL/flexibleServers"}],
            ),
        ),
        ("managedidentity:UserAssignedIdentity", named(resourceName="nodes")),
        (
            "managedidentity:FederatedIdentityCredential",
            named(
                resourceName="nodes",
                federatedIdentityCredentialResourceName="istiod",
                issuer="https://westeurope.oic.prod-aks.azure.com/tenant/cluster/",
                subject="system:serviceaccount:istio-system:istiod",
                audiences=["api://AzureADTokenExchange"],
            ),
        ),
        (
            "authorization:RoleAssignment",
            {
                "scope": nodes,
                "roleAssignmentName": "11111111-2222-4333-8444-555555555555",
                "principalId": "%(principal)s",
                "principalType": "ServicePrincipal",
                "roleDefinitionId": network_contributor,
            },
        ),
        (
            "containerservice:ManagedCluster",
            named(
                resourceName="east",
                dnsPrefix="east",
                identity={"type": "UserAssigned", "userAssignedIdentities": [identity]},
                agentPoolProfiles=[{**pool, "name": "system", "mode": "System", "type": "VirtualMachineScaleSets"}],
                networkProfile={"networkPlugin": "azure", "networkPluginMode": "overlay"},
            ),
        ),
        (
            "containerservice:AgentPool",
            named(resourceName="east", agentPoolName="apps", mode="User", tags={"team": "shop"}, **pool),
        ),
        (
            "network:NetworkInterface",
            named(
                networkInterfaceName="ledger",
                ipConfigurations=[
                    {
                        "name": "primary",
                        "subnet": {"id": nodes},
                        "applicationSecurityGroups": [{"id": f"{NETWORK}/applicationSecurityGroups/machines"}],
                    }
                ],
            ),
        ),
        (
            "compute:VirtualMachine",
            named(
                vmName="ledger",
                hardwareProfile={"vmSize": "Standard_D2s_v5"},
                identity={"type": "UserAssigned", "userAssignedIdentities": [identity]},
                networkProfile={"networkInterfaces": [{"id": f"{NETWORK}/networkInterfaces/ledger", "primary": True}]},
                osProfile={
                    "computerName": "ledger",
                    "adminUsername": "mesh",
                    "linuxConfiguration": {
                        "disablePasswordAuthentication": True,
                        "ssh": {"publicKeys": [{"keyData": key, "path": "/home/mesh/.ssh/authorized_keys"}]},
                    },
                },
                storageProfile={
                    "imageReference": {
                        "publisher": "Canonical",
                        "offer": "ubuntu-24_04-lts",
                        "sku": "server",
                        "version": "latest",
                    },
                    "osDisk": {"name": "ledger-os", "createOption": "FromImage", "deleteOption": "Delete"},
                },
            ),
        ),
        (
            "compute:VirtualMachineScaleSet",
            named(
                vmScaleSetName="batch",
                sku={"name": "Standard_D2s_v5", "tier": "Standard", "capacity": 2},
                identity={"type": "UserAssigned", "userAssignedIdentities": [identity]},
                orchestrationMode="Uniform",
                overprovision=False,
                upgradePolicy={"mode": "Manual"},
                virtualMachineProfile={
                    "networkProfile": {
                        "networkInterfaceConfigurations": [
                            {
                                "name": "primary",
                                "primary": True,
                                "ipConfigurations": [{"name": "primary", "primary": True, "subnet": {"id": nodes}}],
                            }
                        ]
                    },
                    "osProfile": {"computerNamePrefix": "batch", "adminUsername": "mesh", "customData": "YQ=="},
                    "storageProfile": {"osDisk": {"createOption": "FromImage"}},
                },
            ),
        ),
        (
            "compute:VirtualMachineExtension",
            named(
                vmName="ledger",
                vmExtensionName="bootstrap",
                publisher="Microsoft.Azure.Extensions",
                type="CustomScript",
                typeHandlerVersion="2.1",
                settings={"commandToExecute": "true"},
            ),
        ),
        ("privatedns:PrivateZone", named(privateZoneName="shop.postgres.database.azure.com", location="Global")),
        (
            "privatedns:VirtualNetworkLink",
            named(
                privateZoneName="shop.postgres.database.azure.com",
                virtualNetworkLinkName="east",
                location="Global",
                registrationEnabled=False,
                virtualNetwork={"id": f"{NETWORK}/virtualNetworks/east"},
            ),
        ),
        (
            "privatedns:PrivateRecordSet",
            named(
                privateZoneName="shop.postgres.database.azure.com",
                recordType="A",
                relativeRecordSetName="ledger",
                ttl=300,
                aRecords=[{"ipv4Address": "10.10.0.10"}],
            ),
        ),
        (
            "dbforpostgresql:Server",
            named(
                serverName="invoices-shop",
                administratorLogin="mesh",
                administratorLoginPassword="Sufficiently-Long-1",
                version="16",
                sku={"name": "Standard_D2ds_v5", "tier": "GeneralPurpose"},
                storage={"storageSizeGB": 32},
            ),
        ),
        (
            "dbforpostgresql:Database",
            named(serverName="invoices-shop", databaseName="invoices", charset="UTF8", collation="en_US.utf8"),
        ),
        (
            "dbforpostgresql:FirewallRule",
            named(
                serverName="invoices-shop",
                firewallRuleName="office",
                startIpAddress="203.0.113.1",
                endIpAddress="203.0.113.9",
            ),
        ),
        (
            "network:PrivateEndpoint",
            named(
                privateEndpointName="invoices",
                subnet={"id": nodes},
                privateLinkServiceConnections=[
                    {
                        "name": "invoices",
                        "privateLinkServiceId": server,
                        "groupIds": ["postgresqlServer"],
                    }
                ],
            ),
        ),
        (
            "network:PrivateDnsZoneGroup",
            named(
                privateEndpointName="invoices",
                privateDnsZoneGroupName="default",
                privateDnsZoneConfigs=[
                    {
                        "name": "pg",
                        "privateDnsZoneId": f"{NETWORK}/privateDnsZones/shop.postgres.database.azure.com",
                    }
                ],
            ),
        ),
        (
            "keyvault:Vault",
            named(
                vaultName="shop-vault",
                properties={
                    "tenantId": "%(tenant)s",
                    "sku": {"family": "A", "name": "standard"},
                    "enableRbacAuthorization": True,
                },
            ),
        ),
        (
            "keyvault:Secret",
            named(vaultName="shop-vault", secretName="ca", properties={"value": "canary-of-the-vault"}),
        ),
    ]


def test_each_type_is_made_read_without_drift_and_deleted(engine: Engine, group: Made):
    made: list[Made] = []
    known: dict[str, str] = {}
    for token, inputs in every_type():
        planned = engine.planned(token, filled(inputs, known))
        one = engine.create(token, filled(inputs, known))
        assert set(planned) >= set(one.state), token
        assert one.drift() == {}, one.id
        known |= of_identity(one)
        made.append(one)
    for one in reversed(made):
        one.delete()
        assert one.read().id == "", one.id


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of everything in a body that is neither object nor list."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    yield from ((*path, key) for key, item in members if not isinstance(item, dict | list))
    for key, item in members:
        yield from leaves(item, (*path, key))


def mutated(body: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    body = json.loads(json.dumps(body))
    inside: Any = body
    for step in path[:-1]:
        inside = inside[step]
    old = inside[path[-1]]
    inside[path[-1]] = not old if isinstance(old, bool) else old + 1 if isinstance(old, int) else f"{old}-changed"
    return body


AZURES_OWN = {
    *("name", "etag", "provisioningState", "resourceGuid", "clientId", "principalId", "tenantId", "vmId", "uniqueId"),
    "kind",
    *("currentOrchestratorVersion", "nodeImageVersion", "azurePortalFQDN", "currentKubernetesVersion", "fqdn"),
    *(
        "maxAgentPools",
        "networkProfile.podLinkLocalAccess",
        "powerState.code",
        "resourceUID",
        "fullyQualifiedDomainName",
        "state",
    ),
    *("highAvailability.state", "replicaCapacity", "secretUri", "secretUriWithVersion", "vaultUri", "sku.tier"),
    *("vnetEncryptionSupported", "isAutoRegistered", "maxNumberOfRecordSets", "maxNumberOfVirtualNetworkLinks"),
    *("maxNumberOfVirtualNetworkLinksWithRegistration", "virtualNetworkLinkState"),
}
"""What Azure alone decides: no input of the SDK has it."""


def test_each_property_that_somebody_changed_is_drift_unless_it_is_azures_own(engine: Engine, group: Made):
    known: dict[str, str] = {}
    found, unseen = 0, set()
    for token, inputs in every_type():
        one = engine.create(token, filled(inputs, known))
        known |= of_identity(one)
        stored = engine.application.store.get(one.id)
        for path in leaves(stored):
            if path in (("id",), ("type",)):
                continue
            overwrite(engine, mutated(stored, path))
            if one.drift():
                found += 1
            else:
                unseen.add(".".join(map(str, path)).removeprefix("properties."))
        overwrite(engine, stored)
        assert one.drift() == {}, one.id

    assert {path for path in unseen - AZURES_OWN if not path.startswith("identity.userAssignedIdentities.")} == set()
    assert found >= 200


def overwrite(engine: Engine, body: dict[str, Any]) -> None:
    """Past every rule."""
    with engine.application.store.transaction():
        engine.application.store.put(body)


def filled(inputs: dict[str, Any], known: dict[str, str]) -> dict[str, Any]:
    return json.loads(json.dumps(inputs) % known) if known else inputs


def of_identity(made: Made) -> dict[str, str]:
    if not made.token.endswith("UserAssignedIdentity"):
        return {}
    return {"principal": made.state["principalId"], "tenant": made.state["tenantId"]}


@pytest.mark.parametrize(
    ("token", "canary"), [("dbforpostgresql:Server", "Sufficiently-Long-1"), ("keyvault:Secret", "canary-of-the-vault")]
)
def test_a_secret_value_is_in_no_output_and_not_in_the_simulators_file(
    engine: Engine, group: Made, tmp_path: Path, token: str, canary: str
):
    tenant = engine.create("managedidentity:UserAssignedIdentity", named(resourceName="nodes")).state["tenantId"]
    needed = dict(every_type())
    if token == "keyvault:Secret":
        engine.create("keyvault:Vault", filled(needed["keyvault:Vault"], {"principal": "", "tenant": tenant}))
    assert canary in json.dumps(needed[token])

    assert canary not in json.dumps(engine.create(token, needed[token]).state)
    for file in tmp_path.iterdir():
        assert canary.encode() not in file.read_bytes(), file
