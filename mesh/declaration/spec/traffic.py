"""What a stack file may say of the calls to a workload: how long, how often again, and where to."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from mesh.declaration.spec.part import Part
from mesh.declaration.values.http import Duration, HeaderName, HeaderValue, Method, RequestPath, RetryCause
from mesh.declaration.values.naming import Failover, Name, Version
from mesh.declaration.values.rule import Whole
from mesh.model import IDEMPOTENT_METHODS

_Percent = Annotated[Whole, Field(ge=1, le=100)]
_Count = Annotated[Whole, Field(ge=1, le=1_000_000)]


class Retries(Part):
    """Calls that failed, made again at another pod or machine where there is one."""

    attempts: Annotated[Whole, Field(ge=1, le=10)]
    """How many times at most, after the first."""
    per_try: Annotated[Duration | None, Field(examples=["500ms"])] = None
    """How long each try may take. Default: the timeout."""
    after: Annotated[tuple[RetryCause, ...], Field(min_length=1, examples=[["connect-failure", "reset", 503]])] = (
        "connect-failure",
        "refused-stream",
        "reset",
    )
    """The failures after which a call is made again: Envoy's words, and statuses from 400."""
    methods: Annotated[tuple[Method, ...], Field(min_length=1)] = IDEMPOTENT_METHODS
    """The methods that may be made twice. Default: those that HTTP calls idempotent; POST and PATCH are not."""


class Outliers(Part):
    """Pods and machines that fail are left alone for a while, each caller judging by its own calls."""

    errors: Annotated[Whole, Field(ge=1, le=1000)] = 5
    """How many failures in a row: of connections, and statuses from 500."""
    interval: Duration = timedelta(seconds=10)
    """How often they are counted."""
    ejection: Duration = timedelta(seconds=30)
    """How long one is left alone, the first time."""
    max_percent: _Percent | None = None
    """How many of them at most are left alone at the same time. Default: 50; with failover 100, as calls go elsewhere
    for good only when all of a place are."""


class KeepAlive(Part):
    """Empty packets on an idle connection, before somebody on the way forgets it."""

    idle: Annotated[Duration | None, Field(examples=["1m"])] = None
    """After how long without traffic. Default: two minutes, half of what Azure's load balancer waits."""
    interval: Duration | None = None
    """How long to wait for each answer. Default: 30 seconds."""
    probes: Annotated[Whole | None, Field(ge=1, le=20)] = None
    """How many without an answer end the connection. Default: 3."""


class Connections(Part):
    """Limits that each caller's sidecar keeps for itself, not all of them together."""

    max: _Count | None = None
    """Connections at a time."""
    connect: Duration | None = None
    """How long to wait for a connection. Default: 10 seconds."""
    idle: Duration | None = None
    """How long one is kept without traffic. Default: an hour."""
    pending: _Count | None = None
    """HTTP requests that wait for a connection."""
    requests: _Count | None = None
    """HTTP requests at a time."""
    per_connection: _Count | None = None
    """HTTP requests for which one connection is used, before a new one takes its place."""
    keepalive: KeepAlive | None = None
    """Packets that keep idle connections. Default: those of the whole mesh."""


class HeaderMatch(Part):
    """Calls that go to a version whatever the split says."""

    header: Annotated[HeaderName, Field(examples=["x-canary"])]
    """The header's name, in small letters."""
    value: Annotated[HeaderValue, Field(examples=["1"])]
    """Its whole value. In quotes where YAML would read a number or a truth value."""
    to: Version
    """The version of the split that these calls go to."""


class Mirror(Part):
    """A copy of each call, whose answer nobody waits for."""

    to: Name
    """A version of the split, or a workload that every caller has a route to."""
    percent: _Percent = 100
    """Of how many calls."""


class Move(Part):
    """Paths of a monolith that another workload answers."""

    paths: Annotated[tuple[RequestPath, ...], Field(min_length=1, examples=[["/catalog/*"]])]
    """Exact paths; one that ends in * stands for all that begin so."""
    to: Name
    """The workload that answers. Every caller needs routes to both for these paths."""
    percent: _Percent = 100
    """Of how many calls; the others stay."""


class Delay(Part):
    duration: Duration
    """How long calls wait."""
    percent: _Percent = 100
    """Of how many calls."""


class Abort(Part):
    status: Annotated[Whole, Field(ge=400, le=599)]
    """The HTTP status that calls get."""
    percent: _Percent = 100
    """Of how many calls."""


class Inject(Part):
    """Faults, to see what callers make of them. Refused in a production environment."""

    delay: Delay | None = None
    """Calls that wait before they go on."""
    abort: Abort | None = None
    """Calls that fail without reaching the workload."""


class Traffic(Part):
    """How a workload is called. It acts in the sidecars of its callers."""

    timeout: Annotated[Duration | None, Field(examples=["2s"])] = None
    """How long a call may take, with all its tries. Default: any time."""
    retries: Retries | None = None
    """Calls made again. Default: twice, where the connection failed before the call was sent."""
    outliers: Outliers | None = None
    """When a pod or machine that fails is left alone. Default: never."""
    connections: Connections | None = None
    """Limits of connections and requests."""
    failover: Annotated[Failover | None, Field(examples=["nearest"])] = None
    """Who is called first: `nearest` (own zone, then own region), `own-cluster`, or a cluster for every caller; others
    only when these fail. It needs outliers. Default: all alike."""
    split: Annotated[dict[Version, Annotated[Whole, Field(ge=0, le=100)]], Field(examples=[{"v1": 90, "v2": 10}])] = {}
    """Percent of the calls by version, the label `version` of the pods. Together 100."""
    headers: tuple[HeaderMatch, ...] = ()
    """Calls that a header sends to a version; the first that matches counts."""
    mirror: Mirror | None = None
    """A copy of the calls to a version or to another workload."""
    strangler: tuple[Move, ...] = ()
    """Paths that other workloads answer in place of this one."""
    inject: Inject | None = None
    """Faults for tests."""
