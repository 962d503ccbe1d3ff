"""What findings there are: each kind with its code, how grave it is, why it matters, and the way out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""The gravest first."""


@dataclass(frozen=True)
class Kind:
    code: str
    """Stable: stack files accept findings by it."""
    severity: Severity
    what: str
    why: str
    way_out: str


@dataclass(frozen=True)
class Finding:
    kind: Kind
    subject: str
    """What it is about, by names of the plan: `cart to orders:8080`, `nsg/east/nodes`."""
    text: str
    """What was found there."""

    @property
    def code(self) -> str:
        return self.kind.code

    @property
    def severity(self) -> Severity:
        return self.kind.severity

    @property
    def why(self) -> str:
        return self.kind.why

    @property
    def way_out(self) -> str:
        return self.kind.way_out


def gravest_first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each once."""
    return tuple(
        sorted(
            set(found),
            key=lambda finding: (SEVERITIES.index(finding.severity), finding.code, finding.subject, finding.text),
        )
    )


ROUTE_DOES_NOT_WORK = Kind(
    "route-does-not-work",
    "error",
    "A declared route is stopped on every way.",
    "The caller is promised this route, and every one of its calls would fail.",
    "`mesh explain` follows the call step by step; mend what stops it.",
)
ROUTE_WORKS_IN_PART = Kind(
    "route-works-in-part",
    "error",
    "A declared route is stopped on some of its ways: from some places, to some places, or for some addresses.",
    "Some of the calls would fail, and which ones depends on where they happen to come from and go to.",
    "`mesh explain` shows every way; mend what stops the ones that fail.",
)
PLACE_IS_NOT_CALLED = Kind(
    "place-is-not-called",
    "error",
    "A declared route never leads to one of the places where its callee runs.",
    "What runs there takes no part of the load, and is not there when the other places fail.",
    "Have the caller's istiod know the place: by its remote secret, its entries or its gateway.",
)
UNDECLARED_OPENING = Kind(
    "undeclared-opening",
    "error",
    "Somebody can call a workload at a port, and no route declares it.",
    "Who may call whom is what routes say; whatever else is open is open to an intruder too.",
    "Close what lets it through, or declare a route.",
)
WIDER_THAN_DECLARED = Kind(
    "wider-than-declared",
    "error",
    "A declared caller can make calls that its route does not declare: other methods, paths or hosts.",
    "A route that says GET /orders/* is read as a promise that nothing else gets through.",
    "Narrow what lets it through, or declare the calls.",
)
STRANGER_LET_IN = Kind(
    "stranger-let-in",
    "error",
    "Somebody whom no route names gets through: a pod that nobody declared, or a client that a gateway should refuse.",
    "Whoever gets to run anything in the environment, or to reach it from outside, could make these calls.",
    "Name callers by their exact principals, and keep mutual TLS strict.",
)
