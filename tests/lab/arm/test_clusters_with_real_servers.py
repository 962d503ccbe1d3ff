"""A simulated cluster has a real API server, with the range of services that its network profile says."""

import base64
from pathlib import Path

import kubernetes
import pytest
import yaml
from arm_client import GROUP, Azure
from cluster_ground import CLUSTER, CLUSTERS, cluster, opened
from rules import changed

from mesh.lab.paths import Lab
from mesh.lab.servers import Servers


@pytest.fixture
def without_subnet() -> dict:
    return changed(
        cluster(), {"properties.agentPoolProfiles.0.vnetSubnetID": None, "identity": {"type": "SystemAssigned"}}
    )


def api(azure: Azure) -> kubernetes.client.CoreV1Api:
    (credential,) = azure.post(f"{CLUSTER}/listClusterUserCredential").json()["kubeconfigs"]
    kubeconfig = yaml.safe_load(base64.b64decode(credential["value"]))
    return kubernetes.client.CoreV1Api(kubernetes.config.new_client_from_config_dict(kubeconfig))


def test_credentials_open_a_real_cluster_until_it_is_deleted(
    tmp_path: Path, shared_lab: Lab, without_subnet: dict
) -> None:
    servers = Servers(shared_lab)
    with opened(tmp_path / "azure.db", servers) as azure:
        azure.made(GROUP, {"location": "westeurope"})
        azure.made(CLUSTER, without_subnet, CLUSTERS)

        api(azure).create_namespace({"metadata": {"name": "shop"}})
        assert "shop" in [one.metadata.name for one in api(azure).list_namespace().items]
        assert api(azure).read_namespaced_service("kubernetes", "default").spec.cluster_ip == "10.96.0.1"

        azure.gone(CLUSTER, CLUSTERS)
        assert "shop_east" not in servers.clusters()


def test_a_cluster_with_the_key_vault_add_on_takes_objects_of_its_kind(
    tmp_path: Path, shared_lab: Lab, without_subnet: dict
) -> None:
    add_on = {"azureKeyvaultSecretsProvider": {"enabled": True}}
    group, namespace, plural = "secrets-store.csi.x-k8s.io", "default", "secretproviderclasses"
    wanted = {
        "apiVersion": f"{group}/v1",
        "kind": "SecretProviderClass",
        "metadata": {"name": "shop"},
        "spec": {"provider": "azure", "parameters": {"keyvaultName": "shop"}},
    }
    with opened(tmp_path / "azure.db", Servers(shared_lab)) as azure:
        azure.made(GROUP, {"location": "westeurope"})
        azure.made(CLUSTER, changed(without_subnet, {"properties.addonProfiles": add_on}), CLUSTERS)
        objects = kubernetes.client.CustomObjectsApi(api(azure).api_client)

        made = objects.create_namespaced_custom_object(group, "v1", namespace, plural, wanted)
        wrong = changed(wanted, {"metadata.name": "wrong", "spec.parameters.keyvaultName": 1})
        with pytest.raises(kubernetes.client.ApiException, match=r"spec\.parameters\.keyvaultName"):
            objects.create_namespaced_custom_object(group, "v1", namespace, plural, wrong)

        assert made["spec"] == wanted["spec"]
        azure.gone(CLUSTER, CLUSTERS)
