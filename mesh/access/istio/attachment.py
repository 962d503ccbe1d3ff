"""Which AuthorizationPolicies hold for a workload: those of the root namespace and of its own that select it.

Istio: pilot/pkg/model/policyattachment.go, ShouldAttachPolicy. A policy with targets holds for gateways of the Gateway
API only (for services and their waypoints there is no ambient mesh here): never for a sidecar or any other gateway.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mesh.access.istio.meshes import selects
from mesh.access.istio.policies import Policy

GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name"
"""The label by which istiod tells the proxies of a Gateway API gateway."""

_Label = tuple[str, str]


class Attachment:
    """Policies, found by namespace and by the first label of their selectors."""

    def __init__(self, policies: Iterable[Policy], root_namespace: str) -> None:
        self._root_namespace = root_namespace
        self._found: dict[tuple[str, _Label | None], list[Policy]] = {}
        for policy in policies:
            label = None if policy.targets else next(iter(policy.selector.items()), None)
            self._found.setdefault((policy.namespace, label), []).append(policy)

    def to(self, namespace: str, labels: Mapping[str, str]) -> Iterator[Policy]:
        for other in dict.fromkeys((self._root_namespace, namespace)):
            for label in (None, *labels.items()):
                for policy in self._found.get((other, label), ()):
                    if _holds(policy, namespace, labels):
                        yield policy


def _holds(policy: Policy, namespace: str, labels: Mapping[str, str]) -> bool:
    if not policy.targets:
        return selects(policy.selector, labels)
    return policy.namespace == namespace and any(
        _is_gateway(target, labels.get(GATEWAY_NAME, ""), namespace) for target in policy.targets
    )


def _is_gateway(target: Mapping[str, Any], name: str, namespace: str) -> bool:
    return (
        target.get("group") == "gateway.networking.k8s.io"
        and target.get("kind") == "Gateway"
        and target.get("name") == name
        and (target.get("namespace") or namespace) == namespace
    )
