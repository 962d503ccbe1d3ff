"""Policies as files and live clusters have them: no plan names them, and any version and number may come at once."""

import yaml

from mesh.access.attempts import Request
from mesh.access.istio import gateway_servers, scoping
from mesh.access.istio.authorization import Call, Policies, Source
from mesh.access.istio.meshes import Mesh, Proxy, Settings, read
from mesh.access.istio.services import Registry

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


LIVE = """
- apiVersion: v1
  kind: Service
  metadata: {name: ledger, namespace: finance, labels: null, annotations: null, managedFields: [{manager: kubectl}]}
  spec: {selector: null, ports: [{port: 9000, appProtocol: null}], externalName: null}
  status: {loadBalancer: {}}
- {apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: empty, namespace: finance}}
- {apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: own, namespace: finance}, spec: {egress: null}}
- {apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: other, namespace: finance}}
- {apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: of-ours, namespace: finance}, spec: null}
- {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: admin}}
- {apiVersion: v1, kind: SecretList, items: null}
"""


def test_live_objects_have_nulls_and_kinds_that_nobody_reads() -> None:
    objects = read("east", yaml.safe_load(LIVE))
    mesh = Mesh("east", Settings(), objects)
    registry = Registry({"east": mesh})
    proxy = Proxy("east", "finance", {}, "")

    assert [item.name for item in objects] == [
        "east/finance/Service/ledger",
        "east/finance/ServiceEntry/empty",
        "east/finance/Sidecar/own",
        "east/finance/Gateway/other",
        "east/finance/PodDisruptionBudget/of-ours",
        "east/ClusterRole/admin",
    ]
    assert mesh.of("Gateway") == ()
    assert scoping.knowledge(mesh, registry, proxy, "ledger.finance.svc.cluster.local", 9000).known
    assert gateway_servers.opened(mesh, proxy, 443) == []
