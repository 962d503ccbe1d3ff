"""How two proxies speak with each other: what the caller's sends, and what the callee's accepts.

Callers' DestinationRules and auto mTLS: istio/istio pilot/pkg/networking/core/cluster_tls.go. Callees'
PeerAuthentications, which hold for workloads and not for what a gateway serves: pilot/pkg/security/authn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mesh.access.attempts import Outcome, Step
from mesh.access.istio.destination_rules import DestinationRules
from mesh.access.istio.meshes import Mesh, Proxy, oldest_first, selects
from mesh.plan.resources import KubernetesObject

Mode = Literal["STRICT", "PERMISSIVE", "DISABLE"]
_MODES: Mapping[str, Mode] = {"STRICT": "STRICT", "PERMISSIVE": "PERMISSIVE", "DISABLE": "DISABLE"}

Speech = Literal["plaintext", "mutual TLS", "other TLS"]
"""`mutual TLS` is Istio's, by which callers have an identity; `other TLS` is any without its certificates."""


@dataclass(frozen=True)
class Accepted:
    mode: Mode
    by: str


@dataclass(frozen=True)
class Sent:
    speech: Speech
    by: str


@dataclass(frozen=True)
class Answerer:
    """One endpoint of a host, as callers know it."""

    host: str
    namespace: str
    labels: Mapping[str, str]
    service_port: int
    port: int
    """Its own, to which it maps the service's."""
    mutual: bool
    """Whether it is registered as one that speaks mutual TLS: `security.istio.io/tlsMode: istio`."""
    external: bool = False
    """Whether its ServiceEntry has the location MESH_EXTERNAL, which is the default."""
    subset: str | None = None


class MutualTLS:
    """Of one cluster's configuration: what its proxies send and accept."""

    def __init__(self, mesh: Mesh) -> None:
        self._settings = mesh.settings
        self._rules = DestinationRules(mesh)
        self._by_namespace: dict[str, list[KubernetesObject]] = {}
        for item in oldest_first(mesh.of("PeerAuthentication")):
            self._by_namespace.setdefault(item.manifest["metadata"]["namespace"], []).append(item)
        self._found: dict[tuple[str, frozenset[tuple[str, str]], int], Accepted] = {}

    def accepted(self, namespace: str, labels: Mapping[str, str], port: int) -> Accepted:
        """The TLS modes that a workload with a sidecar accepts at its port."""
        key = (namespace, frozenset(labels.items()), port)
        if key not in self._found:
            self._found[key] = self._accepted(namespace, labels, port)
        return self._found[key]

    def sent(self, caller: Proxy, answerer: Answerer) -> Sent:
        """The TLS mode with which a sidecar or gateway calls."""
        to = answerer
        told = self._rules.tls(caller, to.host, to.namespace, to.service_port, to.subset)
        if told:
            speeches: Mapping[str, Speech] = {"DISABLE": "plaintext", "ISTIO_MUTUAL": "mutual TLS"}
            return Sent(speeches.get(told.mode, "other TLS"), f"{told.by}: {told.mode}")
        if not self._settings.auto_mutual_tls:
            return Sent("plaintext", "MeshConfig: enableAutoMtls is false")
        if to.external:
            return Sent("plaintext", "Istio's default: no mutual TLS with what is outside the mesh")
        if not to.mutual:
            return Sent("plaintext", "auto mTLS: the endpoint is not registered as one that speaks it")
        for accepted in (self.accepted(to.namespace, {}, 0), self.accepted(to.namespace, to.labels, to.port)):
            if accepted.mode == "DISABLE":
                return Sent("plaintext", accepted.by)
        return Sent("mutual TLS", "auto mTLS: the endpoint is registered as one that speaks it")

    def _accepted(self, namespace: str, labels: Mapping[str, str], port: int) -> Accepted:
        """The workload's port, else the workload, else its namespace, else the root namespace; UNSET asks the next."""
        root = self._settings.root_namespace
        workloads = (
            item
            for item in self._by_namespace.get(namespace, ())
            # In the root namespace a policy with a selector holds for nobody.
            if namespace != root and _selector(item) and selects(_selector(item), labels)
        )
        if workload := next(workloads, None):
            spec = workload.manifest["spec"]
            at_port = {str(key): value for key, value in (spec.get("portLevelMtls") or {}).items()}
            if mode := _mode(at_port.get(str(port))):
                return Accepted(mode, f"{workload.name}: {mode} at port {port}")
            if mode := _mode(spec.get("mtls")):
                return Accepted(mode, f"{workload.name}: {mode}")
        for other in (namespace, root):
            general = next((item for item in self._by_namespace.get(other, ()) if not _selector(item)), None)
            if general and (mode := _mode((general.manifest.get("spec") or {}).get("mtls"))):
                return Accepted(mode, f"{general.name}: {mode}")
        return Accepted("PERMISSIVE", "Istio's default: PERMISSIVE, as no PeerAuthentication says otherwise")


def handshake(sent: Sent, accepted: Accepted | None) -> Step:
    """Whether what is sent is accepted; by a callee without a sidecar where `accepted` is None."""
    if accepted is None:
        outcome: Outcome = "stops" if sent.speech == "mutual TLS" else "passes"
        heard = "the callee has no sidecar, so that its application gets what is sent"
        return Step("mutual TLS", sent.by, outcome, f"{sent.speech} is sent ({sent.by}); {heard}")
    text = f"{sent.speech} is sent ({sent.by}); the callee's sidecar is in mode {accepted.mode} ({accepted.by})"
    return Step("mutual TLS", accepted.by, "passes" if _agree(sent.speech, accepted.mode) else "stops", text)


def _agree(speech: Speech, mode: Mode) -> bool:
    match mode:
        case "STRICT":
            return speech == "mutual TLS"
        case "DISABLE":
            # The sidecar hands on the bytes: an application may well serve TLS, but not Istio's.
            return speech != "mutual TLS"
    return True  # PERMISSIVE tells Istio's by its ALPN, and hands on what is not


def _selector(item: KubernetesObject) -> Mapping[str, str]:
    selector: Mapping[str, Any] = (item.manifest.get("spec") or {}).get("selector") or {}
    return selector.get("matchLabels") or {}


def _mode(given: Mapping[str, Any] | None) -> Mode | None:
    """None where it is not set."""
    return _MODES.get((given or {}).get("mode") or "UNSET")
