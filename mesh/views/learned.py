"""What was learned from logs → tables, data, and sentences."""

from collections import Counter
from typing import Any

from mesh.learn.calls import Calls
from mesh.learn.proposals import Apart, Evidence, Learned
from mesh.model import Environment, Ingress, Route
from mesh.render.flows import Flow
from mesh.views.tables import Sheet

_MOST_APART = 20
"""Rows of the table; the JSON has all."""


def summary(learned: Learned, calls: Calls, environment: Environment, read: int, unreadable: int) -> tuple[str, ...]:
    proposed = sum(len(proposal.evidence) for proposal in learned.proposals)
    said = [
        f"{read:,} lines of calls. To declare: {_counted(len(learned.proposals), 'route')} "
        f"with {_counted(proposed, 'kind')} of calls. Listed apart: {_counted(len(learned.apart), 'kind')} of calls."
    ]
    if unreadable:
        said.append(f"No calls, or not readable: {_counted(unreadable, 'line')}.")
    if calls.passed_on:
        said.append(
            f"Left out: {_counted(calls.passed_on, 'line')} of gateways between networks; both ends log the call."
        )
    if calls.unnamed:
        lines = _counted(calls.unnamed, "line")
        said.append(f"Left out: {lines} of callees without the caller's name; its own sidecar logs the call too.")
    if calls.unplaced:
        names = ", ".join(f"{name} ({count:,})" for name, count in calls.unplaced.most_common(5))
        said.append(f"To nobody who is declared: {_counted(calls.unplaced.total(), 'line')}: {names}.")
    if calls.beyond:
        said.append(f"Not judged, as there are too many different calls: {_counted(calls.beyond, 'line')}.")
    reasons: Counter[str] = Counter()
    for apart in learned.apart:
        reasons[apart.reason] += apart.count
    said += [f"Apart: {reason}: {_counted(count, 'call')}." for reason, count in reasons.most_common()]
    if learned.unused:
        said.append(f"Without a call: {_counted(len(learned.unused), 'declared route')}; --unused lists them.")
    if environment.access_logs != "all":
        said.append(f"access_logs is {environment.access_logs}: what succeeds is not logged, so routes look unused.")
    return tuple(said)


def sheet(learned: Learned) -> Sheet:
    rows = tuple(
        (
            proposal.caller,
            f"{proposal.callee}:{proposal.port.number}",
            f"{seen.method} {seen.host}{seen.path}".strip() or proposal.port.name,
            _values(seen),
            f"{seen.count:,}",
            seen.first,
            seen.last,
        )
        for proposal in learned.proposals
        for seen in proposal.evidence
    )
    return Sheet(("from", "to", "request", "values of {*}", "calls", "first", "last"), rows)


def apart(learned: Learned) -> Sheet:
    rows = tuple(
        (item.call.caller, f"{item.call.callee}:{item.call.port}", _request(item), f"{item.count:,}", item.reason)
        for item in learned.apart[:_MOST_APART]
    )
    return Sheet(("apart: from", "to", "request", "calls", "not proposed, as"), rows)


def network(flows: tuple[Flow, ...]) -> Sheet:
    rows = tuple((flow.source.name, f"{flow.destination.name} ({_cidr(flow)})", str(flow.port)) for flow in flows)
    return Sheet(("the network would also open: from", "to", "port"), rows)


def unused(learned: Learned) -> Sheet:
    rows = tuple((_caller(route), f"{route.callee.name}:{route.port.number}") for route in learned.unused)
    return Sheet(("no call: from", "to"), rows)


def data(learned: Learned, calls: Calls, flows: tuple[Flow, ...], read: int, unreadable: int) -> dict[str, Any]:
    return {
        "lines": {
            "read": read,
            "unreadable": unreadable,
            "passed_on": calls.passed_on,
            "unnamed": calls.unnamed,
            "unplaced": dict(calls.unplaced.most_common(100)),
            "not_judged": calls.beyond,
        },
        "routes": [
            {
                "from": proposal.caller,
                "to": proposal.callee,
                "port": proposal.port.name,
                "declared": proposal.extends,
                "seen": [
                    {
                        "method": seen.method or None,
                        "path": seen.path or None,
                        "host": seen.host or None,
                        "values": list(seen.values),
                        "more_values": seen.is_more,
                        "calls": seen.count,
                        "first": seen.first,
                        "last": seen.last,
                    }
                    for seen in proposal.evidence
                ],
            }
            for proposal in learned.proposals
        ],
        "network": [
            {"from": flow.source.name, "to": flow.destination.name, "range": _cidr(flow), "port": flow.port}
            for flow in flows
        ],
        "apart": [
            {
                "from": item.call.caller,
                "to": item.call.callee,
                "port": item.call.port,
                "method": item.call.method or None,
                "path": item.path or None,
                "calls": item.count,
                "reason": item.reason,
            }
            for item in learned.apart
        ],
        "unused": [
            {"from": _caller(route), "to": route.callee.name, "port": route.port.name} for route in learned.unused
        ],
    }


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _values(seen: Evidence) -> str:
    return ", ".join(f"{count:,}{' or more' if seen.is_more else ''}" for count in seen.values)


def _request(item: Apart) -> str:
    return f"{item.call.method} {item.path}".strip()


def _cidr(flow: Flow) -> str:
    return flow.destination.cidr.with_prefixlen.removesuffix("/32")


def _caller(route: Route) -> str:
    caller = route.caller
    return f"ingress/{caller.cluster.name}/{caller.gateway.name}" if isinstance(caller, Ingress) else caller.name
