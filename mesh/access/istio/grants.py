"""Rules of policies → what they allow a caller, and the requests that they distinguish."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from mesh.access.istio.attributes import Seen
from mesh.access.istio.conditions import Condition
from mesh.access.istio.policies import Rule

_OF_CALLER = ("source.principal", "source.namespace", "source.serviceAccount", "source.trustDomain")
_SHOWN = ("method", "path", "host")
_HEADER = "request.headers"


@dataclass(frozen=True)
class Grant:
    """One rule's permission for a caller at a port. Patterns are the policy's; no pattern: any value."""

    by: str
    methods: tuple[str, ...]
    paths: tuple[str, ...]
    hosts: tuple[str, ...]
    more: tuple[str, ...]
    """Its other conditions, by field: `notPaths`, `request.headers[x-team]`."""


@dataclass(frozen=True)
class Vocabulary:
    """Values that the rules distinguish, as written there."""

    methods: frozenset[str]
    paths: frozenset[str]
    hosts: frozenset[str]
    headers: frozenset[tuple[str, str]]
    """Each header's name in lower case, and a value."""


def grants(rules: Iterable[Rule], seen: Seen) -> Iterator[Grant]:
    """Judged by who calls and at which port; all else that a rule asks is told."""
    for rule in rules:
        if terms := rule.terms(http=seen.http):
            granted = (
                _grant(rule, (*source, *operation, *terms.always), seen)
                for source, operation in product(terms.sources, terms.operations)
            )
            yield from dict.fromkeys(grant for grant in granted if grant)


def vocabulary(rules: Iterable[Rule]) -> Vocabulary:
    asked = [condition for rule in rules for condition in rule.http.conditions if condition.readable]

    def values(key: str) -> frozenset[str]:
        return frozenset(value for one in asked if one.key == key for value in (*one.values, *one.excluded))

    headers = {one.key for one in asked if one.key.startswith(_HEADER)}
    return Vocabulary(
        methods=values("method"),
        paths=values("path"),
        hosts=values("host"),
        headers=frozenset((key.removeprefix(_HEADER)[1:-1].lower(), value) for key in headers for value in values(key)),
    )


def _grant(rule: Rule, asked: tuple[Condition, ...], seen: Seen) -> Grant | None:
    judged = [condition for condition in asked if condition.key in (*_OF_CALLER, "destination.port")]
    if not all(condition.holds(seen) for condition in judged):
        return None
    shown = {condition.key: condition.values for condition in asked if condition.key in _SHOWN}
    more = [
        name
        for condition in asked
        if condition not in judged
        for name in (
            *([condition.field] if condition.values and condition.key not in _SHOWN else []),
            *([condition.name_of_excluded] if condition.excluded else []),
        )
    ]
    return Grant(rule.by, shown.get("method", ()), shown.get("path", ()), shown.get("host", ()), tuple(more))
