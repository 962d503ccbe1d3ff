"""Declared routes that do not work, not wholly, or not to every place of their callee."""

from collections.abc import Iterator

from mesh.access.attempts import Step, Verdict, Way
from mesh.access.azure.reachability import OUTSIDE
from mesh.access.declared import Allowance
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.model import Workload

ROUTE_DOES_NOT_WORK = Kind(
    code="route-does-not-work",
    severity="error",
    what="A declared route is stopped on every way.",
    why="The caller is promised this route, and every one of its calls would fail.",
    example="storefront to orders:8080: GET /orders from cluster/east to cluster/west is stopped by "
    "west/shop/AuthorizationPolicy/orders: no rule lets it in",
    fix="Follow the call step by step with mesh explain, and change what stops it.",
)
ROUTE_WORKS_IN_PART = Kind(
    code="route-works-in-part",
    severity="error",
    what="A declared route is stopped on some of its ways, from some addresses, or for some of its requests.",
    why="Some of the calls would fail; which ones depends on where they come from and go to.",
    example="orders to orders-db:5432: from cluster/east to machine/vault-db is stopped by nsg/machines/machines: "
    "deny-virtual-network (2 of 4 kinds of call fail)",
    fix="Look at every way with mesh explain, and change what stops those that fail.",
)
PLACE_IS_NOT_CALLED = Kind(
    code="place-is-not-called",
    severity="error",
    what="A declared route never leads to one of the places where its callee runs.",
    why="What runs there takes no part of the load, and does not step in when the other places fail.",
    example="storefront to orders:8080: no call goes to cluster/west, only to cluster/east",
    fix="Let the caller's istiod know the place: by its remote secret, its entries or its gateway.",
)
WAY_OF_CLIENTS_UNKNOWN = Kind(
    code="way-of-clients-unknown",
    severity="note",
    what="A gateway is for clients with private addresses that no network of the plan has.",
    why="They need a VPN, an ExpressRoute or a peering that others keep; the plan does not show whether it exists.",
    example="ingress/partners: clients at 172.20.0.0/16 come by a way that is not in the plan",
    fix="Check that their network routes to the gateway's address, and back.",
)
KINDS = (ROUTE_DOES_NOT_WORK, ROUTE_WORKS_IN_PART, PLACE_IS_NOT_CALLED, WAY_OF_CLIENTS_UNKNOWN)

_ALL = 100


def findings(context: Context) -> Iterator[Finding]:
    for pair, allowance in context.declared.items():
        if verdicts := context.verdicts.get(pair):
            yield from _of_route(allowance, verdicts, is_aborted=_is_aborted(context, allowance))
        else:
            yield Finding(ROUTE_DOES_NOT_WORK, str(allowance), f"the plan has nothing that runs {allowance.caller}")


def _is_aborted(context: Context, allowance: Allowance) -> bool:
    """Whether every call is declared to be answered with an error, to try out what its callers make of it."""
    return any(
        traffic.callee.name == allowance.callee.name and traffic.abort is not None and traffic.abort.percent == _ALL
        for traffic in context.plan.environment.traffic
    )


def _of_route(allowance: Allowance, verdicts: tuple[Verdict, ...], *, is_aborted: bool) -> Iterator[Finding]:
    if is_aborted:
        verdicts = tuple(verdict for verdict in verdicts if not all(map(_is_answered, verdict.ways)))
        if not verdicts:
            return
    failing = [verdict for verdict in verdicts if any(map(_fails, verdict.ways))]
    if failing:
        stopped = [verdict for verdict in failing if not verdict.possible]
        kind = ROUTE_DOES_NOT_WORK if len(stopped) == len(verdicts) else ROUTE_WORKS_IN_PART
        yield Finding(kind, str(allowance), _failure(failing[0], len(failing), len(verdicts)))
        return
    for way in dict.fromkeys(way for verdict in verdicts for way in verdict.ways if _unknown(way)):
        yield Finding(WAY_OF_CLIENTS_UNKNOWN, allowance.caller, f"{way.source} come by a way that is not in the plan")
    called = {way.destination for verdict in verdicts for way in verdict.ways}
    missed = sorted(_places(allowance.callee) - called)
    # Where a VirtualService leads calls to another workload, they are not meant to come here.
    if missed and not any(" (" in destination for destination in called):
        text = f"no call goes to {', '.join(missed)}, only to {', '.join(sorted(called))}"
        yield Finding(PLACE_IS_NOT_CALLED, str(allowance), text)


def _is_answered(way: Way) -> bool:
    """Whether a VirtualService has the proxy answer the calls itself."""
    return way.stopped_by is not None and "/VirtualService/" in way.stopped_by.by


def _fails(way: Way) -> bool:
    """Also in part, but for what others keep, and for clients from outside: no plan has the way by which they come."""
    unknown = _unknown(way)
    return any(step.outcome != "passes" for step in way.steps if step not in unknown and step.judged)


def _unknown(way: Way) -> set[Step]:
    return {step for step in way.steps if step.by == OUTSIDE and step.outcome == "partly"}


def _failure(verdict: Verdict, failing: int, asked: int) -> str:
    way = next(filter(_fails, verdict.ways))
    step = next(step for step in way.steps if step.outcome != "passes" and step.by != OUTSIDE and step.judged)
    request = verdict.attempt.request
    what = f"{request.method} {request.host or ''}{request.path} " if request else ""
    more = "" if asked == 1 else f" ({failing} of {asked} kinds of call fail)"
    return f"{what}from {way.source} to {way.destination} is stopped by {step.by}: {step.text}{more}"


def _places(callee: Workload) -> set[str]:
    clusters = {f"cluster/{cluster.name}" for cluster in callee.clusters}
    return clusters | {f"machine/{machine.name}" for machine in callee.machines}
