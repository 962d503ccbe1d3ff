"""DestinationRules, as to how a proxy speaks with a host: which of them a proxy obeys, and what TLS it says.

Istio: pilot/pkg/model/push_context.go (setDestinationRules, destinationRule) and pilot/pkg/networking/util.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mesh.access.istio.meshes import Mesh, Proxy, oldest_first, selects
from mesh.plan.resources import KubernetesObject

TLSMode = Literal["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"]
_MODES: Mapping[str, TLSMode] = {
    "DISABLE": "DISABLE",
    "SIMPLE": "SIMPLE",
    "MUTUAL": "MUTUAL",
    "ISTIO_MUTUAL": "ISTIO_MUTUAL",
}


@dataclass(frozen=True)
class Told:
    mode: TLSMode
    by: str


@dataclass(frozen=True, eq=False)
class _Rule:
    name: str
    namespace: str
    host: str
    selector: Mapping[str, str] | None
    exported_to: frozenset[str]
    """Empty: to all."""
    policy: Mapping[str, Any] | None
    subsets: Mapping[str, Mapping[str, Any]]

    @property
    def private(self) -> bool:
        return self.exported_to in ({"."}, {self.namespace})

    @property
    def for_own(self) -> bool:
        """Whether proxies of its own namespace obey it."""
        return not self.exported_to or not self.exported_to.isdisjoint({"*", ".", self.namespace})

    def exported(self, namespace: str) -> bool:
        return not self.exported_to or not self.exported_to.isdisjoint({"*", namespace})


class DestinationRules:
    """Of one cluster's configuration."""

    def __init__(self, mesh: Mesh) -> None:
        self._root_namespace = mesh.settings.root_namespace
        self._by_namespace: dict[str, list[_Rule]] = {}
        for item in oldest_first(mesh.of("DestinationRule")):
            rule = _rule(item)
            self._by_namespace.setdefault(rule.namespace, []).append(rule)
        self._found: dict[tuple[str, str, str], tuple[_Rule, ...]] = {}

    def tls(self, caller: Proxy, host: str, namespace: str, port: int, subset: str | None = None) -> Told | None:
        """The traffic policy that a proxy gets for a host and a port; None if there is none."""
        key = (caller.namespace, host, namespace)
        if key not in self._found:
            self._found[key] = self._obeyed(*key)
        rules = [rule for rule in self._found[key] if rule.selector is None or _chooses(rule, caller)]
        rules.sort(key=lambda rule: rule.selector is None)
        general = next((rule for rule in rules if rule.policy is not None), None)
        special = next((rule for rule in rules if subset in rule.subsets), None)
        if special and subset:
            own, at_port = _at_port(special.subsets[subset], port)
            if at_port or "tls" in own or general is None:
                return _told(special, own)
        return _told(general, _at_port(general.policy or {}, port)[0]) if general else None

    def _obeyed(self, caller: str, host: str, namespace: str) -> tuple[_Rule, ...]:
        """Those of the caller's namespace, else the service's, else the root namespace, for the closest host."""
        own = self._by_namespace.get(caller, [])
        if caller == self._root_namespace:
            chosen = _closest(host, (rule for rule in own if rule.private))
        else:
            chosen = _closest(host, (rule for rule in own if rule.for_own))
        for other in (namespace, self._root_namespace):
            if not chosen:
                public = (rule for rule in self._by_namespace.get(other, ()) if not rule.private)
                chosen = tuple(rule for rule in _closest(host, public) if rule.exported(caller))
        return chosen


def _rule(item: KubernetesObject) -> _Rule:
    spec, metadata = item.manifest["spec"], item.manifest["metadata"]
    selector = spec.get("workloadSelector")
    return _Rule(
        name=item.name,
        namespace=metadata["namespace"],
        host=_full(spec["host"], metadata["namespace"]),
        selector=None if selector is None else selector.get("matchLabels") or {},
        # With a selector it is not exported, whatever it says.
        exported_to=frozenset({"."} if selector is not None else spec.get("exportTo") or ()),
        policy=spec.get("trafficPolicy"),
        subsets={subset["name"]: subset.get("trafficPolicy") or {} for subset in spec.get("subsets") or ()},
    )


def _full(host: str, namespace: str) -> str:
    return host if "." in host or host == "*" else f"{host}.{namespace}.svc.cluster.local"


def _chooses(rule: _Rule, caller: Proxy) -> bool:
    return rule.namespace == caller.namespace and selects(rule.selector, caller.labels)


def _closest(host: str, rules: Iterable[_Rule]) -> tuple[_Rule, ...]:
    """All for the host itself; else all for the longest wildcard that covers it."""
    by_host: dict[str, list[_Rule]] = {}
    for rule in rules:
        if rule.host == host or (rule.host.startswith("*") and host.endswith(rule.host[1:])):
            by_host.setdefault(rule.host, []).append(rule)
    if not by_host:
        return ()
    return tuple(by_host[host if host in by_host else max(by_host, key=len)])


def _at_port(policy: Mapping[str, Any], port: int) -> tuple[Mapping[str, Any], bool]:
    """The TLS settings of a traffic policy for one port. Settings of a port replace those of the whole host."""
    for settings in policy.get("portLevelSettings") or ():
        if (settings.get("port") or {}).get("number") == port:
            return settings, True
    return policy, False


def _told(rule: _Rule, policy: Mapping[str, Any]) -> Told | None:
    if policy.get("tls") is None:
        return None
    mode = policy["tls"].get("mode") or "DISABLE"
    return Told(_MODES[mode], rule.name)
