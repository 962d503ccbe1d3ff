"""Sound environments as hypothesis draws them: workloads wherever they may run, routes between those that may call.

Networks, clusters and gateways are the ones of `environments`, all networks peered. Some have a canary of Istio, are
traced, observe a namespace, or move a path from one workload to another.
"""

from itertools import permutations
from typing import Any

from environments import declared
from hypothesis import strategies as st

WORKLOADS = ("alpha", "beta", "gamma", "delta", "epsilon")
LONG = "-" + "x" * 32
"""Makes the longest of these names 40 characters."""
GROUND = ("location", "istio", "ssh_key", "networks", "clusters")
PLACES = (
    *("pods", "machine", "pods and machine", "scale set"),
    *("database on a machine", "managed", "function", "external"),
)
GATEWAYS = ("ingress/public", "ingress/partners")
METHODS = ("GET", "POST", "PUT")
Declared = dict[str, Any]


@st.composite
def environments(draw: st.DrawFn, least_routes: int = 0) -> Declared:
    sound = declared()
    found: Declared = {key: sound[key] for key in GROUND}
    found["networks"] = {
        name: {**network, "peers": [peer for peer in sound["networks"] if peer != name]}
        for name, network in sound["networks"].items()
    }
    suffix = draw(st.sampled_from(("", LONG)))
    found["machines"], found["workloads"] = {}, {}
    count = draw(st.integers(2, len(WORKLOADS)))
    for number, name in enumerate(WORKLOADS[:count]):
        # Two of them in the mesh, so that a route is always possible.
        place = draw(st.sampled_from(PLACES[:4] if number < 2 else PLACES))
        found["workloads"][name + suffix] = _workload(draw, found["machines"], number, place)
    found["routes"] = draw(_routes(found["workloads"], least_routes))
    for capability in draw(st.lists(st.sampled_from((_canary, _tracing, _observation, _strangler)), unique=True)):
        found |= capability(found)
    return found


def complete(environment: Declared) -> Declared:
    """The environment with the workload and the routes that tracing adds to it."""
    if "tracing" not in environment:
        return environment
    zipkin = {"cluster": ["east"], "namespace": "observability", "ports": {"http": 9411}}
    gateways = sorted({route["from"] for route in environment["routes"] if route["from"].startswith("ingress/")})
    senders = [*(name for name, workload in environment["workloads"].items() if is_in_the_mesh(workload)), *gateways]
    spans = [{"methods": ["POST"], "paths": ["/api/v2/spans"]}]
    return {
        **environment,
        "workloads": {**environment["workloads"], "zipkin": zipkin},
        "routes": [*environment["routes"], *({"from": sender, "to": "zipkin", "http": spans} for sender in senders)],
    }


def _canary(environment: Declared) -> Declared:
    namespaces = sorted({workload["namespace"] for workload in environment["workloads"].values()})
    machines = [
        name for each in environment["workloads"].values() if is_in_the_mesh(each) for name in each.get("machines", ())
    ]
    return {
        "istio": {
            **environment["istio"],
            "canary": {"version": "1.31.1", "namespaces": namespaces[:1], "machines": machines[:1]},
        }
    }


def _tracing(environment: Declared) -> Declared:
    return {"tracing": {"zipkin": {"cluster": "east"}, "sampling": 5}, "access_logs": "errors"}


def _observation(environment: Declared) -> Declared:
    first = min(workload["namespace"] for workload in environment["workloads"].values())
    return {"namespaces": {first: {"enforcement": "observe"}}}


def _strangler(environment: Declared) -> Declared:
    """A path moves from one workload that nobody called yet to another; who calls it may call both."""
    workloads, routes = environment["workloads"], environment["routes"]
    serving = [name for name, workload in workloads.items() if is_in_the_mesh(workload)]
    taken = {(route["from"], route["to"]) for route in routes}
    called = {callee for _, callee in taken}
    for caller, old, new in permutations(serving, 3):
        if old not in called and (caller, new) not in taken:
            moved: Declared = {"paths": [f"/{old}"]}
            needed = [{"from": caller, "to": callee, "http": [moved]} for callee in (old, new)]
            return {
                "traffic": {old: {"strangler": [{**moved, "to": new, "percent": 20}]}},
                "routes": [*needed, *routes],
            }
    return {}


def _workload(draw: st.DrawFn, machines: Declared, number: int, place: str) -> Declared:
    workload: Declared = {"namespace": draw(st.sampled_from(("shop", "finance")))}
    if place == "scale set":
        scale_set = {"network": "machines", "size": "Standard_D2s_v5", "instances": 2}
        machines[f"machine-of-{number}"] = {**scale_set, "joins": draw(st.sampled_from(("east", "west")))}
        workload["machines"] = [f"machine-of-{number}"]
    if "machine" in place:
        machine = {"network": "machines", "address": f"10.30.0.{30 + number}", "size": "Standard_D2s_v5"}
        machines[f"machine-of-{number}"] = {**machine, "joins": draw(st.sampled_from(("east", "west")))}
        workload["machines"] = [f"machine-of-{number}"]
    match place:
        case "database on a machine":
            return {**workload, "sidecar": False, "kind": "postgres", "ports": {"sql": 5432}}
        case "managed":
            managed = {"host": f"db{number}.postgres.database.azure.com", "network": "machines"}
            return {**workload, "managed": managed, "kind": "postgres", "ports": {"sql": 5432}}
        case "function":
            return {**workload, "function": {"host": f"function{number}.azurewebsites.net"}, "ports": {"https": 443}}
        case "external":
            hosts = [f"{letter}{number}.partner.example" for letter in draw(st.permutations("ba"))]
            return {**workload, "external": {"hosts": hosts}, "ports": {"https": 443}}
    if "pods" in place:
        workload["cluster"] = draw(st.sampled_from((["east"], ["west"], ["west", "east"])))
    return {**workload, "ports": draw(st.sampled_from(({"http": 8080}, {"http": 8080, "tcp": 9999})))}


@st.composite
def _routes(draw: st.DrawFn, workloads: Declared, least: int) -> list[Declared]:
    possible = [
        (caller, callee, port)
        for caller, calling in workloads.items()
        if is_in_the_mesh(calling)
        for callee, called in workloads.items()
        if caller != callee
        for port in called["ports"]
    ]
    possible += [
        (gateway, callee, "http")
        for gateway in GATEWAYS
        for callee, called in workloads.items()
        if "http" in called["ports"]
    ]
    chosen = draw(st.lists(st.sampled_from(possible), unique=True, min_size=least, max_size=6))
    return [_route(draw, *one) for one in chosen]


def is_in_the_mesh(workload: Declared) -> bool:
    return ("cluster" in workload or "machines" in workload) and workload.get("sidecar", True)


def _route(draw: st.DrawFn, caller: str, callee: str, port: str) -> Declared:
    if port != "http":
        return {"from": caller, "to": callee, "tcp": port}
    # By its callee's name, as one gateway cannot send a path to two workloads.
    request: Declared = {"paths": draw(st.permutations((f"/{callee}", f"/{callee}/*")))}
    methods = draw(st.lists(st.sampled_from(METHODS), unique=True, max_size=3))
    return {"from": caller, "to": callee, "http": [{**request, **({"methods": methods} if methods else {})}]}
