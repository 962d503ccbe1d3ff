"""What a production environment opens to the whole internet."""

from collections.abc import Iterator

from mesh.access.exposure import exposures
from mesh.access.world import INGRESS
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind

API_SERVER_OPEN_TO_THE_WORLD = Kind(
    code="api-server-open-to-the-world",
    severity="warning",
    what="The API server of a production cluster answers everybody on the internet.",
    why="A token or certificate that is stolen, or a fault of the API server, is then enough to own the cluster.",
    example="api-server/east: everybody on the internet reaches it",
    fix="Set api_allow_from in the cluster to the ranges of administrators and pipelines.",
)
GATEWAY_OPEN_TO_THE_WORLD = Kind(
    code="gateway-open-to-the-world",
    severity="warning",
    what="A gateway of a production environment lets in everybody on the internet, and asks for no certificate.",
    why="Only the applications behind it then ask who calls. That is right for a public site, and for nothing else.",
    example="ingress/public: shop.example.com: everybody on the internet is let in, with no certificate "
    "(east/istio-ingress/Gateway/public: server 1)",
    fix="Set tls mode: mutual, or allow_from to the ranges of its clients; accept the finding for a public site.",
)
KINDS = (API_SERVER_OPEN_TO_THE_WORLD, GATEWAY_OPEN_TO_THE_WORLD)


def findings(context: Context) -> Iterator[Finding]:
    if not context.plan.environment.production:
        return
    for exposure in exposures(context.world):
        if not exposure.is_open_to_the_world:
            continue
        if exposure.subject.startswith(INGRESS):
            asked = "any client's certificate or none" if exposure.certificate == "optional" else "no certificate"
            text = f"{' and '.join(exposure.hosts)}: everybody on the internet is let in, with {asked} ({exposure.by})"
            yield Finding(GATEWAY_OPEN_TO_THE_WORLD, exposure.subject, text)
        else:
            text = "everybody on the internet reaches it"
            yield Finding(API_SERVER_OPEN_TO_THE_WORLD, exposure.subject, text)
