"""What holds for the plan of any sound environment."""

import re
from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

from drawn_environments import Declared, complete, environments, is_in_the_mesh
from environments import declared, resolved
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mesh.plan import Plan, yaml_files
from mesh.render import plan

CLUSTERS = ("east", "west")
NODES = {"10.10.64.0/18": "east", "10.20.64.0/18": "west"}
EAST_WEST_GATEWAYS = {"10.10.128.4": "east", "10.20.128.20": "west"}
SCALE_SETS = "10.30.0.0/18"
FROM_OUTSIDE = ("ingress-", "redirect-")
EVERYBODY = "everyone.while-observing"
OF_GATEWAYS = {"istio-system", "istio-ingress"}
FIRST_PRIORITY_OF_A_FLOW, DENY_PRIORITY = 200, 4096
Changed = set[str]
some = settings(max_examples=40, deadline=None, derandomize=True)


def planned(environment: Declared) -> Plan:
    return plan(resolved(environment))


def objects(found: Plan, kind: str, cluster: str | None = None) -> list[Any]:
    return [
        item.manifest for item in found.objects if item.manifest["kind"] == kind and cluster in (None, item.cluster)
    ]


def security_rules(found: Plan) -> Iterator[tuple[str, Any]]:
    for resource in found.azure:
        for rule in resource.properties.get("securityRules", ()):
            yield resource.name, rule


@some
@given(environments())
def test_every_workload_of_the_mesh_is_governed_by_one_policy_where_it_runs(environment: Declared) -> None:
    found = planned(environment)

    for cluster in CLUSTERS:
        governed = Counter(
            (policy["metadata"]["namespace"], policy["spec"]["selector"]["matchLabels"]["app"])
            for policy in objects(found, "AuthorizationPolicy", cluster)
            if "app" in policy["spec"].get("selector", {}).get("matchLabels", {})
            and policy["spec"]["action"] == "ALLOW"
        )
        assert governed == {
            (workload["namespace"], name): 1
            for name, workload in complete(environment)["workloads"].items()
            if is_in_the_mesh(workload) and cluster in _clusters(environment, workload)
        }


@some
@given(environments())
def test_everybody_may_call_where_a_namespace_is_observed_and_nowhere_else(environment: Declared) -> None:
    found = objects(planned(environment), "AuthorizationPolicy")

    observed = {policy["metadata"]["namespace"] for policy in found if policy["metadata"]["name"] == EVERYBODY}
    dry = {
        policy["metadata"]["namespace"]
        for policy in found
        if policy["metadata"].get("annotations", {}).get("istio.io/dry-run")
    }

    assert dry <= observed <= environment.get("namespaces", {}).keys()


@some
@given(environments())
def test_who_may_call_is_said_in_every_rule_but_those_of_gateways(environment: Declared) -> None:
    for policy in objects(planned(environment), "AuthorizationPolicy"):
        if policy["metadata"]["name"] == EVERYBODY:
            continue
        for rule in policy["spec"].get("rules", ()):
            if policy["metadata"]["namespace"] in OF_GATEWAYS:
                assert all(to["operation"]["ports"] for to in rule["to"])
            else:
                assert rule["from"]
                assert all(item["source"]["principals"] for item in rule["from"])


@some
@given(environments())
def test_a_policy_lets_through_what_routes_declare_and_nothing_else(environment: Declared) -> None:
    found, environment = planned(environment), complete(environment)
    workloads = environment["workloads"]
    declared = {
        (_principal(environment, route["from"]), route["to"], port, method, path)
        for route in environment["routes"]
        if is_in_the_mesh(workloads[route["to"]])
        for port in [str(workloads[route["to"]]["ports"][route.get("tcp", "http")])]
        for request in route.get("http", [{"paths": ["any"]}])
        for method in request.get("methods", ["any"])
        for path in request["paths"]
    }

    for cluster in CLUSTERS:
        here = {name for name, workload in workloads.items() if cluster in _clusters(environment, workload)}
        assert {call for call in declared if call[1] in here} == {
            (principal, policy["metadata"]["name"], port, method, path)
            for policy in objects(found, "AuthorizationPolicy", cluster)
            if policy["metadata"]["namespace"] not in OF_GATEWAYS and policy["metadata"]["name"] != EVERYBODY
            for rule in policy["spec"].get("rules", ())
            for source in rule["from"]
            for principal in source["source"]["principals"]
            for to in rule["to"]
            for port in to["operation"]["ports"]
            for method in to["operation"].get("methods", ["any"])
            for path in to["operation"].get("paths", ["any"])
        }


