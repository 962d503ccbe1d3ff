"""The question and the answer of the judge: an attempt, and a verdict with its evidence."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Network
from typing import Literal

from mesh.access.connections import Connection

Outcome = Literal["passes", "partly", "stops"]
"""`partly`: for some of the addresses that a node, a scale set or a private endpoint may have."""

Layer = Literal[
    "joining",
    "caller's sidecar",
    "network policy",
    "network",
    "security group",
    "gateway",
    "mutual TLS",
    "authorization",
    "application",
]
"""In the order in which a call meets them; `joining` is how a machine gets to be in the mesh at all."""


@dataclass(frozen=True)
class Token:
    """A token (JWT) of an end user, signed by its issuer."""

    issuer: str
    audiences: tuple[str, ...] = ()
    claims: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        claims = ", ".join(f"{name}: {value}" for name, value in self.claims)
        return f"a token of {self.issuer}{f' ({claims})' if claims else ''}"


@dataclass(frozen=True)
class Request:
    """An HTTP request. Header names are in lower case."""

    method: str = "GET"
    path: str = "/"
    host: str | None = None
    """None: the callee's own."""
    headers: tuple[tuple[str, str], ...] = ()
    token: Token | None = None
    """That of the user in whose name it is sent; None: none."""


@dataclass(frozen=True)
class Certificate:
    """The certificate that a client shows to an ingress gateway, from a CA that the gateway trusts."""

    names: tuple[str, ...]
    """Its subject alternative names."""


@dataclass(frozen=True)
class Attempt:
    """A call that somebody makes of a workload, at one port."""

    caller: str
    """A workload's name, or `ingress/<gateway>` for a client that comes by it."""
    callee: str
    port: int
    request: Request | None = None
    """None where the call is not HTTP."""
    certificate: Certificate | None = None
    """A client's at an ingress gateway; None where it shows none."""
    address: IPv4Network | None = None
    """Where a client of an ingress gateway is; None: wherever the gateway's `allow_from` names."""
    around_sidecar: bool = False
    """Whether the caller goes around its own sidecar, and so in plaintext and wherever the network lets it."""


@dataclass(frozen=True)
class Step:
    """One thing that a call meets on its way."""

    layer: Layer
    by: str
    """The deciding resource or object of the plan, with its rule: `nsg/east/nodes: allow-pods-in`."""
    outcome: Outcome
    text: str
    """The reason in words, with the names, addresses and ports that this layer sees."""
    judged: bool = True
    """False: it is in the hands of others, and nobody here knows what it does."""
    connection: Connection | None = field(default=None, compare=False, repr=False)
    """The one that begins here, where the step is the first of a passage through the networks."""


@dataclass(frozen=True)
class Joining:
    """Whether a machine reaches its istiod, without which its sidecar neither calls nor answers."""

    stops: tuple[Step, ...]
    """The reason why it cannot reach its istiod; empty if it can."""
    connections: frozenset[Connection] = frozenset()
    """The connections that it needs."""


@dataclass(frozen=True)
class Way:
    """How a call goes from one of the caller's places to one of the callee's. Ends with what stops it, if anything."""

    source: str
    """Such as `cluster/east`, `machine/ledger-0`, `internet`."""
    destination: str
    """Such as `cluster/west`, `machine/orders-db-0`, `managed/…`, `function/…`, `external/…`."""
    steps: tuple[Step, ...]

    @cached_property
    def outcome(self) -> Outcome:
        outcomes = {step.outcome for step in self.steps}
        return "stops" if "stops" in outcomes else "partly" if "partly" in outcomes else "passes"

    @property
    def stopped_by(self) -> Step | None:
        """The first step that stops it, wholly or in part."""
        return next((step for step in self.steps if step.outcome != "passes"), None)


@dataclass(frozen=True)
class Verdict:
    """The answer to an attempt: allowed if every way passes, possible if any way passes at least in part."""

    attempt: Attempt
    ways: tuple[Way, ...]
    """Never empty: where there is no way at all, one says so."""

    @property
    def connections(self) -> frozenset[Connection]:
        """All that the attempt needs of the networks, on every way."""
        return connections(step for way in self.ways for step in way.steps)

    @property
    def allowed(self) -> bool:
        return all(way.outcome == "passes" for way in self.ways)

    @property
    def possible(self) -> bool:
        return any(way.outcome != "stops" for way in self.ways)


def connections(steps: Iterable[Step]) -> frozenset[Connection]:
    return frozenset(step.connection for step in steps if step.connection is not None)
