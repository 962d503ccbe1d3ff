"""Proposed routes → lines of a stack file, in its one-line style."""

import re

from mesh.declaration import scalars
from mesh.learn.proposals import Proposal
from mesh.model import Request

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9/._~-]*")


def to_copy(proposal: Proposal) -> str:
    """An entry of routes; of a declared route only what it lacks, as no two routes may have the same ends."""
    hint = "# this route is declared: add the requests below to its http\n" if proposal.extends else ""
    return f"{hint}- {route(proposal)}\n"


def route(proposal: Proposal) -> str:
    head = f"from: {scalar(proposal.caller)}, to: {scalar(proposal.callee)}"
    if not proposal.port.is_http:
        return f"{{{head}, tcp: {scalar(proposal.port.name)}}}"
    several = sum(port.is_http for port in proposal.route.callee.ports) > 1
    port = f", port: {scalar(proposal.port.name)}" if several else ""
    return f"{{{head}{port}, http: [{', '.join(map(request, proposal.requests))}]}}"


def request(item: Request) -> str:
    parts = {"methods": item.methods, "paths": item.paths, "hosts": item.hosts}
    listed = (f"{key}: [{', '.join(map(scalar, values))}]" for key, values in parts.items() if values)
    return f"{{{', '.join(listed)}}}"


def scalar(text: str) -> str:
    """In quotes where YAML would take it for anything else than this text, also between brackets."""
    is_plain = _PLAIN.fullmatch(text) and scalars.surprise(text) is None and isinstance(scalars.value(text), str)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return text if is_plain else f'"{escaped}"'
