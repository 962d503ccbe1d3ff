"""AuthorizationPolicies, compiled: which rules they have, what each asks, and where it holds."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any, Literal

from mesh.access.istio import conditions
from mesh.access.istio.attributes import Seen, UnknownAttributeError
from mesh.access.istio.conditions import Condition, Reader
from mesh.access.istio.meshes import Mesh
from mesh.access.istio.string_matches import SPIFFE
from mesh.plan.resources import KubernetesObject

Action = Literal["CUSTOM", "DENY", "ALLOW", "AUDIT"]
_ACTIONS: Mapping[str, Action] = {"CUSTOM": "CUSTOM", "DENY": "DENY", "ALLOW": "ALLOW", "AUDIT": "AUDIT"}


@dataclass(frozen=True, eq=False)
class Terms:
    """The conditions of a rule: all of `always`, all of one source, and all of one operation."""

    sources: tuple[tuple[Condition, ...], ...]
    operations: tuple[tuple[Condition, ...], ...]
    always: tuple[Condition, ...]

    def hold(self, seen: Seen) -> bool:
        return all(condition.holds(seen) for condition in self.always) and all(
            any(all(condition.holds(seen) for condition in one) for one in alternatives)
            for alternatives in (self.sources, self.operations)
        )

    def of_every_call(self) -> "Terms":
        """Without what only HTTP has."""
        return Terms(
            tuple(map(_of_every_call, self.sources)),
            tuple(map(_of_every_call, self.operations)),
            _of_every_call(self.always),
        )

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        return (
            *(
                condition
                for alternatives in (self.sources, self.operations)
                for one in alternatives
                for condition in one
            ),
            *self.always,
        )


@dataclass(frozen=True, eq=False)
class Rule:
    by: str
    """Such as east/finance/AuthorizationPolicy/ledger: rule 1."""
    http: Terms
    """Its conditions for HTTP."""
    tcp: Terms | None
    """Its conditions for TCP. None: the rule never matches TCP."""
    principals: frozenset[str] | None
    """The only identities that it can match, where it names them exactly."""

    def terms(self, *, http: bool) -> Terms | None:
        return self.http if http else self.tcp

    def matches(self, seen: Seen) -> bool:
        terms = self.terms(http=seen.http)
        return terms is not None and terms.hold(seen)


class Rules:
    """Rules of several policies, found by who calls."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_principal: dict[str, list[tuple[int, Rule]]] = {}
        self._others: list[tuple[int, Rule]] = []
        for numbered in enumerate(rules):
            principals = numbered[1].principals
            if principals is None:
                self._others.append(numbered)
            for principal in principals or ():
                self._by_principal.setdefault(SPIFFE + principal, []).append(numbered)

    def naming(self, identity: str) -> tuple[Rule, ...]:
        """Those that name it exactly."""
        return tuple(rule for _, rule in self._by_principal.get(identity, ()))

    def about(self, identity: str) -> Iterator[Rule]:
        """Those that may match it, in their order."""
        named = self._by_principal.get(identity)
        ordered = sorted((*named, *self._others), key=itemgetter(0)) if named else self._others
        return (rule for _, rule in ordered)

    def first(self, seen: Seen) -> Rule | None:
        """The first that matches."""
        return next((rule for rule in self.about(seen.identity) if rule.matches(seen)), None)

    @cached_property
    def principals(self) -> frozenset[str] | None:
        """The only identities that any of them can match, where all name them exactly."""
        if self._others:
            return None
        return frozenset(identity.removeprefix(SPIFFE) for identity in self._by_principal)


@dataclass(frozen=True, eq=False)
class Policy:
    name: str
    """Such as east/finance/AuthorizationPolicy/ledger."""
    namespace: str
    action: Action
    provider: str
    """Of an action CUSTOM: who is asked."""
    dry_run: bool
    selector: Mapping[str, str]
    targets: tuple[Mapping[str, Any], ...]
    rules: tuple[Rule, ...]


def policies(mesh: Mesh) -> tuple[Policy, ...]:
    trust_domains = (mesh.settings.trust_domain, *mesh.settings.trust_domain_aliases)
    return tuple(
        policy
        for item in mesh.of("AuthorizationPolicy")
        # Linkerd has a kind of this name, too.
        if str(item.manifest.get("apiVersion")).startswith("security.istio.io/")
        for policy in _policy(item, item.manifest.get("spec") or {}, trust_domains)
    )


def _policy(item: KubernetesObject, spec: Mapping[str, Any], trust_domains: tuple[str, ...]) -> tuple[Policy, ...]:
    """None where the action is not one of Istio's: istiod ignores the policy."""
    action = _ACTIONS.get(spec.get("action") or "ALLOW")
    if action is None:
        return ()
    metadata = item.manifest["metadata"]
    reader = Reader(metadata.get("namespace", ""), trust_domains)
    target = [spec["targetRef"]] if spec.get("targetRef") else []
    policy = Policy(
        name=item.name,
        namespace=reader.namespace,
        action=action,
        provider=(spec.get("provider") or {}).get("name", ""),
        dry_run=_is_true((metadata.get("annotations") or {}).get("istio.io/dry-run", "")),
        selector=(spec.get("selector") or {}).get("matchLabels") or {},
        targets=tuple(spec.get("targetRefs") or target),
        rules=tuple(
            compiled
            for number, rule in enumerate(spec.get("rules") or (), start=1)
            if rule is not None
            for compiled in _rule(f"{item.name}: rule {number}", rule, action, reader)
        ),
    )
    return (policy,)


def _is_true(annotation: str) -> bool:
    """As Go's strconv.ParseBool reads it; anything else enforces the policy."""
    return annotation in ("1", "t", "T", "true", "True", "TRUE")


def _rule(by: str, rule: Mapping[str, Any], action: Action, reader: Reader) -> tuple[Rule, ...]:
    try:
        terms = Terms(
            sources=tuple(
                conditions.of_source((given or {}).get("source") or {}, reader) for given in rule.get("from") or [{}]
            ),
            operations=tuple(
                conditions.of_operation((given or {}).get("operation") or {}, reader)
                for given in rule.get("to") or [{}]
            ),
            always=tuple(asked for when in rule.get("when") or [] for asked in conditions.of_when(when, reader)),
        )
    except UnknownAttributeError:
        return ()
    readable = action != "ALLOW" or all(condition.readable for condition in terms.conditions)
    on_tcp = action != "ALLOW" or not any(condition.of_http for condition in terms.conditions)
    if not readable:
        return ()
    return (
        Rule(
            by=by,
            http=terms,
            tcp=terms.of_every_call() if on_tcp else None,
            principals=_principals(terms),
        ),
    )


def _of_every_call(asked: tuple[Condition, ...]) -> tuple[Condition, ...]:
    return tuple(condition for condition in asked if not condition.of_http)


def _principals(terms: Terms) -> frozenset[str] | None:
    always = _exact(terms.always)
    if always is not None:
        return always
    named = [_exact(source) for source in terms.sources]
    return (
        frozenset().union(*(principals for principals in named if principals is not None))
        if None not in named
        else None
    )


def _exact(asked: Iterable[Condition]) -> frozenset[str] | None:
    for condition in asked:
        values = condition.values
        if (
            condition.field in ("principals", "source.principal")
            and values
            and not any("*" in value for value in values)
        ):
            return frozenset(values)
    return None
