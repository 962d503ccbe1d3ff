"""A plan, created in the simulated Azure and held against a real API server; each body once, however often it comes."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import plans_in_azure
import yaml
from arm_client import RecordingServers, azure_in

from mesh.lab import paths
from mesh.lab.arm.containers import add_ons
from mesh.lab.providers.kubernetes.cluster import Cluster, name_of
from mesh.lab.providers.kubernetes.refusals import Refused
from mesh.model import Environment
from mesh.plan import Plan
from mesh.plan.resources import ApiServer, Kubeconfig, Output, PublicFile, Secret

_MANAGER = "fuzz"


def definitions() -> list[dict[str, Any]]:
    """Of Istio's kinds and the add-on's, which an API server has to know beforehand."""
    of_istio = yaml.safe_load_all((paths.lab().root / "istio/customresourcedefinitions.gen.yaml").read_text())
    with_vault = {"properties": {"addonProfiles": {"azureKeyvaultSecretsProvider": {"enabled": True}}}}
    return [*(definition for definition in of_istio if definition), *add_ons.kinds(with_vault)]


class LiveChecks:
    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._seen: set[str] = set()
        self._namespaces: set[str] = set()
        self.azure_plans = 0
        self.objects = 0

    def refusals(self, environment: Environment, plan: Plan) -> tuple[str, ...]:
        """What Azure or the API server say against it."""
        return (*self._azure(environment, plan), *self._objects(plan))

    def _azure(self, environment: Environment, plan: Plan) -> Iterator[str]:
        if any(resource.existing for resource in plan.azure):
            return  # What stands already is not in the Azure of this test.
        if self._is_known(repr(plan.azure)):
            return
        self.azure_plans += 1
        with tempfile.TemporaryDirectory() as folder, azure_in(Path(folder, "azure.db"), RecordingServers()) as azure:
            try:
                plans_in_azure.create(azure, environment)
            except (AssertionError, KeyError) as refused:
                yield f"Azure: {refused}"

    def _objects(self, plan: Plan) -> Iterator[str]:
        for item in plan.objects:
            manifest = _as_sent(item.manifest)
            if self._is_known(json.dumps(manifest, sort_keys=True)):
                continue
            self.objects += 1
            try:
                self._make_namespace(manifest)
                self._cluster.apply(manifest, _MANAGER, force=True, dry_run=True)
            except Refused as refused:
                yield f"API server: {name_of(manifest)}: {refused}"

    def _make_namespace(self, manifest: Mapping[str, Any]) -> None:
        metadata = manifest["metadata"]
        name = metadata["name"] if manifest["kind"] == "Namespace" else metadata.get("namespace")
        if name and name not in self._namespaces:
            namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            self._cluster.apply(namespace, _MANAGER, force=True)
            self._namespaces.add(name)

    def _is_known(self, body: str) -> bool:
        known = body in self._seen
        self._seen.add(body)
        return known


def _as_sent(value: Any) -> Any:
    """With something in place of what only the deployment knows."""
    match value:
        case Mapping():
            return {key: _as_sent(item) for key, item in value.items()}
        case list() | tuple():
            return [_as_sent(item) for item in value]
        case Secret() | PublicFile() | Kubeconfig():
            return "eA=="
        case Output() | ApiServer():
            return "https://known-later.example"
    return value
