"""What the judge does not know is told, by the name of its resource and the path of the field."""

from dataclasses import replace
from typing import Any

import environments
import pytest
from changed_plans import of_token, with_properties, with_resource

from mesh.access.treatment import Harmless, Judged, untreated
from mesh.findings import Context, not_judged
from mesh.plan import Plan
from mesh.plan.resources import AzureResource
from mesh.render import plan

SOUND = plan(environments.resolved(environments.declared()))


def told(changed: Plan) -> list[tuple[str, str]]:
    return [(finding.subject, finding.text) for finding in not_judged.findings(Context(changed))]


def first(token: str) -> AzureResource:
    return next(of_token(SOUND, token))


def test_of_a_plan_of_ours_everything_is_judged_or_harmless() -> None:
    assert told(SOUND) == []


@pytest.mark.parametrize(
    "token", ["network:NetworkManager", "network:PrivateEndpoint", "network:VirtualNetworkGateway", "web:WebApp"]
)
def test_a_type_that_nobody_knows_is_named(token: str) -> None:
    added = replace(first("network:NatGateway"), name="added", token=f"azure-native:{token}", properties={})

    assert told(with_resource(SOUND, added)) == [("added", f"the type {token} is not judged")]


@pytest.mark.parametrize(
    ("token", "changed", "text"),
    [
        ("network:NetworkInterface", {"enableIPForwarding": True}, "enableIPForwarding: True is not judged"),
        ("network:Subnet", {"serviceEndpoints": [{"service": "Microsoft.Sql"}]}, "serviceEndpoints is not judged"),
        ("network:Subnet", {"serviceGateway": {"id": "x"}}, "serviceGateway is not judged"),
        ("network:Subnet", {"addressPrefixes": ["fd00::/64"]}, "addressPrefixes: ['fd00::/64'] is not judged"),
        ("network:PublicIPAddress", {"publicIPAddressVersion": "IPv6"}, "publicIPAddressVersion: IPv6 is not judged"),
        ("network:VirtualNetworkPeering", {"peerCompleteVnets": False}, "peerCompleteVnets: False is not judged"),
        ("containerservice:AgentPool", {"enableNodePublicIP": True}, "enableNodePublicIP: True is not judged"),
        ("containerservice:AgentPool", {"podSubnetID": "x"}, "podSubnetID is not judged"),
        (
            "containerservice:ManagedCluster",
            {"serviceMeshProfile": {"mode": "Istio"}},
            "serviceMeshProfile is not judged",
        ),
        ("compute:VirtualMachine", {"futureNetworks": [1]}, "futureNetworks is not judged"),
        ("network:VirtualNetworkPeering", {"useRemoteGateways": True}, "useRemoteGateways: True is not judged"),
    ],
)
def test_a_property_that_nobody_knows_is_named(token: str, changed: dict[str, Any], text: str) -> None:
    resource = first(token)

    assert told(with_properties(SOUND, resource, **changed)) == [(resource.name, text)]


@pytest.mark.parametrize("changed", [{"enableIPForwarding": False}, {"tags": {"a": "b"}}, {"workloadType": None}])
def test_what_changes_nothing_is_not_told(changed: dict[str, Any]) -> None:
    assert told(with_properties(SOUND, first("network:NetworkInterface"), **changed)) == []


def test_a_field_is_told_once_at_its_highest_unknown_path() -> None:
    table = {"a[].b": Judged(), "c": Harmless("it is a name"), "d": Judged(lambda value: value == 1)}
    value = {"a": [{"b": 1}, {"b": 2, "x": {"y": 3, "z": 4}}], "c": {"any": ["thing"]}, "d": 2, "e": None}

    assert [(field.path, field.known) for field in untreated(value, table)] == [("a[1].x", False), ("d", True)]


def test_an_interface_after_the_first_is_told() -> None:
    machine = first("compute:VirtualMachine")
    interfaces = [*machine.properties["networkProfile"]["networkInterfaces"], {"id": "second"}]

    assert told(with_properties(SOUND, machine, networkProfile={"networkInterfaces": interfaces})) == [
        (machine.name, "networkProfile.networkInterfaces[1]: {'id': 'second'} is not judged")
    ]


def test_an_address_after_the_first_is_told() -> None:
    interface = first("network:NetworkInterface")
    configurations = [*interface.properties["ipConfigurations"], {"name": "second"}]

    assert told(with_properties(SOUND, interface, ipConfigurations=configurations)) == [
        (interface.name, "ipConfigurations[1]: {'name': 'second'} is not judged")
    ]
