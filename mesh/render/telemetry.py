"""Telemetry objects: traces to Zipkin, access logs, and calls that only `observe` lets through.

Istio takes one Telemetry without a selector in a namespace, and what is said there of logs replaces what the whole
mesh does; so each namespace has one with all that holds for it.
"""

from collections.abc import Iterator
from typing import Any

from mesh import names
from mesh.model import AccessLogs, Cluster, Environment, Tracing
from mesh.plan.resources import KubernetesObject
from mesh.render import kubernetes, placement

_ZIPKIN = "zipkin"
_LOG = "envoy"
"""Istio's own provider: a line on standard output for each request."""
_UNDECLARED_LOG = "undeclared-calls"

_ERRORS = "response.code >= 400 || response.flags != 0"
"""The flags tell of connections that failed, which have no code."""
_DRY_RUN = "istio_dry_run_allow_shadow_engine_result"
"""Under which Istio keeps what a policy in dry run would have decided."""
_WOULD_BE_DENIED = " || ".join(
    f"metadata.filter_metadata['envoy.filters.{layer}.rbac']['{_DRY_RUN}'] == 'denied'" for layer in ("http", "network")
)
_UNDECLARED_CALL = {
    "undeclared_call": "%DOWNSTREAM_PEER_URI_SAN%",
    "to": "%DOWNSTREAM_LOCAL_URI_SAN%",
    "at": "%DOWNSTREAM_LOCAL_ADDRESS%",
    "method": "%REQ(:METHOD)%",
    "path": "%REQ(:PATH)%",
    "code": "%RESPONSE_CODE%",
    "time": "%START_TIME%",
}


def mesh_configuration(environment: Environment) -> dict[str, Any]:
    """The provider in istiod's configuration that Telemetry objects name."""
    providers: list[dict[str, Any]] = []
    if environment.tracing:
        zipkin = environment.tracing.zipkin
        [host], [port] = names.hosts(zipkin), zipkin.ports
        providers.append({"name": _ZIPKIN, "zipkin": {"service": host, "port": port.service}})
    if environment.observing:
        line = {"path": "/dev/stdout", "logFormat": {"labels": _UNDECLARED_CALL}}
        providers.append({"name": _UNDECLARED_LOG, "envoyFileAccessLog": line})
    return {
        **({"enableTracing": True} if environment.tracing else {}),
        **({"extensionProviders": providers} if providers else {}),
    }


def objects(environment: Environment) -> tuple[KubernetesObject, ...]:
    return tuple(item for cluster in environment.clusters for item in _objects(environment, cluster))


def _objects(environment: Environment, cluster: Cluster) -> Iterator[KubernetesObject]:
    if whole := {**_traces(environment.tracing), **_logs(environment, [])}:
        yield _telemetry(cluster, names.SYSTEM_NAMESPACE, "mesh-default", whole)
    for namespace in sorted(placement.with_sidecars(environment, cluster)):
        if own := _of_namespace(environment, namespace):
            yield _telemetry(cluster, namespace, "default", own)
    if environment.tracing:
        yield from _without_spans(environment.tracing, cluster)


def _of_namespace(environment: Environment, namespace: str) -> dict[str, Any]:
    sampling = dict(environment.tracing.namespaces) if environment.tracing else {}
    own = {"tracing": [{"randomSamplingPercentage": _number(sampling[namespace])}]} if namespace in sampling else {}
    if namespace in environment.observing:
        undeclared = {
            "match": {"mode": "SERVER"},
            "providers": [{"name": _UNDECLARED_LOG}],
            "filter": {"expression": _WOULD_BE_DENIED},
        }
        own |= _logs(environment, [undeclared])
    return own


def _traces(tracing: Tracing | None) -> dict[str, Any]:
    if tracing is None:
        return {}
    provider = {"providers": [{"name": _ZIPKIN}], "randomSamplingPercentage": _number(tracing.sampling)}
    return {"tracing": [provider]}


def _logs(environment: Environment, more: list[dict[str, Any]]) -> dict[str, Any]:
    line = {"providers": [{"name": _LOG}]}
    by_wish: dict[AccessLogs, list[dict[str, Any]]] = {
        "none": [],
        "errors": [{**line, "filter": {"expression": _ERRORS}}],
        "all": [line],
    }
    requests = by_wish[environment.access_logs]
    return {"accessLogging": [*requests, *more]} if requests or more else {}


def _without_spans(tracing: Tracing, cluster: Cluster) -> Iterator[KubernetesObject]:
    """Telemetry that turns spans off: for Zipkin itself, and for gateways that do not know an outside Zipkin."""
    silent = {"tracing": [{"disableSpanReporting": True}]}
    if cluster in tracing.zipkin.clusters:
        selector = {"selector": {"matchLabels": names.selector(tracing.zipkin)}}
        yield _telemetry(cluster, tracing.zipkin.namespace, tracing.zipkin.name, {**selector, **silent})
    elif cluster.ingress and not tracing.zipkin.clusters:
        yield _telemetry(cluster, names.INGRESS_NAMESPACE, "default", silent)


def _telemetry(cluster: Cluster, namespace: str, name: str, spec: dict[str, Any]) -> KubernetesObject:
    return kubernetes.manifest(cluster, "telemetry.istio.io/v1", "Telemetry", namespace, name, body={"spec": spec})


def _number(percentage: float) -> float:
    """The API server keeps 5.0 as 5, which would show as drift."""
    return int(percentage) if percentage == int(percentage) else percentage
