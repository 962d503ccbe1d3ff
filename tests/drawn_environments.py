"""Sound environments as hypothesis draws them: workloads wherever they may run, routes between those that may call.

Networks, clusters and gateways are the ones of `environments`, all networks peered.
"""

from typing import Any

from environments import declared
from hypothesis import strategies as st

WORKLOADS = ("alpha", "beta", "gamma", "delta", "epsilon")
LONG = "-" + "x" * 32
"""Makes the longest of these names 40 characters."""
GROUND = ("location", "istio", "ssh_key", "networks", "clusters")
PLACES = ("pods", "machine", "pods and machine", "database on a machine", "managed", "function", "external")
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
        place = draw(st.sampled_from(PLACES[:3] if number < 2 else PLACES))
        found["workloads"][name + suffix] = _workload(draw, found["machines"], number, place)
    found["routes"] = draw(_routes(found["workloads"], least_routes))
    return found


def _workload(draw: st.DrawFn, machines: Declared, number: int, place: str) -> Declared:
    workload: Declared = {"namespace": draw(st.sampled_from(("shop", "finance")))}
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
        (f"ingress/{gateway}", callee, "http")
        for gateway in ("public", "partners")
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
