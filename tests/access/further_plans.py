"""Plans beside those of the stacks, for kinds of mutations of which the stacks have few instances."""

from collections.abc import Iterator
from typing import Any

import environments
import sized_environments

from mesh.plan import Plan
from mesh.render import plan

CLUSTERS = 8
_SIZE = 30


def further() -> Iterator[tuple[str, Plan]]:
    yield "many clusters", plan(environments.resolved(_many_clusters(), "many"))
    yield "sized", plan(environments.resolved(sized_environments.declared(_SIZE), "sized"))


def _many_clusters() -> dict[str, Any]:
    """In production: each cluster with a gateway, an API server for few, a scale set, a database and a service."""
    sound = environments.declared()
    found: dict[str, Any] = {key: sound[key] for key in ("location", "istio", "ssh_key", "tags")}
    numbers = range(1, CLUSTERS + 1)
    names = [f"c{number}" for number in numbers]
    networks = {name: {"space": f"10.{number}0.0.0/16"} for name, number in zip(names, numbers, strict=True)}
    for position, network in enumerate(networks.values()):
        network["peers"] = names[position + 1 :]
    found |= {"production": True, "networks": networks, "clusters": {}, "machines": {}, "workloads": {}, "routes": []}
    for name, number in zip(names, numbers, strict=True):
        tls = {"certificate": name, "client_names": ["client.example.com"]}
        public = {"hosts": [f"{name}.example.com"], "tls": tls, "allow_from": ["203.0.113.0/24"], "redirect": True}
        found["clusters"][name] = {
            "network": name,
            "kubernetes": "1.34",
            "pools": {"system": {"size": "Standard_D4s_v5", "nodes": 3}},
            "ingress": {f"public-{name}": public},
            "api_allow_from": ["198.51.100.0/24"],
        }
        there = f"database-{name}"
        found["machines"] |= {
            f"batch-{name}": {"network": name, "instances": 2, "joins": name, "size": "Standard_D2s_v5"},
            there: {"network": name, "address": f"10.{number}0.0.9", "joins": name, "existing": True},
        }
        place = {"namespace": f"shop-{name}"}
        found["workloads"] |= {
            f"web-{name}": {**place, "cluster": name, "ports": {"http": 8080}},
            f"batch-{name}": {**place, "machines": [f"batch-{name}"], "ports": {"http": 8081}},
            there: {**place, "machines": [there], "sidecar": False, "kind": "postgres", "ports": {"sql": 5432}},
        }
        following = names[number % CLUSTERS]
        found["routes"] += [
            {"from": f"ingress/public-{name}", "to": f"web-{name}", "http": [{"paths": [f"/{name}/*"]}]},
            {"from": f"web-{name}", "to": f"web-{following}", "http": [{"methods": ["GET"], "paths": ["/web"]}]},
            {"from": f"web-{name}", "to": f"batch-{name}", "http": [{"methods": ["POST"], "paths": ["/batch"]}]},
            {"from": f"web-{name}", "to": there, "tcp": "sql"},
        ]
    return found
