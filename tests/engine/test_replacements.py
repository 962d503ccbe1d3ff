"""What the engine says of a preview → the clusters, pools and networks that it would lose."""

from typing import Any

import pytest

from mesh.engine.replacements import Losses

CLUSTER = "azure-native:containerservice:ManagedCluster"
NAMESPACE = "kubernetes:core/v1:Namespace"
NETWORK = "azure-native:network:VirtualNetwork"


def step(op: str, kind: str, name: str, **more: Any) -> dict[str, Any]:
    urn = f"urn:pulumi:prod::hybrid-mesh::hybrid-mesh:index:Cluster${kind}::{name}"
    return {"sequence": 7, "resourcePreEvent": {"metadata": {"op": op, "urn": urn, "type": kind, **more}}}


def losses(*events: dict[str, Any]) -> dict[str, str]:
    seen = Losses()
    for event in events:
        seen.see(event)
    return seen.found


def test_a_cluster_that_is_no_longer_declared_would_be_deleted() -> None:
    assert losses(step("delete", CLUSTER, "cluster/west")) == {"cluster/west": "deleted"}


def test_a_replacement_is_told_once_with_what_cannot_be_changed() -> None:
    assert losses(
        step("delete-replaced", NETWORK, "network/west"),
        step("replace", NETWORK, "network/west", keys=["location"]),
        step("create-replacement", NETWORK, "network/west", keys=["location"]),
    ) == {"network/west": "replaced, as Azure cannot change its location"}


@pytest.mark.parametrize("op", ["replace", "create-replacement", "delete-replaced", "import-replacement"])
def test_any_step_of_a_replacement_is_one(op: str) -> None:
    assert losses(step(op, CLUSTER, "cluster/west")) == {"cluster/west": "replaced"}


@pytest.mark.parametrize("op", ["same", "create", "update", "read", "refresh", "import"])
def test_what_keeps_the_resource_is_no_loss(op: str) -> None:
    assert losses(step(op, CLUSTER, "cluster/west")) == {}


def test_a_pool_of_another_size_is_lost() -> None:
    pool = "azure-native:containerservice:AgentPool"

    assert losses(
        step("delete-replaced", pool, "pool/west/apps", keys=["vmSize"]),
        step("create-replacement", pool, "pool/west/apps", keys=["vmSize"]),
        step("delete", pool, "pool/west/batch"),
    ) == {"pool/west/apps": "replaced, as Azure cannot change its vmSize", "pool/west/batch": "deleted"}


def test_with_the_resource_group_goes_all_that_is_in_it() -> None:
    group = "azure-native:resources:ResourceGroup"

    assert losses(step("replace", group, "group", keys=["location"])) == {
        "group": "replaced, as Azure cannot change its location"
    }


def test_what_can_be_made_again_may_go() -> None:
    peering = "azure-native:network:VirtualNetworkPeering"

    assert losses(step("delete", peering, "one"), step("replace", peering, "other")) == {}


def test_events_of_no_resource_are_passed_over() -> None:
    assert losses({"sequence": 0, "preludeEvent": {"config": {}}}, {"summaryEvent": {"maybeCorrupt": False}}) == {}


def test_a_namespace_is_lost_with_what_others_put_into_it_unless_it_is_retained() -> None:
    assert losses(step("delete", NAMESPACE, "east/Namespace/shop", old={"custom": True})) == {
        "east/Namespace/shop": "deleted"
    }
    assert losses(step("delete", NAMESPACE, "east/Namespace/shop", old={"retainOnDelete": True})) == {}
