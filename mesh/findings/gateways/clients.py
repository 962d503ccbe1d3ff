"""Ingress gateways that accept more clients than declared."""

from collections.abc import Iterator

from mesh.access.attempts import Certificate, Request
from mesh.access.azure import address_sets
from mesh.access.azure.address_sets import EVERYTHING
from mesh.access.istio import gateways
from mesh.access.judge import HTTPS_PORT
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.findings.gateways.served import REDIRECT_PORT, Served, example, served
from mesh.model import FRONT_DOOR

CLIENT_CERTIFICATE_NOT_ASKED = Kind(
    code="client-certificate-not-asked",
    severity="error",
    what="A gateway is declared with mutual TLS and lets clients in without a certificate.",
    why="Everybody who can reach the gateway can then make the declared calls.",
    example="ingress/partners partners.example.com: east/istio-ingress/Gateway/partners: server 1 asks for no "
    "certificate",
    fix="Set the mode MUTUAL at the Gateway's server.",
)
CLIENT_NAME_NOT_ASKED = Kind(
    code="client-name-not-asked",
    severity="error",
    what="A gateway is declared for clients with certain names and lets in others of the same authority.",
    why="Every holder of a certificate of that authority can then make the declared calls.",
    example="ingress/partners partners.example.com: east/istio-ingress/Gateway/partners: server 1 takes any "
    "certificate of its authority",
    fix="List the names in subjectAltNames of the Gateway's server.",
)
GATEWAY_OPEN_TO_OTHERS = Kind(
    code="gateway-open-to-others",
    severity="error",
    what="A gateway's load balancer or its policy lets in addresses outside the ranges that it is declared for.",
    why="Each of the two is there so that one mistake in the other lets nobody in.",
    example="ingress/partners: its load balancer (east/release/ingress-partners) lets in the internet",
    fix="Repeat allow_from in loadBalancerSourceRanges and in the policy's ipBlocks.",
)
SERVICE_OF_ANYBODY = Kind(
    code="service-of-anybody",
    severity="warning",
    what="A gateway lets in a service of Azure's, by its service tag, and does not ask whose it is.",
    why="A service tag holds the addresses of all customers: anybody can create a Front Door that leads here.",
    example="ingress/public: any customer of Azure who calls by AzureFrontDoor.Backend is let in",
    fix="Set front_door to the ID of your own profile; of another service, ask for a client certificate.",
)
KINDS = (CLIENT_CERTIFICATE_NOT_ASKED, CLIENT_NAME_NOT_ASKED, GATEWAY_OPEN_TO_OTHERS, SERVICE_OF_ANYBODY)

_SOMEBODY_ELSE = Certificate(("somebody-else.example",))


def findings(context: Context) -> Iterator[Finding]:
    for gateway in served(context):
        if gateway.allowances:
            yield from _of_certificates(gateway)
            yield from _of_addresses(gateway)


def _of_certificates(served: Served) -> Iterator[Finding]:
    tls = served.declared.tls
    if tls is None or tls.mode != "mutual":
        return
    for host in sorted(served.hosts):
        for kind, shown in (
            (CLIENT_CERTIFICATE_NOT_ASKED, None),
            *(((CLIENT_NAME_NOT_ASKED, _SOMEBODY_ELSE),) if tls.client_names else ()),
        ):
            step = gateways.admission(served.mesh, served.gateway.instance.proxy, HTTPS_PORT, host, shown)
            if step.outcome != "stops":
                yield Finding(kind, f"{served.name} {host}", step.text)


def _of_addresses(served: Served) -> Iterator[Finding]:
    outside = EVERYTHING - address_sets.union(served.declared.allow_from)
    if not outside.ranges:
        return
    if more := served.gateway.admitted_addresses - served.gateway.declared_addresses:
        text = f"its load balancer ({served.gateway.release.name}) lets in {more}"
        yield Finding(GATEWAY_OPEN_TO_OTHERS, served.name, text)
    if unnamed := [tag for tag in served.declared.service_tags if tag != FRONT_DOOR or not served.declared.front_doors]:
        text = f"any customer of Azure who calls by {' or '.join(unnamed)} is let in"
        yield Finding(SERVICE_OF_ANYBODY, served.name, text)
        return  # Its policy cannot tell such clients from others: their addresses are nobody's to know.
    block = max(address_sets.blocks(outside), key=lambda block: block.num_addresses)
    asked = [(example(request), HTTPS_PORT) for allowance in served.allowances for request in allowance.requests]
    if served.declared.redirect:
        asked += [(Request(host=host), REDIRECT_PORT) for host in sorted(served.hosts)]
    for request, port in asked:
        if by := served.lets_in(block, request, port):
            yield Finding(GATEWAY_OPEN_TO_OTHERS, served.name, f"{by} lets in {block} at port {port}")
