"""A pod that calls the API server of its own cluster: that one only, and only if a route says so."""

import pytest

from mesh.access.attempts import Attempt, Verdict
from mesh.access.judge import Judge
from mesh.access.world import World
from mesh.render import plan
from tests import environments


@pytest.fixture(scope="module")
def judge() -> Judge:
    environment = environments.declared()
    for cluster in environment["clusters"].values():
        cluster["network_policy"] = "cilium"
    environment["routes"].append({"from": "orders", "to": "kubernetes-api"})
    return Judge(World(plan(environments.resolved(environment))))


def called(judge: Judge, caller: str, *, around_sidecar: bool = False) -> Verdict:
    return judge.verdict(Attempt(caller, "kubernetes-api", 443, around_sidecar=around_sidecar))


def test_the_caller_reaches_its_own_cluster_from_each_place(judge: Judge) -> None:
    verdict = called(judge, "orders")

    assert verdict.allowed
    assert [way.source for way in verdict.ways] == ["cluster/east", "cluster/west"]
    assert {way.destination for way in verdict.ways} == {"the API server of the caller's cluster"}
    assert [way.steps[-1].by for way in verdict.ways] == [
        "east/default/Service/kubernetes",
        "west/default/Service/kubernetes",
    ]


def test_another_pod_is_held_by_its_sidecar_and_around_it_by_its_network_policy(judge: Judge) -> None:
    by_sidecar, around = called(judge, "storefront"), called(judge, "storefront", around_sidecar=True)

    assert not by_sidecar.possible
    assert [step.by for way in by_sidecar.ways if (step := way.stopped_by)] == ["east/shop/Sidecar/storefront"]
    assert not around.possible
    assert [step.by for way in around.ways if (step := way.stopped_by)] == ["east/shop/NetworkPolicy/storefront"]
