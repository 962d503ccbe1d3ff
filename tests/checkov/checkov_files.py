"""A plan, as files that Checkov reads: an ARM template of its Azure resources, and each cluster's objects as YAML."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from mesh import azure_ids
from mesh.lab.providers.azure_native import bodies
from mesh.plan import Plan
from mesh.plan.resources import AzureResource

_SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"


def write(plan: Plan, folder: Path) -> None:
    folder.mkdir()
    template = {"$schema": _SCHEMA, "contentVersion": "1.0.0.0", "resources": list(map(_resource, plan.azure))}
    (folder / "azure.json").write_text(json.dumps(template, indent=2))
    for cluster in plan.environment.clusters:
        manifests = [_plain(item.manifest) for item in plan.objects if item.cluster == cluster.name]
        (folder / f"{cluster.name}.yaml").write_text(yaml.dump_all(manifests, Dumper=yaml.CSafeDumper))


def _resource(resource: AzureResource) -> dict[str, Any]:
    """As a template has it: of the id, the last provider's types and names."""
    if resource.token == "azure-native:resources:ResourceGroup":
        kind, name = "Microsoft.Resources/resourceGroups", resource.id.rpartition("/")[2]
    else:
        provider, *parts = resource.id.rpartition("/providers/")[2].split("/")
        kind, name = "/".join((provider, *parts[::2])), "/".join(parts[1::2])
    version = azure_ids.ADDRESSES[resource.token].api_version
    body: dict[str, Any] = _plain(bodies.body(resource.token, resource.properties))
    return {**body, "type": kind, "apiVersion": version, "name": name}


def _plain(value: Any) -> Any:
    """What only the deployment knows stands as the words for it."""
    match value:
        case Mapping():
            return {key: _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case str() | int() | float() | None:
            return value
    return str(value)
