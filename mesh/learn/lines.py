"""A line that a sidecar or a gateway logs → what it says of one call; None where it is no such line."""

import json
import re
from dataclasses import dataclass
from typing import Any

_WRAPPED = re.compile(r"^\[pod/([^/\]]+)/[^\]]*\] ")
"""What `kubectl logs --prefix` puts before a line."""
_CRI = re.compile(r"^\d{4}-\d\d-\d\dT\S+ (?:stdout|stderr) [FP] ")
_TEXT = re.compile(
    r'^\[(?P<start_time>[^\]]+)\] "(?P<method>\S+) (?P<path>.*?) (?P<protocol>\S+)" (?P<response_code>\d+) '
    r'(?P<response_flags>\S+) (?P<response_code_details>\S+) (?P<connection_termination_details>\S+) "[^"]*" '
    r'(?P<bytes_received>\d+) (?P<bytes_sent>\d+) \S+ \S+ "[^"]*" "(?P<user_agent>[^"]*)" "[^"]*" '
    r'"(?P<authority>[^"]*)" "(?P<upstream_host>[^"]*)" (?P<upstream_cluster>\S+) \S+ '
    r"(?P<downstream_local_address>\S+) (?P<downstream_remote_address>\S+) (?P<requested_server_name>\S+) \S+\s*$"
)
"""Istio's default text format."""
_IDENTITIES = ("undeclared_call", "downstream_peer_uri_san", "source_principal")
_UNKNOWN = {None, "", "-"}


@dataclass(frozen=True, slots=True)
class Line:
    reporter: str
    """The pod that logs it; empty where the line does not say."""
    caller: str
    """The SPIFFE identity of the caller; empty where the line does not say."""
    callee: str
    """The SPIFFE identity of the callee; empty where the line does not say."""
    cluster: str
    """Envoy's cluster, such as outbound|8080||orders.shop.svc.cluster.local."""
    server_name: str
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
    if wrapped := _WRAPPED.match(text):
        reporter, text = wrapped[1], text[wrapped.end() :]
    if cri := _CRI.match(text):
        text = text[cri.end() :]
    if text.startswith("{"):
        return _of_json(text, reporter)
    matched = _TEXT.match(text)
    return _line(matched.groupdict(), reporter) if matched else None


def _of_json(text: str, reporter: str) -> Line | None:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    inner = next((fields[key] for key in ("LogMessage", "LogEntry", "log") if key in fields), None)
    if inner is not None:
        pod = str(fields.get("PodName") or reporter)
        if isinstance(inner, dict):
            return _line(inner, pod)
        found = line(inner) if isinstance(inner, str) and not inner.startswith('{"log"') else None
        return _renamed(found, pod)
    known = "undeclared_call" in fields or "upstream_cluster" in fields
    return _line(fields, reporter) if known else None


def _renamed(found: Line | None, pod: str) -> Line | None:
    if found is None or found.reporter or not pod:
        return found
    return Line(pod, *(getattr(found, name) for name in Line.__slots__[1:]))


def _line(fields: dict[str, Any], reporter: str) -> Line | None:
    def text(key: str) -> str:
        value = fields.get(key)
        return "" if value in _UNKNOWN or not isinstance(value, (str, int)) else str(value)

    def number(key: str) -> int:
        return int(text(key)) if text(key).isdecimal() else 0

    details = text("response_code_details") + text("connection_termination_details")
    method = text("method")
    return Line(
        reporter=reporter,
        caller=next(filter(None, map(text, _IDENTITIES)), ""),
        callee=text("to"),
        cluster=text("upstream_cluster"),
        server_name=text("requested_server_name"),
        local=text("downstream_local_address") or text("at"),
        remote=text("downstream_remote_address") or text("from"),
        method=method,
        path=text("path") if method else "",
        code=number("response_code") or number("code"),
        flags=text("response_flags"),
        refused="rbac_access_denied" in details,
        moved=number("bytes_received") + number("bytes_sent"),
        agent=text("user_agent"),
        time=text("start_time") or text("time"),
    )
