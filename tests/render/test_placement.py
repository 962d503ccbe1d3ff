"""A cluster holds what its proxies need: what that is, and that no move of a workload refuses a call on the way."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from environments import declared, resolved

from mesh.access.attempts import Attempt, Request
from mesh.access.judge import Judge
from mesh.access.world import World
from mesh.plan import Plan
from mesh.plan.resources import KubernetesObject
from mesh.render import plan

Declared = dict[str, Any]
ORDERS = 12
"""In which a move is made; each is one that the dependencies allow."""


def held(found: Plan, of: str) -> dict[str, set[str]]:
    """The kinds that each cluster holds of a workload."""
    kinds: dict[str, set[str]] = {}
    for item in found.objects:
        if item.manifest["metadata"]["name"] == of and item.manifest["kind"] != "Namespace":
            kinds.setdefault(item.cluster, set()).add(item.manifest["kind"])
    return kinds


def small(**workloads: Declared) -> Declared:
    """A caller `web` in east, and what else is said; everybody is called by `web`."""
    environment = declared()
    web = {"cluster": "east", "namespace": "shop", "ports": {"http": 8080}}
    environment["workloads"] = {"web": web, **workloads}
    environment["routes"] = [
        {"from": "web", "to": name, **({"tcp": "sql"} if "sql" in workload["ports"] else {"http": [{"paths": ["/*"]}]})}
        for name, workload in workloads.items()
    ]
    return environment


def pods(*clusters: str, port: str = "http", number: int = 8080) -> Declared:
    return {"cluster": list(clusters), "namespace": "orders", "ports": {port: number}}


def test_policy_sidecar_and_account_are_where_a_workload_runs():
    found = plan(resolved(small(orders=pods("west"))))

    assert held(found, "orders") == {"west": {"AuthorizationPolicy", "Sidecar", "ServiceAccount", "Service"}}
    assert held(found, "web") == {"east": {"AuthorizationPolicy", "Sidecar", "ServiceAccount", "Service"}}


def test_a_name_without_a_host_to_go_by_is_on_the_clusters_of_its_callers_too():
    found = plan(resolved(small(ledger=database("west"))))

    assert held(found, "ledger")["east"] == {"Service"}
    assert "east/Namespace/orders" in {item.name for item in found.objects}


def test_http_at_a_port_that_others_use_without_http_has_an_address_of_its_own_there():
    ledger = {**pods("east", port="sql", number=8080), "kind": "postgres"}
    found = plan(resolved(small(orders=pods("west"), ledger=ledger)))

    assert held(found, "orders")["east"] == {"Service"}


def test_what_is_outside_is_known_where_it_is_called_and_nowhere_else():
    outside = {"external": {"hosts": ["api.rates.example"]}, "namespace": "rates", "ports": {"https": 443}}
    environment = small(orders=pods("west"))
    environment["workloads"] |= {"rates": outside, "unused": {**outside, "external": {"hosts": ["x.example"]}}}
    environment["routes"].append({"from": "orders", "to": "rates", "tcp": "https"})

    found = plan(resolved(environment))

    assert held(found, "rates") == {"west": {"ServiceEntry"}}
    assert held(found, "unused") == {}


def test_an_observed_workload_is_known_everywhere_as_everybody_may_call_it():
    environment = small(orders=database("west"))
    environment["routes"], environment["namespaces"] = [], {"orders": {"enforcement": "observe"}}

    found = plan(resolved(environment))

    assert held(found, "orders")["east"] == {"Service"}
    assert held(found, "everyone.while-observing") == {"west": {"AuthorizationPolicy"}}


def database(*clusters: str) -> Declared:
    return {**pods(*clusters, port="sql", number=5432), "kind": "postgres"}


MACHINE = {"machines": ["ledger-0"], "namespace": "orders", "ports": {"http": 8080}}


@pytest.mark.parametrize(
    ("before", "after", "running"),
    [
        pytest.param(pods("east"), pods("east", "west"), pods("east", "west"), id="to a second cluster"),
        pytest.param(pods("west"), pods("east", "west"), pods("east", "west"), id="to its caller's cluster as well"),
        pytest.param(pods("east", "west"), pods("west"), pods("west"), id="away from its caller's cluster"),
        pytest.param(pods("east", "west"), pods("east"), pods("east"), id="away from another cluster"),
        pytest.param(database("east"), database("east", "west"), database("east", "west"), id="database, to a second"),
        pytest.param(database("east", "west"), database("west"), database("west"), id="database, to the second alone"),
        pytest.param(MACHINE, {**MACHINE, **pods("east")}, MACHINE, id="pods beside a machine"),
        pytest.param(MACHINE, {**MACHINE, **pods("west")}, MACHINE, id="pods beside a machine, in another cluster"),
        pytest.param({**MACHINE, **pods("east")}, pods("east"), {**MACHINE, **pods("east")}, id="a machine goes"),
        pytest.param({**MACHINE, **pods("west")}, pods("west"), {**MACHINE, **pods("west")}, id="a machine goes, west"),
    ],
)
def test_a_workload_that_moves_answers_at_every_moment(before: Declared, after: Declared, running: Declared):
    """Pods of a place that is new are there from the start, or come after the update where a machine was before."""
    old, new, there = (plan(resolved(small(orders=workload))) for workload in (before, after, running))
    everything = plan(resolved(small(orders={**before, **after})))
    world = replace(everything, environment=there.environment)

    for moment, objects in _moments(old, new):
        judge = Judge(World(replace(world, objects=objects)))

        assert {way.outcome for way in judge.verdict(_call("orders", before)).ways} == {"passes"}, moment


def test_a_route_more_or_less_refuses_no_other_call_for_a_moment():
    environment = small(orders=pods("west"), ledger=database("west"))
    environment["workloads"]["jobs"] = {"cluster": "east", "namespace": "jobs", "ports": {"http": 8080}}
    more = {
        **environment,
        "routes": [
            *environment["routes"],
            {"from": "jobs", "to": "orders", "http": [{"paths": ["/*"]}]},
            {"from": "jobs", "to": "ledger", "tcp": "sql"},
        ],
    }
    without, with_it = plan(resolved(environment)), plan(resolved(more))

    for old, new in ((without, with_it), (with_it, without)):
        for moment, objects in _moments(old, new):
            judge = Judge(World(replace(with_it, objects=objects)))
            for callee in ("orders", "ledger"):
                verdict = judge.verdict(_call(callee, environment["workloads"][callee]))

                assert {way.outcome for way in verdict.ways} == {"passes"}, moment


def _call(callee: str, workload: Declared) -> Attempt:
    [(name, number)] = workload["ports"].items()
    return Attempt("web", callee, number, None if name == "sql" else Request("GET", "/any"))


def _moments(old: Plan, new: Plan) -> Iterator[tuple[str, tuple[KubernetesObject, ...]]]:
    """What the clusters hold after each step of an update, in several orders that the engine may take."""
    for seed in range(ORDERS):
        random = Random(seed)
        there = {item.name: item for item in old.objects}
        wanted = {item.name: item for item in new.objects}
        steps = [name for name in wanted if there.get(name) != wanted[name]]
        while steps:
            ready = [name for name in steps if not set(wanted[name].depends_on) & set(steps)]
            name = random.choice(ready)
            steps.remove(name)
            there[name] = wanted[name]
            yield f"{seed}: {name} made", tuple(there[key] for key in sorted(there))
        going = [name for name in there if name not in wanted]
        while going:
            ready = [name for name in going if not any(name in there[other].depends_on for other in going)]
            name = random.choice(ready)
            going.remove(name)
            del there[name]
            yield f"{seed}: {name} gone", tuple(there[key] for key in sorted(there))
