"""Policies as files and live clusters have them: no plan names them, and any version and number may come at once."""

import yaml

from mesh.access.attempts import Request
from mesh.access.istio.authorization import Call, Policies, Source
from mesh.access.istio.meshes import Mesh, Settings, read

TEXT = """
---
apiVersion: security.istio.io/v1beta1
kind: AuthorizationPolicy
metadata: {name: ledger}
spec:
  rules: [{to: [{operation: {methods: [GET]}}]}]
---
---
apiVersion: v1
kind: List
items:
  - apiVersion: security.istio.io/v1
    kind: AuthorizationPolicy
    metadata: {name: not-at-9000, namespace: istio-system, creationTimestamp: "2026-01-01T00:00:00Z"}
    spec: {action: DENY, rules: [{to: [{operation: {ports: ["9000"]}}]}]}
  - {apiVersion: v1, kind: Namespace, metadata: {name: shop}}
"""


def test_objects_have_the_names_that_a_plan_would_give_them() -> None:
    names = [item.name for item in read("east", yaml.safe_load_all(TEXT))]

    assert names == [
        "east/default/AuthorizationPolicy/ledger",
        "east/istio-system/AuthorizationPolicy/not-at-9000",
        "east/Namespace/shop",
    ]


def test_policies_of_a_file_decide() -> None:
    policies = Policies(Mesh("east", Settings(), read("east", yaml.safe_load_all(TEXT))))
    applied = policies.applying_to("default", {"app": "ledger"})

    def decided(port: int, method: str) -> tuple[bool, str]:
        decision = applied.decide(Call(Source(None), port, Request(method)))
        return decision.allowed, decision.by

    assert decided(8080, "GET") == (True, "east/default/AuthorizationPolicy/ledger: rule 1")
    assert decided(9000, "GET") == (False, "east/istio-system/AuthorizationPolicy/not-at-9000: rule 1")
    assert not decided(8080, "POST")[0]
