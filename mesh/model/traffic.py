"""Traffic settings: how the sidecars of callers call a workload."""

from dataclasses import dataclass
from datetime import timedelta

from mesh.model.workloads import Port, Workload

NEAREST, OWN_CLUSTER = "nearest", "own-cluster"
IDEMPOTENT_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PUT", "TRACE")
"""Methods that are safe to send twice: RFC 9110, 9.2.2."""


@dataclass(frozen=True)
class Retries:
    attempts: int
    """After the first."""
    per_try: timedelta | None
    after: tuple[str, ...]
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Outliers:
    errors: int
    interval: timedelta
    ejection: timedelta
    max_percent: int


@dataclass(frozen=True)
class KeepAlive:
    """None where the whole mesh's holds."""

    idle: timedelta | None
    interval: timedelta | None
    probes: int | None


@dataclass(frozen=True)
class Connections:
    """None where there is no limit, or Istio's."""

    most: int | None
    connect: timedelta | None
    idle: timedelta | None
    pending: int | None
    requests: int | None
    per_connection: int | None
    keepalive: KeepAlive | None


@dataclass(frozen=True)
class HeaderMatch:
    header: str
    value: str
    version: str


@dataclass(frozen=True)
class Mirror:
    to: "str | Workload"
    """A version of the workload, or another workload."""
    port: Port | None
    """The other workload's; None for a version."""
    percent: int


@dataclass(frozen=True)
class Move:
    """Paths that another workload answers, for a percentage of the calls."""

    paths: tuple[str, ...]
    to: Workload
    port: Port
    percent: int


@dataclass(frozen=True)
class Affinity:
    """The name of a session's cookie or header; None for the other."""

    cookie: str | None
    header: str | None


@dataclass(frozen=True)
class Cors:
    """Websites whose scripts may call by an ingress gateway."""

    origins: tuple[str, ...]
    headers: tuple[str, ...]
    expose: tuple[str, ...]
    credentials: bool
    max_age: timedelta | None


@dataclass(frozen=True)
class Delay:
    duration: timedelta
    percent: int


@dataclass(frozen=True)
class Abort:
    status: int
    percent: int


@dataclass(frozen=True)
class Traffic:
    """The traffic settings of one callee; the sidecars of its callers apply them."""

    callee: Workload
    timeout: timedelta | None
    retries: Retries | None
    outliers: Outliers | None
    connections: Connections | None
    failover: str | None
    """NEAREST, OWN_CLUSTER or the name of the cluster that is called first. Then outliers are there."""
    affinity: Affinity | None
    cors: Cors | None
    split: tuple[tuple[str, int], ...]
    """Versions with their percentages; empty where the workload has no versions."""
    headers: tuple[HeaderMatch, ...]
    """In the order in which they count."""
    mirror: Mirror | None
    strangler: tuple[Move, ...]
    delay: Delay | None
    abort: Abort | None
