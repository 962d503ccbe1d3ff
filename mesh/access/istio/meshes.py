"""Kubernetes objects, as what the istiod of one cluster reads: by kind and namespace, and the mesh's own settings."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from mesh.access.istio import required_fields
from mesh.plan.resources import KubernetesObject, Release

Outbound = Literal["ALLOW_ANY", "REGISTRY_ONLY"]
Normalization = Literal["NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"]
Authorizer = Literal["http", "grpc"]

_GROUPS: Mapping[str, str] = {
    **dict.fromkeys(
        ("DestinationRule", "Gateway", "ServiceEntry", "Sidecar", "VirtualService", "WorkloadEntry", "WorkloadGroup"),
        "networking.istio.io",
    ),
    **dict.fromkeys(("AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"), "security.istio.io"),
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet"), "apps"),
    **dict.fromkeys(("Namespace", "Secret", "Service"), ""),
}
"""Of the kinds that the judge reads; other groups have kinds of the same names, such as the Gateway API's Gateway."""
_AUTHORIZERS: Mapping[str, Authorizer] = {"envoyExtAuthzHttp": "http", "envoyExtAuthzGrpc": "grpc"}


_OF_THE_CLUSTER = frozenset(
    {
        *("Namespace", "Node", "PersistentVolume", "CustomResourceDefinition", "APIService", "IngressClass"),
        *("GatewayClass", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "PriorityClass"),
        *("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "StorageClass", "CSIDriver", "RuntimeClass"),
    }
)
"""Kinds without a namespace, besides those that say so: ClusterRole, ClusterRoleBinding."""


@dataclass(frozen=True)
class Settings:
    """MeshConfig, with Istio's defaults.

    https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/
    """

    trust_domain: str = "cluster.local"
    trust_domain_aliases: tuple[str, ...] = ()
    root_namespace: str = "istio-system"
    outbound: Outbound = "ALLOW_ANY"
    normalization: Normalization = "BASE"
    network: str = ""
    """The cluster's own, for what has no label of its own."""
    auto_mutual_tls: bool = True
    """Whether proxies speak mutual TLS by themselves with whoever can."""
    authorizers: Mapping[str, Authorizer] | None = field(default=None, hash=False)
    """Providers that policies can ask, by name; None where it is not known which there are."""
    export_services: tuple[str, ...] = ("*",)
    """To which namespaces a Service or ServiceEntry is known that does not say."""
    export_virtual_services: tuple[str, ...] = ("*",)

    @staticmethod
    def of(values: Mapping[str, Any]) -> "Settings":
        """From the values of an istiod chart."""
        config = values.get("meshConfig", {})
        default = Settings()
        return Settings(
            trust_domain=config.get("trustDomain", default.trust_domain),
            trust_domain_aliases=tuple(config.get("trustDomainAliases", ())),
            root_namespace=config.get("rootNamespace", default.root_namespace),
            outbound=config.get("outboundTrafficPolicy", {}).get("mode", default.outbound),
            normalization=config.get("pathNormalization", {}).get("normalization", default.normalization),
            network=values.get("global", {}).get("network", default.network),
            auto_mutual_tls=config.get("enableAutoMtls", default.auto_mutual_tls),
            authorizers={
                provider["name"]: authorizer
                for provider in config.get("extensionProviders", ())
                for kind, authorizer in _AUTHORIZERS.items()
                if kind in provider
            },
            export_services=tuple(config.get("defaultServiceExportTo", default.export_services)),
            export_virtual_services=tuple(config.get("defaultVirtualServiceExportTo", default.export_virtual_services)),
        )


@dataclass(frozen=True, eq=False)
class Mesh:
    """One cluster's configuration. Objects of any origin: a plan's, or read from a live cluster."""

    cluster: str
    settings: Settings
    objects: tuple[KubernetesObject, ...]
    releases: tuple[Release, ...] = ()

    def of(self, kind: str, namespace: str | None = None) -> tuple[KubernetesObject, ...]:
        """The objects of a kind, in one namespace or in all, in the order of their names."""
        if namespace is None:
            return tuple(item for (other, _), items in self._by_kind.items() if other == kind for item in items)
        return self._by_kind.get((kind, namespace), ())

    def named(self, kind: str, namespace: str, name: str) -> KubernetesObject | None:
        return self._by_name.get((kind, namespace, name))

    @cached_property
    def _by_name(self) -> dict[tuple[str, str, str], KubernetesObject]:
        return {
            (kind, namespace, item.manifest["metadata"]["name"]): item
            for (kind, namespace), items in self._by_kind.items()
            for item in reversed(items)
        }

    @cached_property
    def _by_kind(self) -> dict[tuple[str, str], tuple[KubernetesObject, ...]]:
        by_kind: dict[tuple[str, str], list[KubernetesObject]] = {}
        for item in sorted(self.objects, key=lambda item: item.name):
            manifest = {"spec": {}, **_without_nulls(item.manifest)}
            if is_read(item.manifest) and not any(required_fields.missing(manifest)):
                key = (manifest["kind"], manifest["metadata"].get("namespace", ""))
                by_kind.setdefault(key, []).append(replace(item, manifest=manifest))
        return {key: tuple(items) for key, items in by_kind.items()}


def group(manifest: Mapping[str, Any]) -> str:
    """The API group of an object, without its version; empty: Kubernetes' own."""
    return str(manifest.get("apiVersion", "v1")).rpartition("/")[0]


def is_read(manifest: Mapping[str, Any]) -> bool:
    """Whether an object is of a kind that the judge reads, in whatever version."""
    return _GROUPS.get(manifest["kind"]) == group(manifest)


def _without_nulls(value: Any) -> Any:
    """To Kubernetes a field that is null is one that is not there."""
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Proxy:
    """A sidecar or gateway, as far as configuration is chosen for it."""

    cluster: str
    """The cluster of its istiod."""
    namespace: str
    labels: Mapping[str, str]
    network: str
    gateway: bool = False

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """With its labels, by which alone the many proxies of a namespace differ."""
        return hash((self.cluster, self.namespace, self.label_set, self.network, self.gateway))

    @cached_property
    def label_set(self) -> frozenset[tuple[str, str]]:
        """To look up by."""
        return frozenset(self.labels.items())


def selects(labels: Mapping[str, str] | None, workload: Mapping[str, str]) -> bool:
    """Whether a selector's labels are all among a workload's; without labels it selects everything."""
    return all(workload.get(key) == value for key, value in (labels or {}).items())


def oldest_first(objects: Iterable[KubernetesObject]) -> list[KubernetesObject]:
    """The order in which istiod chooses among them. What is yet to be created has no time: then names decide.

    Istio: pilot/pkg/model/config.go, configCompareByCreationTime.
    """

    def age(item: KubernetesObject) -> tuple[str, str, str]:
        metadata = item.manifest["metadata"]
        return metadata.get("creationTimestamp") or "", metadata["name"], metadata.get("namespace", "")

    return sorted(objects, key=age)


def meshes(objects: Iterable[KubernetesObject], releases: Iterable[Release]) -> dict[str, Mesh]:
    """By cluster, for each cluster that has a release of the chart `istiod`."""
    all_objects, all_releases = tuple(objects), tuple(releases)
    istiods: dict[str, Release] = {}
    for release in all_releases:
        if release.chart == "istiod" and not release.values.get("revision"):
            istiods[release.cluster] = release
    return {
        cluster: Mesh(
            cluster,
            Settings.of(istiod.values),
            tuple(item for item in all_objects if item.cluster == cluster),
            tuple(release for release in all_releases if release.cluster == cluster),
        )
        for cluster, istiod in sorted(istiods.items())
    }


def read(cluster: str, manifests: Iterable[Mapping[str, Any] | None]) -> tuple[KubernetesObject, ...]:
    """Manifests that no plan names, of a file or a live cluster: lists taken apart, namespaces as kubectl has them."""
    return tuple(item for manifest in manifests if manifest for item in _named(cluster, manifest))


def _named(cluster: str, manifest: Mapping[str, Any]) -> Iterator[KubernetesObject]:
    kind, metadata = manifest["kind"], manifest.get("metadata") or {}
    if kind.endswith("List") and "items" in manifest:
        yield from read(cluster, manifest["items"] or ())
    elif kind in _OF_THE_CLUSTER or kind.startswith("Cluster"):
        yield KubernetesObject(f"{cluster}/{kind}/{metadata['name']}", cluster, manifest)
    else:
        placed = {**metadata, "namespace": metadata.get("namespace") or "default"}
        name = f"{cluster}/{placed['namespace']}/{kind}/{placed['name']}"
        yield KubernetesObject(name, cluster, {**manifest, "metadata": placed})
