"""An environment → its plan: one module a subject, listed here in one place."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from mesh.model import Environment
from mesh.plan import MachineFiles, Plan
from mesh.plan.resources import AzureResource, KubernetesObject, Release, outputs, strings
from mesh.render import (
    authority,
    authorization,
    azure_settings,
    borrowed_groups,
    clusters,
    control_plane,
    entries,
    firewall,
    gateways,
    ingress,
    kept,
    key_vault,
    kubernetes,
    machine_files,
    machine_tokens,
    machines,
    network,
    network_policies,
    private_zones,
    remotes,
    scoping,
    telemetry,
    tokens,
    traffic,
    zipkin,
)

Named = TypeVar("Named", AzureResource, Release, KubernetesObject)


def azure_resources(environment: Environment) -> tuple[AzureResource, ...]:
    resources = (
        *network.resources(environment),
        *firewall.resources(environment),
        *borrowed_groups.resources(environment),
        *clusters.resources(environment),
        *key_vault.resources(environment),
        *machines.resources(environment),
        *private_zones.resources(environment),
    )
    return azure_settings.applied(environment.azure, resources)


def plan(environment: Environment) -> Plan:
    azure = azure_resources(environment)
    objects = (
        *authority.objects(environment),
        *remotes.objects(environment),
        *entries.objects(environment),
        *machine_tokens.objects(environment),
        *gateways.objects(environment),
        *ingress.objects(environment),
        *key_vault.objects(environment),
        *authorization.objects(environment),
        *tokens.objects(environment),
        *scoping.objects(environment),
        *traffic.objects(environment),
        *telemetry.objects(environment),
        *zipkin.objects(environment),
    )
    guards = network_policies.objects(environment, control_plane.namespaces_of(objects))
    objects = (*control_plane.namespaces(environment, objects), *guards, *objects)
    releases = (*control_plane.releases(environment), *gateways.releases(environment))
    return Plan(
        environment=environment,
        azure=_by_name(kept.left_alone(environment, item) for item in _after_what_they_name(azure)),
        releases=_by_name(releases),
        objects=_by_name(kept.left_alone(environment, item) for item in _after_namespace_and_istiod(objects)),
        machines=tuple(
            MachineFiles(machine, machine_files.files(environment, machine))
            for machine in environment.machines_with_sidecar
        ),
    )


def _by_name(found: Iterable[Named]) -> tuple[Named, ...]:
    return tuple(sorted(found, key=lambda item: item.name))


def _after_what_they_name(
    resources: tuple[AzureResource, ...],
) -> Iterable[AzureResource]:
    """Each after its parents in the id, the resources whose ids its properties hold, those whose outputs it takes."""
    by_id = {resource.id.lower(): resource.name for resource in resources}
    for resource in resources:
        named = {by_id[ancestor] for ancestor in _ancestors(resource.id.lower()) if ancestor in by_id}
        named |= {by_id[text.lower()] for text in strings(resource.properties) if text.lower() in by_id}
        named |= {output.resource for output in outputs(resource.properties)}
        yield replace(
            resource,
            depends_on=tuple(sorted({*resource.depends_on, *named} - {resource.name})),
        )


def _ancestors(resource_id: str) -> Iterable[str]:
    while resource_id:
        resource_id = resource_id.rpartition("/")[0]
        yield resource_id


def _after_namespace_and_istiod(
    objects: tuple[KubernetesObject, ...],
) -> Iterable[KubernetesObject]:
    """Each after its namespace; Istio's own kinds after istiod too, whose webhook has to admit them."""
    namespaces = {item.name for item in objects if item.manifest["kind"] == "Namespace"}
    for item in objects:
        namespace = item.manifest["metadata"].get("namespace")
        needed = {f"{item.cluster}/Namespace/{namespace}"} & namespaces
        if item.manifest["apiVersion"] not in kubernetes.OF_THE_CLUSTER:
            needed.add(f"{item.cluster}/release/{control_plane.ISTIOD}")
        yield replace(item, depends_on=tuple(sorted({*item.depends_on, *needed})))
