"""Environments of any size as a stack file declares them: three clusters, machines, databases, functions, gateways.

The same one each time for the same size: workload `number` lives in the domain and plays the part that follow from
its number, and calls the ones that follow from it.
"""

from collections.abc import Iterator
from typing import Any

import environments

Declared = dict[str, Any]

CLUSTERS = {"east": "10.10", "west": "10.20", "office": "10.40"}
MACHINES = "machines"
DOMAINS = (
    *("accounts", "billing", "catalog", "checkout", "content", "customers", "delivery", "finance", "fraud", "identity"),
    *("inventory", "loyalty", "marketing", "media", "orders", "partners", "payments", "pricing", "reports", "returns"),
    *("reviews", "search", "shop", "stores", "support", "tax", "warehouse", "wishlists", "wholesale", "workforce"),
)
PARTS = (
    *("api", "worker", "gateway", "importer", "exporter", "scheduler", "index", "cache", "notifier", "rules"),
    *("history", "events", "profiles", "tokens", "archive", "sync", "ledger", "quotes", "batch", "admin"),
)
SPECIAL = {13: "machine", 29: "database", 41: "managed", 59: "function", 71: "external"}
"""Where a workload of a hundred runs, by its number among them; the others are pods."""
ROUTES_EACH = 3


def declared(size: int) -> Declared:
    """With `size` workloads, no multiple of 17, and three times as many routes."""
    sound = environments.declared()
    found: Declared = {key: sound[key] for key in ("location", "istio", "ssh_key", "tags")}
    found["networks"] = {
        name: {"space": f"{space}.0.0/16", "peers": [other for other in (*CLUSTERS, MACHINES) if other > name]}
        for name, space in {**CLUSTERS, MACHINES: "10.30"}.items()
    }
    found["clusters"] = {name: _cluster(name) for name in CLUSTERS}
    found["machines"], found["workloads"] = {}, {}
    for number in range(size):
        found["workloads"][_name(number)] = _workload(number, found["machines"])
    found["routes"] = list(_routes(size))
    return found


def _cluster(name: str) -> Declared:
    public = {"tls": {"certificate": "shop"}, "allow_from": ["0.0.0.0/0"]}
    return {
        "network": name,
        "kubernetes": "1.34",
        "pools": {"system": {"size": "Standard_D4s_v5", "nodes": 3}},
        "ingress": {f"{name}-public": {**public, "hosts": [f"{name}.example.com"]}},
        "api_allow_from": ["198.51.100.0/24"],
    }


def _name(number: int) -> str:
    domain, rest = number % len(DOMAINS), number // len(DOMAINS)
    again = rest // len(PARTS)
    return f"{DOMAINS[domain]}-{PARTS[rest % len(PARTS)]}" + (f"-{again + 1}" if again else "")


def _kind(number: int) -> str:
    return SPECIAL.get(number % 100, "pods")


def _port(number: int) -> str:
    return {"pods": "http", "machine": "http", "database": "sql", "managed": "sql"}.get(_kind(number), "https")


def _workload(number: int, machines: Declared) -> Declared:
    namespace, name = {"namespace": DOMAINS[number % len(DOMAINS)]}, _name(number)
    cluster = tuple(CLUSTERS)[number % len(CLUSTERS)]
    if _kind(number) in ("machine", "database"):
        third, fourth = divmod(len(machines), 200)
        machines[name] = {"network": MACHINES, "address": f"10.30.{third}.{fourth + 10}", "joins": cluster}
        machines[name]["existing"] = True
    match _kind(number):
        case "machine":
            return {**namespace, "machines": [name], "ports": {"http": 8081}}
        case "database":
            return {**namespace, "machines": [name], "sidecar": False, "kind": "postgres", "ports": {"sql": 5432}}
        case "managed":
            managed = {"host": f"{name}.postgres.database.azure.com", "network": MACHINES}
            return {**namespace, "managed": managed, "kind": "postgres", "ports": {"sql": 5432}}
        case "function":
            return {**namespace, "function": {"host": f"{name}.azurewebsites.net"}, "ports": {"https": 443}}
        case "external":
            return {**namespace, "external": {"hosts": [f"{name}.partner.example"]}, "ports": {"https": 443}}
    places = [cluster, tuple(CLUSTERS)[(number + 1) % len(CLUSTERS)]] if number % 4 == 0 else cluster
    return {**namespace, "cluster": places, "ports": {"http": 8080}}


def _routes(size: int) -> Iterator[Declared]:
    """From the gateways to every fiftieth workload, then from each that may call to the ones that follow it."""
    wanted = ROUTES_EACH * size
    for number in range(0, size, 50):
        if wanted and _kind(number) == "pods":
            gateway = f"{tuple(CLUSTERS)[number % len(CLUSTERS)]}-public"
            paths = [f"/{_name(number)}", f"/{_name(number)}/*"]
            yield {"from": f"ingress/{gateway}", "to": _name(number), "http": [{"paths": paths}]}
            wanted -= 1
    for distance in range(1, size):
        for number in range(size):
            if wanted and _kind(number) in ("pods", "machine"):
                # Not the nearest, so that callers and callees are of different domains and clusters. Never the same
                # twice, as 17 divides none of the sizes.
                callee = (number + distance * 17 + number % 7) % size
                if callee != number:
                    yield _route(number, callee)
                    wanted -= 1


def _route(caller: int, callee: int) -> Declared:
    ends: Declared = {"from": _name(caller), "to": _name(callee)}
    if _port(callee) != "http":
        return {**ends, "tcp": _port(callee)}
    paths = [f"/{PARTS[caller % len(PARTS)]}", f"/{PARTS[caller % len(PARTS)]}/*"]
    return {**ends, "http": [{"methods": ["GET", "POST"] if caller % 3 else ["GET"], "paths": paths}]}
