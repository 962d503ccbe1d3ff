"""A state → the one from which the next update puts back what a refresh does not see."""

from typing import Any

from mesh.repair import states
from mesh.review.drift.changes import AzureAddress

NETWORK = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/east"


def resource(kind: str, name: str, **content: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:lab::mesh::{kind}::{name}", "type": kind, "custom": True, **content}


STACK = resource("pulumi:pulumi:Stack", "mesh-lab")
GROUP = resource("azure-native:resources:ResourceGroup", "group", provider="p::1", id="/subscriptions/s")


def test_what_is_named_is_in_the_state_with_the_names_that_its_id_holds() -> None:
    address = AzureAddress("azure-native:network:Subnet", f"{NETWORK}/subnets/by-hand")
    state = states.with_named({"resources": [STACK, GROUP]}, [("network/east/subnets/by-hand", address)])
    names = {"resourceGroupName": "g", "virtualNetworkName": "east", "subnetName": "by-hand"}

    assert state["resources"][2] == {
        "urn": "urn:pulumi:lab::mesh::azure-native:network:Subnet::network/east/subnets/by-hand",
        "type": "azure-native:network:Subnet",
        "custom": True,
        "id": f"{NETWORK}/subnets/by-hand",
        "inputs": names,
        "outputs": names,
        "parent": STACK["urn"],
        "provider": "p::1",
    }
    assert states.with_named(state, [("network/east/subnets/by-hand", address)]) == state, "once only"


def test_a_release_whose_record_differs_is_to_be_upgraded_and_no_value_of_it_is_kept() -> None:
    kind = "kubernetes:helm.sh/v3:Release"
    release = resource(kind, "istiod", inputs={"values": {"a": 1}}, outputs={"__inputs": {"values": {"a": 1}}})
    other = resource(kind, "base", inputs={"values": {"b": 2}}, outputs={})
    changed, kept = states.with_causes({"resources": [release, other]}, {"istiod"})["resources"]
    marked = {"hybrid-mesh": "not as Helm's record has it: to be upgraded"}

    assert changed["inputs"] == {"values": marked}
    assert changed["outputs"] == {"values": marked, "__inputs": {"values": marked}}
    assert kept["inputs"] == {"values": {"b": 2}}


def test_a_half_of_a_peering_that_is_left_is_written_again() -> None:
    peering = resource("azure-native:network:VirtualNetworkPeering", "west", outputs={"peeringState": "Disconnected"})
    state = states.with_causes({"resources": [peering]}, ())

    assert state["resources"][0]["initErrors"] == ["Azure says that it is Disconnected."]
    assert states.cut_off(state) == ("urn:pulumi:lab::mesh::azure-native:network:VirtualNetworkPeering::west",)


def test_a_half_that_is_gone_stands_where_it_stood_before_what_depends_on_it() -> None:
    kind = "azure-native:network:VirtualNetworkPeering"
    gone, left = resource(kind, "east"), resource(kind, "west", dependencies=["east"])
    other_gone, made = resource("azure-native:network:Subnet", "nodes"), resource("azure-native:network:Subnet", "new")
    before = {"resources": [STACK, gone, other_gone, left]}
    refreshed = {"resources": [STACK, resource(kind, "west", dependencies=[]), made, {**made, "delete": True}]}

    assert states.gone_peerings(refreshed, before) == (gone["urn"],)
    whole = states.with_gone(refreshed, before, [gone["urn"]])["resources"]
    assert whole == [STACK, gone, resource(kind, "west", dependencies=[]), made, {**made, "delete": True}]
