"""The kubernetes provider under the real engine and the real SDK: from the first preview to an empty cluster."""

import sys
from pathlib import Path

import pulumi_projects
import pytest
from pulumi_projects import Project

from mesh.lab.paths import Lab
from mesh.lab.providers.kubernetes.cluster import Cluster

PROGRAM = """
import os
import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import ResourceOptions
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.helm import v3 as helm

provider = kubernetes.Provider(
    "east", kubeconfig=pulumi.Output.secret(open(os.environ["KUBECONFIG_OF_EAST"]).read()),
    cluster_identifier="east", enable_server_side_apply=True, enable_config_map_mutable=True,
    enable_patch_force=True,
)
CHARTS = helm.RepositoryOptsArgs(repo="https://istio-release.storage.googleapis.com/charts")

def on(*needed):
    return ResourceOptions(provider=provider, depends_on=list(needed))

namespace = core.Namespace("mesh", metadata={"name": "engine-mesh"}, opts=on())
base = helm.Release(
    "base", name="istio-base", namespace="engine-mesh", chart="base", version="1.30.4", repository_opts=CHARTS,
    values={"global": {"istioNamespace": "engine-mesh"}, "base": {"enableCRDTemplates": os.environ.get("CRDS") == "1"}},
    opts=on(namespace),
)
kubernetes.apiextensions.CustomResource(
    "ledger", api_version="networking.istio.io/v1", kind="WorkloadEntry",
    metadata={"name": "ledger", "namespace": "engine-mesh"},
    spec={"address": "10.30.0.10", "ports": {"grpc": 9000}}, opts=on(base),
)
core.Secret(
    "cacerts", metadata={"name": "cacerts", "namespace": "engine-mesh"},
    string_data={"ca-key.pem": pulumi.Output.secret("CANARY-4")}, opts=on(namespace),
)
core.ConfigMap("settings", metadata={"namespace": "engine-mesh"}, data={"a": "b"}, opts=on(namespace))
pulumi.export("status", base.status.status)
"""


@pytest.fixture(scope="module")
def project(shared_lab: Lab, istio_kinds: None, tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = pulumi_projects.project(tmp_path_factory.mktemp("engine") / "project")
    made.environment["HYBRID_MESH_LAB"] = str(shared_lab.root)
    made.environment["KUBECONFIG_OF_EAST"] = str(shared_lab.kubeconfigs / "east.yaml")
    source = made.folder / "plugins/pulumi-resource-kubernetes"
    pulumi_projects.script(source / source.name, sys.executable, "-m", "mesh.lab.providers.kubernetes")
    succeed(made, "plugin", "install", "resource", "kubernetes", "4.34.2", "--file", str(source))
    made.write(PROGRAM)
    return made


def succeed(project: Project, *arguments: str) -> str:
    done = project.run(*arguments)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_a_stack_comes_up_stays_as_it_is_shows_drift_and_goes(project: Project, cluster: Cluster):
    shown = succeed(project, "up", "--yes", "-s", "lab")
    assert "+ 7 to create" in shown
    assert 'status: "deployed"' in shown
    assert "7 unchanged" in succeed(project, "preview", "--expect-no-changes", "-s", "lab")
    assert "7 unchanged" in succeed(project, "refresh", "--yes", "--skip-preview", "--expect-no-changes", "-s", "lab")

    entry = {
        "apiVersion": "networking.istio.io/v1",
        "kind": "WorkloadEntry",
        "metadata": {"name": "ledger", "namespace": "engine-mesh"},
        "spec": {"address": "10.30.0.99"},
    }
    cluster.apply(entry, "somebody", force=True)
    drift = succeed(project, "refresh", "--preview-only", "--diff", "-s", "lab")
    assert '~ address: "10.30.0.10" => "10.30.0.99"' in drift
    assert "~ 1 to update" in drift
    succeed(project, "up", "--yes", "--skip-preview", "--refresh", "-s", "lab")
    found = cluster.get(entry)
    assert found is not None
    assert found["spec"]["address"] == "10.30.0.10"

    states = [path for path in (project.folder / "state").rglob("*") if path.is_file()]
    assert any("engine-mesh" in path.read_text() for path in states)
    assert [path for path in states if _tells("CANARY-4", path)] == []
    assert "CANARY-4" not in shown + drift

    succeed(project, "destroy", "--yes", "--skip-preview", "-s", "lab")
    assert cluster.get({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "engine-mesh"}}) is None


def _tells(value: str, path: Path) -> bool:
    content = path.read_text()
    return value in content or "Q0FOQVJZLTQ" in content  # its base64


def test_a_typo_in_a_charts_values_fails_the_preview_with_what_there_is(project: Project):
    project.write(PROGRAM.replace('"istioNamespace"', '"istioNamespce"'))

    done = project.run("preview", "-s", "lab")
    project.write(PROGRAM)

    assert done.returncode != 0
    assert "chart base has no value global.istioNamespce; there it knows: configValidation, " in done.stdout
    assert "Traceback" not in done.stdout
