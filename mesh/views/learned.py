"""What was learned from logs → a table, data, and lines for the stack file."""

from collections import Counter
from typing import Any

from mesh.learn.calls import Calls
from mesh.learn.proposals import Learned, Proposal
from mesh.model import Ingress, Route
from mesh.views.tables import Sheet


def routes(proposals: tuple[Proposal, ...]) -> str:
    """In the style of the documentation: a line for each route."""
    return "".join(f"- {_route(proposal)}\n" for proposal in proposals)


def _route(proposal: Proposal) -> str:
    head = f"from: {proposal.caller}, to: {proposal.callee}"
    if not proposal.port.is_http:
        return f"{{{head}, tcp: {proposal.port.name}}}"
    requests = ", ".join(
        f"{{methods: [{', '.join(methods)}], paths: [{', '.join(map(_quoted, paths))}]}}"
        for methods, paths in proposal.requests
    )
    return f"{{{head}, port: {proposal.port.name}, http: [{requests}]}}"


def _quoted(path: str) -> str:
    plain = path.replace("/", "").replace("-", "").replace("_", "").replace(".", "")
    return path if plain.isalnum() else f'"{path}"'


def summary(found: Learned, calls: Calls, read: int, unreadable: int) -> str:
    said = [f"{read:,} lines of calls: {len(found.proposals)} routes to declare, {len(found.apart)} calls apart."]
    if unreadable:
        said.append(f"{unreadable:,} lines are no calls, or could not be read.")
    if calls.passed_on:
        said.append(f"{calls.passed_on:,} lines of gateways between networks are left out: both ends log the call.")
    if calls.unplaced:
        names = ", ".join(f"{name} ({count:,})" for name, count in calls.unplaced.most_common(5))
        said.append(f"{calls.unplaced.total():,} lines go to nobody who is declared: {names}.")
    if calls.beyond:
        said.append(f"{calls.beyond:,} lines are not judged: there are too many different calls.")
    reasons: Counter[str] = Counter()
    for apart in found.apart:
        reasons[apart.reason] += apart.count
    said += [f"Apart: {reason}: {count:,} lines." for reason, count in reasons.most_common()]
    said.append(f"{len(found.unused)} declared routes were not used; mesh learn --unused lists them.")
    return "\n".join(said)


def sheet(found: Learned) -> Sheet:
    rows = tuple(
        (
            proposal.caller,
            f"{proposal.callee}:{proposal.port.number}",
            f"{seen.method} {seen.path}".strip() or proposal.port.name,
            " ".join(map(str, seen.values)),
            f"{seen.count:,}",
            seen.first,
            seen.last,
        )
        for proposal in found.proposals
        for seen in proposal.evidence
    )
    return Sheet(("from", "to", "request", "values", "lines", "first", "last"), rows)


def unused(found: Learned) -> Sheet:
    return Sheet(
        ("from", "to"), tuple((_caller(route), f"{route.callee.name}:{route.port.number}") for route in found.unused)
    )


def data(found: Learned, calls: Calls, read: int, unreadable: int) -> dict[str, Any]:
    return {
        "lines": {
            "read": read,
            "unreadable": unreadable,
            "passed_on": calls.passed_on,
            "unplaced": dict(calls.unplaced.most_common(100)),
            "not_judged": calls.beyond,
        },
        "routes": [
            {
                "from": proposal.caller,
                "to": proposal.callee,
                "port": proposal.port.name,
                "seen": [
                    {
                        "method": seen.method or None,
                        "path": seen.path or None,
                        "values": list(seen.values),
                        "lines": seen.count,
                        "first": seen.first,
                        "last": seen.last,
                    }
                    for seen in proposal.evidence
                ],
            }
            for proposal in found.proposals
        ],
        "apart": [
            {
                "from": apart.call.caller,
                "to": apart.call.callee,
                "port": apart.call.port,
                "method": apart.call.method or None,
                "path": apart.call.template or None,
                "lines": apart.count,
                "reason": apart.reason,
            }
            for apart in found.apart
        ],
        "unused": [
            {"from": _caller(route), "to": route.callee.name, "port": route.port.name} for route in found.unused
        ],
    }


def _caller(route: Route) -> str:
    caller = route.caller
    return f"ingress/{caller.cluster.name}/{caller.gateway.name}" if isinstance(caller, Ingress) else caller.name
