"""What traffic becomes in the stacks and the sound cases: no host twice, known to no caller too many, no POST twice."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mesh import names
from mesh.files import stacks
from mesh.model import Environment, Workload
from mesh.render import plan

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "stacks").glob("Pulumi.*.yaml"), *(ROOT / "tests" / "cases").glob("*/*/plan.yaml")])
BY_NAME = {
    path.parent.name if path.name == "plan.yaml" else path.name: path.with_name("stack.yaml")
    if path.name == "plan.yaml"
    else path
    for path in FILES
}


def manifests(environment: Environment, kind: str) -> list[tuple[str, Any]]:
    found = [(item.cluster, item.manifest) for item in plan(environment).objects]
    return [(cluster, manifest) for cluster, manifest in found if manifest["kind"] == kind]


@pytest.fixture(params=BY_NAME)
def environment(request: pytest.FixtureRequest) -> Environment:
    return stacks.environment(BY_NAME[request.param])


def test_a_host_has_one_rule_and_one_way_in_the_mesh(environment: Environment) -> None:
    ruled = Counter((cluster, rule["spec"]["host"]) for cluster, rule in manifests(environment, "DestinationRule"))
    ways = Counter(
        (cluster, host)
        for cluster, service in manifests(environment, "VirtualService")
        if "gateways" not in service["spec"]
        for host in service["spec"]["hosts"]
    )

    assert [key for key, count in ruled.items() if count > 1] == []
    assert [key for key, count in ways.items() if count > 1] == []


def test_what_is_said_of_a_host_is_known_to_its_callers_and_gateways_only(environment: Environment) -> None:
    by_host = {host: workload for workload in environment.workloads for host in names.hosts(workload)}
    for _, rule in manifests(environment, "DestinationRule"):
        callee = by_host[rule["spec"]["host"]]
        callers = [route.caller for route in environment.routes if route.callee == callee]
        allowed = {caller.namespace for caller in callers if isinstance(caller, Workload)} | {callee.namespace}

        assert rule["metadata"]["namespace"] == callee.namespace
        assert set(rule["spec"]["exportTo"]) <= allowed | {"istio-ingress", "istio-system"}
        assert allowed <= set(rule["spec"]["exportTo"])


def test_no_call_that_may_not_be_made_twice_is_made_twice_unasked(environment: Environment) -> None:
    said = {
        names.host(traffic.callee)
        for traffic in environment.traffic
        if traffic.retries and "POST" in traffic.retries.methods
    }
    for _, service in manifests(environment, "VirtualService"):
        for way in service["spec"].get("http", []):
            if "retries" in way and not said & set(service["spec"]["hosts"]):
                methods = [match["method"] for match in way["match"]]
                assert all("POST" not in (method.get("regex") or method["exact"]) for method in methods)
                assert all("PATCH" not in (method.get("regex") or method["exact"]) for method in methods)
