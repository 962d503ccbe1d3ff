"""Routes, as what Istio lets through: mutual TLS everywhere, a deny of everything, and what is declared above it.

Rules name exact principals and ports. An HTTP field in a rule on a port that is not HTTP would void it (ALLOW) or
widen it (DENY), so methods and paths stand only where the route is HTTP.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mesh import names
from mesh.model import (
    FRONT_DOOR,
    FRONT_DOOR_HEADER,
    Cluster,
    Environment,
    Ingress,
    IngressGateway,
    Route,
    Workload,
)
from mesh.plan.resources import KubernetesObject
from mesh.render import cors, gateways, ingress, kubernetes, operations, placement
from mesh.render.flows import ISTIOD_PORT

_SECURITY = "security.istio.io/v1"


def objects(environment: Environment) -> tuple[KubernetesObject, ...]:
    return tuple(item for cluster in environment.clusters for item in _objects(environment, cluster))


def _objects(environment: Environment, cluster: Cluster) -> Iterator[KubernetesObject]:
    system = names.SYSTEM_NAMESPACE
    strict = {"spec": {"mtls": {"mode": "STRICT"}}}
    yield kubernetes.manifest(cluster, _SECURITY, "PeerAuthentication", system, "default", body=strict)
    # In the root namespace and without a selector it governs gateways too, so each of them has an ALLOW of its own.
    yield kubernetes.manifest(
        cluster,
        _SECURITY,
        "AuthorizationPolicy",
        system,
        "deny-by-default",
        body={"spec": {}},
    )
    if any(machine.joins == cluster for machine in environment.machines_with_sidecar):
        # 15443 needs none: Istio builds its listener without authorization, the callee's sidecar decides.
        by_name = {"key": "connection.sni", "values": gateways.istiods(environment.istio)}
        rules = [{"to": [{"operation": {"ports": [str(ISTIOD_PORT)]}}], "when": [by_name]}]
        yield _allow(cluster, system, gateways.ISTIOD_FOR_MACHINES, names.EAST_WEST_SELECTOR, rules)
    for gateway in cluster.ingress:
        routes = ingress.routes_from(environment, cluster, gateway)
        if routes:
            selector, rules = names.ingress_selector(gateway), _at_ingress(environment, gateway, routes)
            yield _allow(
                cluster,
                names.INGRESS_NAMESPACE,
                names.ingress_gateway(gateway),
                selector,
                rules,
            )
    for workload in environment.workloads:
        if workload.sidecar and cluster.name in placement.runs_on(workload):
            rules = [rule for route in environment.calls_to(workload) for rule in _rules(environment, route)]
            yield _allow(
                cluster,
                workload.namespace,
                workload.name,
                names.selector(workload),
                rules,
                dry_run=workload.namespace in environment.observing,
            )
    for namespace in sorted(placement.with_sidecars(environment, cluster).intersection(environment.observing)):
        yield _everyone(cluster, namespace)


def _everyone(cluster: Cluster, namespace: str) -> KubernetesObject:
    """Lets every call into a namespace pass, whose own policies only report: else deny-by-default would refuse it."""
    spec = {"action": "ALLOW", "rules": [{}]}
    return kubernetes.manifest(
        cluster, _SECURITY, "AuthorizationPolicy", namespace, names.WHILE_OBSERVING, body={"spec": spec}
    )


def _allow(
    cluster: Cluster,
    namespace: str,
    name: str,
    selector: dict[str, str],
    rules: list[dict[str, Any]],
    *,
    dry_run: bool = False,
) -> KubernetesObject:
    """An ALLOW policy; without rules it denies every caller, which is what a workload that nobody may call needs."""
    spec = {
        "selector": {"matchLabels": selector},
        "action": "ALLOW",
        **({"rules": rules} if rules else {}),
    }
    annotations = {"istio.io/dry-run": "true"} if dry_run else None
    return kubernetes.manifest(
        cluster, _SECURITY, "AuthorizationPolicy", namespace, name, annotations=annotations, body={"spec": spec}
    )


def _at_ingress(environment: Environment, gateway: IngressGateway, routes: tuple[Route, ...]) -> list[dict[str, Any]]:
    asked = operations.rules(ingress.HTTPS_PORT, (request for route in routes for request in route.requests))
    if gateway.redirect:
        hosts = operations.as_requested(ingress.served_hosts(routes))
        asked.append(({}, [{"ports": [str(ingress.REDIRECT_PORT)], "hosts": hosts}], []))
    asked += _of_browsers(environment, routes)
    return [rule for source, to, when in asked for rule in _of_clients(gateway, source, _said(to, when))]


def _said(to: list[dict[str, Any]], when: list[dict[str, Any]]) -> dict[str, Any]:
    return {"to": [{"operation": each} for each in to], **({"when": when} if when else {})}


def _of_browsers(environment: Environment, routes: tuple[Route, ...]) -> Iterator[operations.Rule]:
    """What browsers ask before a script calls: without a token, and answered by the gateway."""
    for route in routes:
        if allowed := cors.of(environment, route.callee):
            asked = [
                operations.operation(ingress.HTTPS_PORT, replace(request, methods=(cors.PREFLIGHT,)))
                for request in route.requests
                if request.jwt or (request.methods and cors.PREFLIGHT not in request.methods)
            ]
            if asked:
                yield {}, operations.each_once(asked), cors.preflight_conditions(allowed)


def _of_clients(gateway: IngressGateway, source: dict[str, Any], rule: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A rule for each kind of clients: by their addresses, or by the Front Door that they name.

    The addresses of other services only the NSG knows.
    """
    when = rule.get("when", [])
    identified = {"from": [{"source": source}]} if source else {}
    if gateway.allow_from:
        blocks = [str(block) for block in gateway.allow_from]
        yield {"from": [{"source": {"ipBlocks": blocks, **source}}], **rule}
    if gateway.front_doors:
        own = {"key": f"request.headers[{FRONT_DOOR_HEADER}]", "values": list(gateway.front_doors)}
        yield {**identified, **rule, "when": [*when, own]}
    if any(tag != FRONT_DOOR or not gateway.front_doors for tag in gateway.service_tags):
        yield {**identified, **rule}


def _rules(environment: Environment, route: Route) -> Iterator[dict[str, Any]]:
    """Of a gateway, the gateway itself has asked for tokens."""
    principal = _principal(environment, route.caller)
    requests = (replace(request, paths=request.arriving, hosts=()) for request in route.requests)
    if isinstance(route.caller, Ingress):
        requests = (replace(request, jwt=None, claims=()) for request in requests)
    port = [{"ports": [str(route.port.number)]}]
    for source, to, when in operations.rules(route.port.number, requests) or [({}, port, [])]:
        yield {"from": [{"source": {"principals": [principal], **source}}], **_said(to, when)}


def _principal(environment: Environment, caller: Workload | Ingress) -> str:
    """The Istio principal of a caller."""
    if isinstance(caller, Ingress):
        namespace, account = (
            names.INGRESS_NAMESPACE,
            names.ingress_gateway(caller.gateway),
        )
    else:
        namespace, account = caller.namespace, names.service_account(caller)
    return f"{environment.istio.trust_domain}/ns/{namespace}/sa/{account}"