@some
@example({**declared(), "routes": [route for route in declared()["routes"] if "tcp" in route]})
@given(environments())
def test_every_rule_of_a_security_group_serves_a_declared_route(environment: Declared) -> None:
    found, environment = planned(environment), complete(environment)
    for group, rule in security_rules(found):
        is_of_a_route = rule["access"] == "Allow" and rule["priority"] >= FIRST_PRIORITY_OF_A_FLOW
        if not is_of_a_route or rule["name"].startswith(FROM_OUTSIDE):
            continue
        source, destination = rule["sourceAddressPrefix"], rule["destinationAddressPrefix"]
        callers = _running_at(environment, source)
        gateway = EAST_WEST_GATEWAYS.get(destination.removesuffix("/32"))
        port = rule["destinationPortRange"]
        assert rule["protocol"] == "Tcp"
        assert port != "*"
        if gateway and port == "15012":
            assert any(is_in_the_mesh(environment["workloads"][name]) for name in callers), (group, rule)
            continue
        called = {
            route["to"]
            for route in environment["routes"]
            if route["from"] in callers
            and (port == "15443" or port == str(environment["workloads"][route["to"]]["ports"][_port(route)]))
        }
        if gateway:
            assert port == "15443"
            here = {name for name in called if gateway in environment["workloads"][name].get("cluster", ())}
        else:
            here = called & _running_at(environment, destination)
        assert here, (group, rule)


@some
@given(environments())
def test_a_closed_gateway_has_no_rule(environment: Declared) -> None:
    calling = {route["from"] for route in environment["routes"]}

    opened = {rule["name"] for _, rule in security_rules(planned(environment)) if rule["name"].startswith(FROM_OUTSIDE)}

    assert all(f"ingress/{name.split('-')[1]}" in calling for name in opened)


@some
@given(environments())
def test_priorities_are_the_rules_own(environment: Declared) -> None:
    taken = Counter(
        (group, rule["direction"], rule["priority"]) for group, rule in security_rules(planned(environment))
    )

    assert all(100 <= priority <= DENY_PRIORITY for _, _, priority in taken)
    assert {place: count for place, count in taken.items() if count > 1} == {}


def test_where_the_numbers_of_two_rules_meet_both_are_kept() -> None:
    """Among 150 of 3,800 numbers some meet for certain: by these names, five do."""
    environment = declared()
    machine = {"network": "machines", "joins": "east", "size": "Standard_D2s_v5"}
    environment["machines"] = {f"m{number}": {**machine, "address": f"10.30.1.{number}"} for number in range(150)}
    database = environment["workloads"]["invoices-db"]
    calling = {"machines": list(environment["machines"]), "namespace": "shop", "ports": {"http": 8080}}
    environment["workloads"] = {"invoices-db": database, "calling": calling}
    environment["routes"] = [{"from": "calling", "to": "invoices-db", "tcp": "sql"}]

    rules = [
        rule
        for _, rule in security_rules(planned(environment))
        if rule["name"].endswith("range-10.30.192.0-18-5432-out")
    ]

    assert len({rule["priority"] for rule in rules}) == len({rule["name"] for rule in rules}) == 150


@some
@given(environments(), st.randoms(use_true_random=False))
def test_the_order_in_a_stack_file_changes_nothing(environment: Declared, random: Any) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shuffled(value[key]) for key in random.sample(sorted(value), len(value))}
        if isinstance(value, list):
            return [shuffled(item) for item in random.sample(value, len(value))]
        return value

    assert yaml_files.whole(planned(shuffled(environment))) == yaml_files.whole(planned(environment))


