"""A line that a sidecar or a gateway logs → what it says of one call; None where it is no such line."""

import json
import re
from typing import Any, NamedTuple

_WRAPPED = re.compile(r"^\[pod/([^/\]]+)/[^\]]*\] ")
"""What `kubectl logs --prefix` puts before a line."""
_CRI = re.compile(r"^\d{4}-\d\d-\d\dT\S+ (?:stdout|stderr) [FP] ")
_TEXT = re.compile(
    r'^\[([^\]]+)\] "(\S+) (.*?) \S+" (\d+) (\S+) (\S+) (\S+) "[^"]*" (\d+) (\d+) \S+ \S+ '
    r'"[^"]*" "([^"]*)" "[^"]*" "([^"]*)" "[^"]*" (\S+) \S+ (\S+) (\S+) (\S+) \S+\s*$'
)
"""Istio's default text format: time, method, path, code, flags, both details, bytes, user agent, authority, cluster,
local and remote address, server name."""
_TEXTS = (
    *("undeclared_call", "downstream_peer_uri_san", "source_principal", "to", "at", "method", "path", "user_agent"),
    *("upstream_cluster", "requested_server_name", "authority", "start_time", "time", "response_flags"),
    *("downstream_local_address", "downstream_remote_address"),
    *("response_code_details", "connection_termination_details"),
)
_REFUSED = "rbac_access_denied"
_INSIDE = ("LogMessage", "LogEntry", "log", "message")
"""Keys of the line in what wraps it as JSON: Container Insights, container runtimes, log shippers."""


class Line(NamedTuple):
    """A tuple, as there are millions of them."""

    reporter: str
    """The pod that logs it; empty where the line does not say."""
    caller: str
    """The SPIFFE identity of the caller; empty where the line does not say."""
    callee: str
    """The SPIFFE identity of the callee, which only lines of `observe` have."""
    cluster: str
    """Envoy's cluster, such as outbound|8080||orders.shop.svc.cluster.local."""
    server_name: str
    authority: str
    local: str
    remote: str
    method: str
    """Empty for a connection that is not HTTP."""
    path: str
    code: int
    """0 where there is none."""
    flags: str
    refused: bool
    moved: int
    """Bytes in both directions."""
    agent: str
    time: str


def line(text: str) -> Line | None:
    """Also where kubectl, the container runtime or Container Insights wraps the line."""
    reporter = ""
    if text.startswith("[pod/") and (wrapped := _WRAPPED.match(text)):
        reporter, text = wrapped[1], text[wrapped.end() :]
    if text[:1].isdecimal() and (cri := _CRI.match(text)):
        text = text[cri.end() :]
    if text.startswith("{"):
        return _of_json(text, reporter)
    matched = _TEXT.match(text if text.isprintable() else _printable(text))
    return _of_text(matched.groups(), _printable(reporter)) if matched else None


def _of_text(groups: tuple[str, ...], reporter: str) -> Line:
    time, method, path, code, flags, details, more, received, sent, agent, authority, cluster, local, remote, sni = (
        groups
    )
    is_http = method != "-"
    return Line(
        reporter=reporter,
        caller="",
        callee="",
        cluster="" if cluster == "-" else cluster.rstrip(";"),
        server_name="" if sni == "-" else sni,
        authority="" if authority == "-" else authority,
        local="" if local == "-" else local,
        remote="" if remote == "-" else remote,
        method=method if is_http else "",
        path=path if is_http else "",
        code=int(code),
        flags="" if flags == "-" else flags,
        refused=_REFUSED in details or _REFUSED in more,
        moved=int(received) + int(sent),
        agent="" if agent == "-" else agent,
        time=time,
    )


def _of_json(text: str, reporter: str) -> Line | None:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    if "undeclared_call" in fields or "upstream_cluster" in fields:
        return _line(fields, reporter)
    inside = next((fields[key] for key in _INSIDE if key in fields), None)
    pod = fields.get("PodName")
    named = reporter or (pod if isinstance(pod, str) else "")
    if isinstance(inside, dict):
        return _line(inside, named) if "undeclared_call" in inside or "upstream_cluster" in inside else None
    if not isinstance(inside, str) or len(inside) >= len(text):
        return None
    read = line(inside)
    return read._replace(reporter=_printable(named)) if read and named and not read.reporter else read


def _line(fields: dict[str, Any], reporter: str) -> Line:
    text = {key: _text(fields.get(key)) for key in _TEXTS}
    return Line(
        reporter=_printable(reporter),
        caller=text["undeclared_call"] or text["downstream_peer_uri_san"] or text["source_principal"],
        callee=text["to"],
        cluster=text["upstream_cluster"].rstrip(";"),
        server_name=text["requested_server_name"],
        authority=text["authority"],
        local=text["downstream_local_address"] or text["at"],
        remote=text["downstream_remote_address"],
        method=text["method"],
        path=text["path"] if text["method"] else "",
        code=_number(fields.get("response_code")) or _number(fields.get("code")),
        flags=text["response_flags"],
        refused=_REFUSED in text["response_code_details"] or _REFUSED in text["connection_termination_details"],
        moved=_number(fields.get("bytes_received")) + _number(fields.get("bytes_sent")),
        agent=text["user_agent"],
        time=text["start_time"] or text["time"],
    )


def _text(value: Any) -> str:
    return _printable(value) if isinstance(value, str) and value != "-" else ""


def _number(value: Any) -> int:
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else 0


def _printable(text: str) -> str:
    """Who calls chooses much of a line; what moves a terminal's cursor is not passed on."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else f"%{ord(character):02X}" for character in text)
