"""Istio on each cluster: its namespaces, then the charts base and istiod.

Helm rather than AKS's add-on, which blocks WorkloadEntry and knows no second cluster (docs/adr/0002).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mesh import names
from mesh.model import Canary, Cluster, Environment
from mesh.plan.resources import KubernetesObject, Release
from mesh.render import authority, kubernetes, telemetry, tokens, traffic

ISTIOD = names.ISTIOD
BASE = "istio-base"
PROXY_METADATA = {"ISTIO_META_DNS_CAPTURE": "true", "PILOT_ENABLE_IP_AUTOALLOCATE": "true"}
"""Proxy settings of every sidecar: it resolves entries by DNS capture, so two databases can share a port."""
_VALIDATION = {"validationFailurePolicy": "Fail"}
"""istiod flips its webhook from Ignore to Fail by itself, which would show as drift; so it is Fail from the start."""


def namespaces(environment: Environment, objects: Iterable[KubernetesObject]) -> tuple[KubernetesObject, ...]:
    """Istio's own, and those that a cluster needs for some of its objects."""
    held = namespaces_of(objects)
    return tuple(
        namespace
        for cluster in environment.clusters
        for namespace in (
            *_of_istio(cluster),
            *(_of_workloads(environment, cluster, name) for name in held.get(cluster.name, ())),
        )
    )


def namespaces_of(objects: Iterable[KubernetesObject]) -> Mapping[str, tuple[str, ...]]:
    """By cluster, the namespaces that its objects of workloads are in."""
    held: dict[str, set[str]] = {}
    for item in objects:
        if (namespace := item.manifest["metadata"].get("namespace")) not in (None, *names.RESERVED_NAMESPACES):
            held.setdefault(item.cluster, set()).add(namespace)
    return {cluster: tuple(sorted(namespaces)) for cluster, namespaces in held.items()}


def _of_workloads(environment: Environment, cluster: Cluster, namespace: str) -> KubernetesObject:
    canary = environment.istio.canary
    labels = {
        **injection(canary if canary and namespace in canary.namespaces else None),
        "topology.istio.io/network": names.istio_network_of_pods(cluster),
    }
    # Teams put into it what the program does not know: workloads, volumes, secrets.
    return replace(kubernetes.manifest(cluster, "v1", "Namespace", None, namespace, labels=labels), retain=True)


def _of_istio(cluster: Cluster) -> Iterator[KubernetesObject]:
    network = {"topology.istio.io/network": names.istio_network_of_pods(cluster)}
    yield kubernetes.manifest(cluster, "v1", "Namespace", None, names.SYSTEM_NAMESPACE, labels=network)
    if cluster.ingress:
        labels = {**network, **injection(None)}
        yield kubernetes.manifest(cluster, "v1", "Namespace", None, names.INGRESS_NAMESPACE, labels=labels)


def injection(canary: Canary | None) -> dict[str, str]:
    """The label by which an istiod gives the pods of a namespace their sidecars: one of the two, never both."""
    return {"istio.io/rev": names.istio_revision(canary.version)} if canary else {"istio-injection": "enabled"}


def releases(environment: Environment) -> tuple[Release, ...]:
    return tuple(release for cluster in environment.clusters for release in _releases(environment, cluster))


def release(
    environment: Environment,
    cluster: Cluster,
    name: str,
    chart: str,
    namespace: str,
    values: dict[str, Any],
    after: tuple[str, ...] = (),
    version: str | None = None,
) -> Release:
    """A release of one of Istio's charts, after the namespace it goes into and the releases named.

    Of the environment's version where none is given.
    """
    return Release(
        name=kubernetes.release_name(cluster, name),
        cluster=cluster.name,
        release=name,
        namespace=namespace,
        chart=chart,
        version=version or environment.istio.version,
        values=values,
        depends_on=(
            kubernetes.object_name(cluster, "Namespace", None, namespace),
            *(kubernetes.release_name(cluster, earlier) for earlier in after),
        ),
    )


def _releases(environment: Environment, cluster: Cluster) -> Iterator[Release]:
    system = names.SYSTEM_NAMESPACE
    canary = environment.istio.canary
    # The kinds are those of the newer version, which knows those of the older one too.
    newest = canary.version if canary else None
    yield release(environment, cluster, BASE, "base", system, {"base": _VALIDATION}, version=newest)
    istiod = release(
        environment,
        cluster,
        ISTIOD,
        "istiod",
        system,
        _istiod_values(environment, cluster),
        after=(BASE,),
    )
    yield replace(istiod, depends_on=(*istiod.depends_on, authority.secret_name(cluster)))
    if canary:
        revision = {"revision": names.istio_revision(canary.version)}
        values = {**_istiod_values(environment, cluster), **revision}
        name, after = names.canary_istiod(canary), (BASE, ISTIOD)
        beside = release(environment, cluster, name, "istiod", system, values, after, canary.version)
        yield replace(beside, depends_on=(*beside.depends_on, authority.secret_name(cluster)))


def _reading_keys(environment: Environment) -> dict[str, Any]:
    """The addresses at which istiod reads no keys of issuers, where it reads some."""
    blocked = {"BLOCKED_CIDRS_IN_JWKS_URIS": ",".join(tokens.BLOCKED_RANGES)}
    return {"env": blocked} if tokens.are_needed(environment) else {}


def _istiod_values(environment: Environment, cluster: Cluster) -> dict[str, Any]:
    return {
        "base": _VALIDATION,
        "global": {
            "meshID": environment.name,
            "network": names.istio_network_of_pods(cluster),
            "multiCluster": {"clusterName": cluster.name},
        },
        "meshConfig": {
            "trustDomain": environment.istio.trust_domain,
            "outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"},
            # Else /orders/..%2Fadmin is below /orders/ to a policy, and /admin to whoever decodes it (docs/adr/0013).
            "pathNormalization": {"normalization": "DECODE_AND_MERGE_SLASHES"},
            "tcpKeepalive": traffic.KEEPALIVE,
            "defaultHttpRetryPolicy": traffic.RETRIES,
            "defaultConfig": {"proxyMetadata": PROXY_METADATA},
            **telemetry.mesh_configuration(environment),
        },
        "pilot": {"autoscaleMin": 2, **_reading_keys(environment)},
    }
