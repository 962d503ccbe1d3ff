"""NetworkPolicies on the way of a call: what they stop, by name, and what the matrix and the enforcement say of it."""

from dataclasses import replace
from typing import Any

import environments
import pytest
from changed_plans import with_object, with_properties, without

from mesh.access.attempts import Attempt, Request, Step
from mesh.access.blast_radius import BlastRadii
from mesh.access.enforcement import enforcement
from mesh.access.judge import Judge
from mesh.access.matrix import matrix
from mesh.access.world import World
from mesh.plan import Plan
from mesh.render import plan


def declared(engine: str = "cilium", **namespaces: Any) -> dict[str, Any]:
    found = environments.declared()
    found["clusters"]["east"]["network_policy"] = engine
    found["clusters"]["west"]["network_policy"] = engine
    if namespaces:
        found["namespaces"] = namespaces
    return found


@pytest.fixture(scope="module")
def sound() -> Plan:
    return plan(environments.resolved(declared()))


def ways(of: Plan, caller: str, callee: str, port: int) -> dict[str, Step | None]:
    """By cluster, what stops a call around the caller's sidecar."""
    verdict = Judge(World(of)).verdict(Attempt(caller, callee, port, around_sidecar=True))
    return {way.source: way.stopped_by for way in verdict.ways}


def stopped_by(of: Plan, caller: str, callee: str, port: int) -> dict[str, str]:
    return {source: step.by if step else "" for source, step in ways(of, caller, callee, port).items()}


def test_a_pod_without_a_route_is_stopped_by_its_own_policy(sound: Plan) -> None:
    assert stopped_by(sound, "storefront", "orders-db", 5432) == {"cluster/east": "east/shop/NetworkPolicy/storefront"}


def test_a_pod_that_nobody_declared_is_stopped_by_the_default_of_its_namespace(sound: Plan) -> None:
    assert stopped_by(sound, "pod/shop", "orders-db", 5432) == {
        "cluster/east": "east/shop/NetworkPolicy/default.deny",
        "cluster/west": "west/shop/NetworkPolicy/default.deny",
    }
    assert stopped_by(sound, "pod/shop", "payments", 443)["cluster/east"] == "east/shop/NetworkPolicy/default.deny"


def test_a_pod_of_another_namespace_is_not(sound: Plan) -> None:
    assert stopped_by(sound, "pod/default", "orders-db", 5432)["cluster/east"] == ""


def test_a_declared_caller_passes_by_its_rule(sound: Plan) -> None:
    verdict = Judge(World(sound)).verdict(Attempt("orders", "orders-db", 5432))

    assert verdict.allowed
    assert {step.by for way in verdict.ways for step in way.steps if step.layer == "network policy"} == {
        "east/shop/NetworkPolicy/orders: egress rule 2",
        "west/shop/NetworkPolicy/orders: egress rule 2",
    }


def test_without_an_engine_policies_stop_nobody(sound: Plan) -> None:
    cluster = next(item for item in sound.azure if item.name == "cluster/east")
    profile = {**cluster.properties["networkProfile"], "networkPolicy": "none"}
    changed = with_properties(sound, cluster, networkProfile=profile)

    assert stopped_by(changed, "storefront", "orders-db", 5432) == {"cluster/east": ""}


def test_nothing_else_is_open_than_without_policies(sound: Plan) -> None:
    plain = plan(environments.resolved(environments.declared()))
    cells = [
        [(cell.caller, cell.callee, cell.outcome) for cell in matrix(Judge(World(one))).cells] for one in (sound, plain)
    ]

    assert (
        cells[0]
        == cells[1]
        == [
            ("ingress/public", "storefront", "passes"),
            ("ledger", "payments", "passes"),
            ("orders", "ledger", "passes"),
            ("orders", "orders-db", "passes"),
            ("storefront", "orders", "passes"),
        ]
    )


@pytest.mark.parametrize("side", ["storefront", "orders"])
def test_a_call_between_pods_needs_both_ends(sound: Plan, side: str) -> None:
    changed = without(sound, f"east/shop/NetworkPolicy/{side}", f"west/shop/NetworkPolicy/{side}")
    verdict = Judge(World(changed)).verdict(Attempt("storefront", "orders", 8080, Request(path="/orders")))
    by = {way.stopped_by.by for way in verdict.ways if way.stopped_by}

    assert not verdict.allowed
    assert "east/shop/NetworkPolicy/default.deny" in by


def test_clients_of_a_gateway_are_stopped_by_a_policy_that_selects_it(sound: Plan) -> None:
    policy = next(item for item in sound.objects if item.name == "east/shop/NetworkPolicy/default.deny")
    metadata = {"name": "all", "namespace": "istio-ingress"}
    added = replace(
        policy, name="east/istio-ingress/NetworkPolicy/all", manifest={**policy.manifest, "metadata": metadata}
    )
    judge = Judge(World(with_object(sound, added)))

    assert [cell.caller for cell in matrix(judge).cells if cell.callee == "storefront"] == []


def test_the_enforcement_is_by_pod(sound: Plan) -> None:
    judge = Judge(World(sound))
    whole = matrix(judge)
    found = {f"{one.cell.caller} → {one.cell.callee}": one for one in enforcement(judge, whole, whole.cells)}

    assert {name: one.by for name, one in found.items()} == {
        "ingress/public → storefront": "policy",
        "storefront → orders": "policy",
        "orders → ledger": "policy",
        "orders → orders-db": "pod",
        "ledger → payments": "nothing",
    }
    assert found["orders → orders-db"].network == (
        "the pods of orders in cluster/east",
        "the pods of orders in cluster/west",
    )


def test_an_attacker_gets_no_further_than_the_policies_of_what_he_owns(sound: Plan) -> None:
    reached = BlastRadii(Judge(World(sound))).of("storefront").reached

    assert [(one.workload, one.steps, one.held) for one in reached] == [
        ("orders", 1, "identity"),
        ("ledger", 2, "identity"),
        ("orders-db", 2, "pod"),
        ("legacy", 3, "nothing"),
        ("payments", 3, "nothing"),
        ("thumbnails", 3, "nothing"),
    ]


def test_a_namespace_that_observes_has_no_policies_and_is_called_by_everybody() -> None:
    observed = plan(environments.resolved(declared(finance={"enforcement": "observe"})))
    namespaces = {
        item.manifest["metadata"]["namespace"] for item in observed.objects if item.manifest["kind"] == "NetworkPolicy"
    }

    assert namespaces == {"shop"}
    assert Judge(World(observed)).verdict(Attempt("storefront", "legacy", 8081, Request())).possible


def test_no_policies_without_an_engine() -> None:
    plain = plan(environments.resolved(environments.declared()))

    assert [item.name for item in plain.objects if item.manifest["kind"] == "NetworkPolicy"] == []


@pytest.mark.parametrize(
    ("engine", "profile"),
    [
        ("cilium", {"networkDataplane": "cilium", "networkPolicy": "cilium"}),
        ("azure", {"networkDataplane": "azure", "networkPolicy": "azure"}),
    ],
)
def test_an_engine_never_replaces_a_cluster_that_exists(engine: str, profile: dict[str, str]) -> None:
    cluster = next(item for item in plan(environments.resolved(declared(engine))).azure if item.name == "cluster/east")

    assert cluster.properties["networkProfile"].items() >= profile.items()
    assert set(cluster.ignore_changes) >= {"networkProfile.networkDataplane", "networkProfile.networkPolicy"}
