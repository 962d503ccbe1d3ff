"""Rules about HTTP at ports where the proxy reads none."""

from collections.abc import Iterator

from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.findings.policies.governed import Governed, governed, named_ports

HTTP_RULE_ON_TCP_PORT = Kind(
    code="http-rule-on-tcp-port",
    severity="error",
    what="A rule asks for methods, paths, hosts or headers at a port that is not HTTP to the proxy.",
    why="There an ALLOW rule matches nothing, and a DENY rule matches every request.",
    example="east/finance/AuthorizationPolicy/ledger: rule 1: port 9000 of ledger is not HTTP",
    fix="Remove the HTTP fields of the rule, or declare the port's protocol as http, http2 or grpc.",
)
KINDS = (HTTP_RULE_ON_TCP_PORT,)


def findings(context: Context) -> Iterator[Finding]:
    for policies in governed(context):
        if not policies.observed:
            yield from _of_workload(policies)


def _of_workload(policies: Governed) -> Iterator[Finding]:
    """Also of a rule without ports, where no port is HTTP."""
    workload = policies.workload
    at_tcp = {port.number for port in workload.ports if not port.is_http}
    numbers = {port.number for port in workload.ports}
    for policy in policies.applied.policies:
        for rule in policy.rules:
            reached = named_ports([rule]) or numbers
            if any(condition.of_http for condition in rule.http.conditions) and reached <= at_tcp:
                ports = ", ".join(map(str, sorted(reached)))
                yield Finding(HTTP_RULE_ON_TCP_PORT, rule.by, f"port {ports} of {workload.name} is not HTTP")
