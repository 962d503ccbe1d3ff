"""A plan, as YAML: one document to read or compare as a whole, or files that kubectl and istioctl take too."""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from mesh.plan import MachineFiles, Plan
from mesh.plan.resources import ApiServer, AzureResource, Base64, Kubeconfig, KubernetesObject, Output, Release, Secret


def whole(plan: Plan) -> str:
    """The plan as one YAML document."""
    return _yaml(
        {
            "azure": {resource.name: _azure(resource) for resource in plan.azure},
            "releases": {release.name: _release(release) for release in plan.releases},
            "objects": {item.name: _object(item) for item in plan.objects},
            "machines": {item.machine.name: _lines(item) for item in plan.machines},
        }
    )


def files(plan: Plan) -> dict[str, str]:
    """The plan as files by relative path: azure.yaml, each cluster's releases and manifests, each machine's files."""
    texts = {"azure.yaml": _yaml({resource.name: _azure(resource) for resource in plan.azure})}
    for cluster in plan.environment.clusters:
        releases = {release.name: _release(release) for release in plan.releases if release.cluster == cluster.name}
        manifests = [item.manifest for item in plan.objects if item.cluster == cluster.name and not item.theirs]
        texts[f"clusters/{cluster.name}/releases.yaml"] = _yaml(releases)
        texts[f"clusters/{cluster.name}/objects.yaml"] = "---\n".join(map(_yaml, _namespaces_first(manifests)))
    for machine in plan.machines:
        texts |= {f"machines/{machine.machine.name}/{file.path.lstrip('/')}": str(file) for file in machine.files}
    return texts


def _namespaces_first(
    manifests: Iterable[Mapping[str, Any]],
) -> list[Mapping[str, Any]]:
    """In the order in which `kubectl apply` can take them."""
    return sorted(manifests, key=lambda manifest: manifest["kind"] != "Namespace")


def _azure(resource: AzureResource) -> dict[str, Any]:
    return {
        "type": resource.token,
        **({"existing": True, "id": resource.id} if resource.existing else {}),
        "properties": resource.properties,
        **({"ignoreChanges": list(resource.ignore_changes)} if resource.ignore_changes else {}),
        **({"protect": True} if resource.protect else {}),
        "dependsOn": list(resource.depends_on),
    }


def _release(release: Release) -> dict[str, Any]:
    return {
        "release": release.release,
        "namespace": release.namespace,
        "chart": release.chart,
        "version": release.version,
        "values": release.values,
        "dependsOn": list(release.depends_on),
    }


def _object(item: KubernetesObject) -> dict[str, Any]:
    protect = {"protect": True} if item.protect else {}
    ignored = {"ignoreChanges": list(item.ignore_changes)} if item.ignore_changes else {}
    retain = {"retainOnDelete": True} if item.retain else {}
    theirs = {"theirs": True} if item.theirs else {}
    return {**item.manifest, **ignored, **protect, **retain, **theirs, "dependsOn": list(item.depends_on)}


def _lines(machine: MachineFiles) -> dict[str, list[str]]:
    """Without the script that puts the files there, which holds them once more."""
    return {file.path: str(file).splitlines() for file in machine.files[:-1]}


def _yaml(value: Any) -> str:
    return yaml.dump(
        _plain(value),
        Dumper=yaml.CSafeDumper,
        sort_keys=False,
        allow_unicode=True,
        width=120,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, ApiServer | Output | Secret | Base64 | Kubeconfig):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
