"""What a stack file may say of the calls to a workload: how long, how often again, and where to."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from mesh.declaration.spec.part import Part
from mesh.declaration.values.http import (
    CookieName,
    Duration,
    HeaderName,
    HeaderValue,
    Method,
    Origin,
    RequestPath,
    RetryCause,
)
from mesh.declaration.values.naming import Failover, Name, Version
from mesh.declaration.values.rule import Truth, Whole
from mesh.model import IDEMPOTENT_METHODS

_Percent = Annotated[Whole, Field(ge=1, le=100)]
_Count = Annotated[Whole, Field(ge=1, le=1_000_000)]


class Retries(Part):
    """Failed calls are sent again, to another pod or machine if there is one."""

    attempts: Annotated[Whole, Field(ge=1, le=10)]
    """The most tries after the first one."""
    per_try: Annotated[Duration | None, Field(examples=["500ms"])] = None
    """The time limit of each try. Default: the timeout."""
    after: Annotated[tuple[RetryCause, ...], Field(min_length=1, examples=[["connect-failure", "reset", 503]])] = (
        "connect-failure",
        "refused-stream",
        "reset",
    )
    """The failures after which a call is sent again: Envoy's retry conditions, and statuses from 400."""
    methods: Annotated[tuple[Method, ...], Field(min_length=1)] = IDEMPOTENT_METHODS
    """The methods that are safe to send twice. Default: the idempotent methods of HTTP; POST and PATCH are not."""


class Outliers(Part):
    """Failing pods and machines get no calls for a while. Each caller decides by its own calls."""

    errors: Annotated[Whole, Field(ge=1, le=1000)] = 5
    """The failures in a row that eject one: failed connections, and statuses from 500."""
    interval: Duration = timedelta(seconds=10)
    """The time between two checks."""
    ejection: Duration = timedelta(seconds=30)
    """How long the first ejection lasts."""
    max_percent: _Percent | None = None
    """The largest share that can be ejected at the same time. Default: 50; with failover 100, because calls leave a
    place only when all of it is ejected."""


class KeepAlive(Part):
    """Empty packets on an idle connection, so that no device on the way drops it."""

    idle: Annotated[Duration | None, Field(examples=["1m"])] = None
    """The idle time before the first packet. Default: two minutes, half of the timeout of Azure's load balancer."""
    interval: Duration | None = None
    """The time to wait for each answer. Default: 30 seconds."""
    probes: Annotated[Whole | None, Field(ge=1, le=20)] = None
    """The number of unanswered packets that ends the connection. Default: 3."""


class Connections(Part):
    """Limits of each caller's sidecar on its own, not of all callers together."""

    max: _Count | None = None
    """The most connections at a time."""
    connect: Duration | None = None
    """The time to wait for a connection. Default: 10 seconds."""
    idle: Duration | None = None
    """How long an idle connection is kept. Default: an hour."""
    pending: _Count | None = None
    """The most HTTP requests that wait for a connection."""
    requests: _Count | None = None
    """The most HTTP requests at a time."""
    per_connection: _Count | None = None
    """The most HTTP requests on one connection, before a new one replaces it."""
    keepalive: KeepAlive | None = None
    """Packets on idle connections. Default: the setting of the whole mesh."""


class HeaderMatch(Part):
    """Calls with this header go to one version, independent of the split."""

    header: Annotated[HeaderName, Field(examples=["x-canary"])]
    """The header's name, in lower case."""
    value: Annotated[HeaderValue, Field(examples=["1"])]
    """Its exact value. Write it in quotes if it looks like a number or a truth value."""
    to: Version
    """The version of the split that gets these calls."""


class Mirror(Part):
    """A copy of each call. The answer to the copy is ignored."""

    to: Name
    """A version of the split, or a workload that every caller has a route to."""
    percent: _Percent = 100
    """The share of the calls."""


class Move(Part):
    """Paths of a monolith that another workload answers."""

    paths: Annotated[tuple[RequestPath, ...], Field(min_length=1, examples=[["/catalog/*"]])]
    """Exact paths, or patterns as in routes: /catalog/* or /catalog/{*}/images."""
    to: Name
    """The workload that answers. Every caller needs routes to both workloads for these paths."""
    percent: _Percent = 100
    """The share of the calls that move."""


class Delay(Part):
    duration: Duration
    """The delay of a call."""
    percent: _Percent = 100
    """The share of the calls."""


class Abort(Part):
    status: Annotated[Whole, Field(ge=400, le=599)]
    """The HTTP status of the answer."""
    percent: _Percent = 100
    """The share of the calls."""


class Inject(Part):
    """Injected faults, to test callers. Refused in a production environment."""

    delay: Delay | None = None
    """Some calls are delayed."""
    abort: Abort | None = None
    """Some calls fail without reaching the workload."""


class Affinity(Part):
    """Calls of one session go to the same pod or machine, as long as it is there. One of the two."""

    cookie: CookieName | None = None
    """The cookie that names the session. Where a call has none, its caller's proxy makes one and answers with it."""
    header: HeaderName | None = None
    """The header that names the session."""


class Cors(Part):
    """Scripts of other websites may call the workload through an ingress gateway, which answers their browsers."""

    origins: Annotated[tuple[Origin, ...], Field(min_length=1, examples=[["https://shop.example.com"]])]
    """The websites."""
    headers: tuple[HeaderName, ...] = ()
    """Headers that a script may set, such as authorization or content-type."""
    expose: tuple[HeaderName, ...] = ()
    """Headers of an answer that a script may read."""
    credentials: Truth = False
    """Whether browsers send cookies and client certificates along."""
    max_age: Annotated[Duration | None, Field(examples=["10m"])] = None
    """How long a browser may remember the answer. Default: as the browser does."""


class Traffic(Part):
    """How a workload is called. The sidecars of its callers do it."""

    timeout: Annotated[Duration | None, Field(examples=["2s"])] = None
    """The time limit of a call with all its tries. Default: none."""
    retries: Retries | None = None
    """Tries after a failure. Default: two, if the connection failed before the call was sent."""
    outliers: Outliers | None = None
    """When a failing pod or machine gets no calls for a while. Default: never."""
    connections: Connections | None = None
    """Limits of connections and requests."""
    failover: Annotated[Failover | None, Field(examples=["nearest"])] = None
    """What is called first: `nearest` (own zone, then own region), `own-cluster`, or one cluster for every caller. The
    others are called only if these fail. It needs outliers. Default: all alike."""
    affinity: Annotated[Affinity | None, Field(examples=[{"cookie": "sid"}])] = None
    """Sticky sessions, by a cookie or a header. Default: none."""
    cors: Annotated[Cors | None, Field(examples=[{"origins": ["https://shop.example.com"]}])] = None
    """Websites whose scripts may call it through an ingress gateway, by the methods of its routes. Default: none."""
    split: Annotated[dict[Version, Annotated[Whole, Field(ge=0, le=100)]], Field(examples=[{"v1": 90, "v2": 10}])] = {}
    """Percent of the calls by version (the label `version` of the pods). The sum is 100."""
    headers: tuple[HeaderMatch, ...] = ()
    """Headers that send a call to a version. The first match counts."""
    mirror: Mirror | None = None
    """A copy of the calls to a version or to another workload."""
    strangler: tuple[Move, ...] = ()
    """Paths that other workloads answer instead of this one."""
    inject: Inject | None = None
    """Faults for tests."""