@some
@given(environments(least_routes=1))
def test_one_more_route_changes_what_its_caller_and_callee_have_and_nothing_else(environment: Declared) -> None:
    environment.pop("traffic", None)  # a path that moves needs its routes
    *others, route = environment["routes"]
    ends = {end for end in (route["from"], route["to"]) if not end.startswith("ingress/")}
    ends |= {f"ingress-{end.removeprefix('ingress/')}" for end in (route["from"],) if end.startswith("ingress/")}
    if "tracing" in environment and route["from"].startswith("ingress/"):
        ends |= {"zipkin"}  # a gateway that calls sends spans
    workloads = complete(environment)["workloads"].keys()
    before, after = planned({**environment, "routes": others}), planned(environment)

    assert before.releases == after.releases
    for name in _changed(before.objects, after.objects):
        *place, kind, own = name.split("/")
        of_a_gateway = kind == "Gateway" or "istio-ingress" in place
        if kind == "Namespace":  # of a callee that was not called from the cluster before
            assert own in {complete(environment)["workloads"][end]["namespace"] for end in ends & workloads}, name
            continue
        assert of_a_gateway or any(own == end or own.startswith(f"{end}-") for end in ends), name
    for name in _changed(before.azure, after.azure):
        assert name.startswith("nsg/")
    old, new = ({(group, _without_priority(rule)) for group, rule in security_rules(one)} for one in (before, after))
    assert old <= new, "a route more closes nothing"


@some
@given(environments())
def test_names_are_such_as_kubernetes_takes(environment: Declared) -> None:
    label = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
    for item in planned(environment).objects:
        metadata, spec = item.manifest["metadata"], item.manifest.get("spec", {})
        assert len(metadata["name"]) <= 253
        assert all(label.fullmatch(part) for part in metadata["name"].split(".")), metadata["name"]
        if item.manifest["kind"] in ("Service", "Namespace"):
            assert label.fullmatch(metadata["name"])
        values = (*metadata.get("labels", {}).values(), *spec.get("labels", {}).values())
        assert all(re.fullmatch(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?", value) for value in values)
        ports = spec.get("ports", ()) if isinstance(spec.get("ports", ()), list) else ()
        assert all(len(port["name"]) <= 15 for port in ports)


def _clusters(environment: Declared, workload: Declared) -> set[str]:
    """Those that have its pods, or that its machines join."""
    pods = workload.get("cluster", ())
    joined = {environment["machines"][name]["joins"] for name in workload.get("machines", ())}
    return {*([pods] if isinstance(pods, str) else pods), *joined}


def _principal(environment: Declared, caller: str) -> str:
    if caller.startswith("ingress/"):
        return f"shop.example/ns/istio-ingress/sa/ingress-{caller.removeprefix('ingress/')}"
    return f"shop.example/ns/{environment['workloads'][caller]['namespace']}/sa/{caller}"


def _port(route: Declared) -> str:
    return str(route.get("tcp", "http"))


def _running_at(environment: Declared, addresses: str) -> set[str]:
    """The workloads and gateways that call from these addresses or are called at them."""
    cluster, block = NODES.get(addresses), IPv4Network(addresses)
    machines = {
        name
        for name, machine in environment["machines"].items()
        if (machine.get("address") == str(block[0]) if "address" in machine else addresses == SCALE_SETS)
    }
    found = {
        name
        for name, workload in environment["workloads"].items()
        if (cluster and cluster in workload.get("cluster", ()))
        or machines & set(workload.get("machines", ()))
        or ("managed" in workload and addresses == "10.30.0.0/16")
    }
    return found | ({"ingress/public", "ingress/partners"} if cluster == "east" else set())


def _changed(before: Any, after: Any) -> Changed:
    old, new = ({item.name: item for item in items} for items in (before, after))
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def _without_priority(rule: Any) -> str:
    return repr(sorted((key, value) for key, value in rule.items() if key != "priority"))
