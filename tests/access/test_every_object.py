"""Any object with any field, added to a plan: it changes the matrix, is told, or is harmless for a reason on a list.

EVERY_OBJECT asks for a number of draws; `make check-access` for 20,000.
"""

import os
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import drawn_objects
import pytest
import yaml
from environments import resolved
from rich.console import Console

from mesh.access.istio.meshes import is_read, read
from mesh.access.judge import Judge
from mesh.access.matrix import Matrix, matrix
from mesh.access.world import World
from mesh.findings import Finding, not_judged, of_plan
from mesh.findings.context import Context
from mesh.findings.coverage import objects
from mesh.lab import paths
from mesh.lab.parts import definitions
from mesh.plan import Plan
from mesh.plan.resources import KubernetesObject
from mesh.render import plan
from mesh.terminal.progress import Report

DRAWS = int(os.environ.get("EVERY_OBJECT", "150"))
_DEFINITIONS = "istio/customresourcedefinitions.gen.yaml"


ENVIRONMENT = """
location: westeurope
istio: {version: 1.30.4, trust_domain: shop.example}
ssh_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUyWlS2Bf4Kp2Ue1UCd5ZrBmTH5cIvTlJkDbkl0JrZG ops
networks:
  east: {space: 10.10.0.0/16, peers: [data]}
  data: {space: 10.30.0.0/16}
clusters:
  east:
    network: east
    kubernetes: "1.34"
    pools: {system: {size: Standard_D4s_v5, nodes: 3}}
    ingress: {public: {hosts: [shop.example.com], tls: {certificate: shop}, allow_from: [203.0.113.0/24]}}
machines:
  ledger-0: {network: data, address: 10.30.0.10, size: Standard_D2s_v5}
workloads:
  cart: {cluster: east, namespace: shop, ports: {http: 8080}}
  orders: {cluster: east, namespace: shop, ports: {http: 8080}}
  ledger: {machines: [ledger-0], namespace: finance, ports: {http: 9000}}
routes:
  - {from: ingress/public, to: cart, http: [{paths: [/cart/*]}]}
  - {from: cart, to: orders, http: [{methods: [GET], paths: [/orders]}]}
  - {from: orders, to: ledger, http: [{paths: [/*]}]}
"""


@cache
def sound() -> tuple[Plan, Matrix, frozenset[Finding]]:
    planned = plan(resolved(yaml.safe_load(ENVIRONMENT), "every-object"))
    return planned, matrix(Judge(World(planned))), frozenset(of_plan(planned))


def outcome(added: KubernetesObject) -> str:
    """What comes of a plan with one more object, or with another in the place of one; empty where nobody says it."""
    before, cells, findings = sound()
    others = tuple(item for item in before.objects if item.name != added.name)
    after = replace(before, objects=tuple(sorted((*others, added), key=lambda item: item.name)))
    read_by_the_judge = is_read(added.manifest)
    told = frozenset(of_plan(after) if read_by_the_judge else not_judged.findings(Context(after))) - findings
    if any(added.name in finding.subject or added.name in finding.text for finding in told):
        return "told by its name"
    if told:
        return "told"
    if read_by_the_judge and matrix(Judge(World(after))) != cells:
        return "in the matrix"
    return "harmless" if objects.harmless_without_effect(added.manifest) else ""


def files() -> tuple[Path, Path]:
    """The CRDs of Istio, and of others."""
    path = paths.lab().root / _DEFINITIONS
    if not path.exists():
        pytest.fail(f"{_DEFINITIONS} is not in {paths.lab().root}: `make up` brings it")
    return path, definitions.install(paths.lab(), Report(Console(stderr=True)))


def test_whatever_is_added_is_judged_or_harmless_or_told(record_property: Any) -> None:
    random, schemas, counts = Random(7), drawn_objects.schemas(*files()), Counter[str]()
    kinds = sorted(schemas)
    for number in range(DRAWS):
        version, kind = kinds[number % len(kinds)]
        drawn = drawn_objects.manifest(random, version, kind, schemas[version, kind])
        alike = [item for item in sound()[0].objects if item.manifest["kind"] == kind]
        if alike and random.random() < 0.5:
            item = random.choice(alike)
            drawn = {**drawn_objects.grown(random, item.manifest, schemas[version, kind]), "apiVersion": version}
        (added,) = read("east", [drawn])
        found = outcome(added)
        assert found, drawn
        counts[found] += 1
    record_property("every_object", dict(counts))

    assert sum(counts.values()) == DRAWS
    assert len(kinds) >= 120
