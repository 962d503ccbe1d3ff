"""Whether clients of plain http get as far as the redirect to https."""

from collections.abc import Iterator

from mesh.access.attempts import Request
from mesh.access.azure.reachability import OUTSIDE
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.findings.gateways.served import REDIRECT_PORT, Served, served

REDIRECT_DOES_NOT_WORK = Kind(
    code="redirect-does-not-work",
    severity="error",
    what="A gateway is declared to send clients of plain http on to https, and they do not get that far.",
    why="Everybody who types the name without https gets no answer.",
    example="ingress/public shop.example.com: east/release/ingress-public does not listen at 80",
    fix="Let port 80 reach the gateway, in its release, its Gateway and the security group of the nodes.",
)
KINDS = (REDIRECT_DOES_NOT_WORK,)


def findings(context: Context) -> Iterator[Finding]:
    for gateway in served(context):
        if gateway.declared.redirect:
            for host in sorted(gateway.hosts):
                if why := _stops(gateway, host):
                    yield Finding(REDIRECT_DOES_NOT_WORK, f"{gateway.name} {host}", why)


def _stops(served: Served, host: str) -> str | None:
    if REDIRECT_PORT not in served.gateway.ports:
        return f"{served.gateway.release.name} does not listen at {REDIRECT_PORT}"
    redirecting = [server for server in served.servers(REDIRECT_PORT) if server.tls.get("httpsRedirect")]
    if not any(server.has(host) for server in redirecting):
        return f"no Gateway redirects {host} at port {REDIRECT_PORT}"
    for block in served.declared.clients:
        passages = (
            served.world.networks.passage(client, served.gateway.frontend, REDIRECT_PORT)
            for client, _ in served.world.places.clients(block)
        )
        for step in (step for passage in passages for step in passage):
            if step.outcome == "stops" or (step.outcome == "partly" and step.by != OUTSIDE and step.judged):
                return step.text
        if not served.lets_in(block, Request(host=host), REDIRECT_PORT):
            return f"the gateway's policies refuse {block} at port {REDIRECT_PORT}"
    return None
