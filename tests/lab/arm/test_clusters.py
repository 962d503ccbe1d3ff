"""Managed clusters: what AKS fills in, what comes and goes with a cluster, and what may change afterwards."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from arm_client import GROUP, SUBSCRIPTION, Azure, RecordingServers
from cluster_ground import (
    CLUSTER,
    CLUSTERS,
    IDENTITY,
    NETWORK_CONTRIBUTOR,
    NODES,
    cluster,
    nat_gateway,
    prepared,
    standing_on,
)
from rules import Rule, changed, each, each_kept

from mesh.lab.arm.containers.managed_clusters import servers_name
from mesh.lab.processes import ServerFailed

N = "properties.networkProfile"
P = "properties.agentPoolProfiles.0"
NODE_GROUP = f"{SUBSCRIPTION}/resourceGroups/MC_shop_east_westeurope"


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared(tmp_path_factory.mktemp("ground"))


@pytest.fixture
def azure(ground: Path, tmp_path: Path, servers: RecordingServers) -> Iterator[Azure]:
    with standing_on(ground, tmp_path, servers) as azure:
        yield azure


def test_a_cluster_starts_its_api_server_before_it_is_reported_made(azure: Azure, servers: RecordingServers) -> None:
    assert azure.put(CLUSTER, cluster(), CLUSTERS).json()["properties"]["provisioningState"] == "Creating"
    assert servers.started == []

    azure.wait()

    assert servers.started == [("shop_east", "10.96.0.0/16")]
    assert azure.body(CLUSTER)["properties"]["provisioningState"] == "Succeeded"


def test_a_cluster_has_no_credentials_before_it_is_made(azure: Azure) -> None:
    azure.put(CLUSTER, cluster(), CLUSTERS)

    response = azure.post(f"{CLUSTER}/listClusterUserCredential")

    assert (response.status_code, response.json()["error"]["code"]) == (404, "ControlPlaneNotFound")


@pytest.mark.parametrize(
    ("action", "name"),
    [("listClusterUserCredential", "clusterUser"), ("listClusterAdminCredential", "clusterAdmin")],
)
def test_credentials_are_the_kubeconfig_of_servers_that_run(
    azure: Azure, servers: RecordingServers, action: str, name: str
) -> None:
    azure.made(CLUSTER, cluster(), CLUSTERS)
    servers.started.clear()  # as after a restart of the machine

    (kubeconfig,) = azure.post(f"{CLUSTER}/{action}").json()["kubeconfigs"]

    assert kubeconfig["name"] == name
    assert base64.b64decode(kubeconfig["value"]).startswith(b"apiVersion: v1\nkind: Config")
    assert servers.started == [("shop_east", "10.96.0.0/16")]


def test_without_local_accounts_there_are_no_administrator_credentials(azure: Azure) -> None:
    body = cluster(disableLocalAccounts=True, aadProfile={"managed": True})
    azure.made(CLUSTER, body, CLUSTERS)

    refused = azure.post(f"{CLUSTER}/listClusterAdminCredential")

    assert refused.json()["error"]["code"] == "BadRequest"
    assert azure.post(f"{CLUSTER}/listClusterUserCredential").status_code == 200


def test_the_node_resource_group_comes_and_goes_with_the_cluster(azure: Azure, servers: RecordingServers) -> None:
    made = azure.made(CLUSTER, cluster(), CLUSTERS)
    kubelet = made["properties"]["identityProfile"]["kubeletidentity"]
    assert made["properties"]["nodeResourceGroup"] == "MC_shop_east_westeurope"
    assert azure.body(NODE_GROUP)["managedBy"] == CLUSTER
    assert azure.body(kubelet["resourceId"])["properties"]["principalId"] == kubelet["objectId"]

    azure.gone(CLUSTER, CLUSTERS)

    assert azure.get(NODE_GROUP).status_code == 404
    assert azure.get(kubelet["resourceId"]).status_code == 404
    assert servers.stopped == ["shop_east"]


def test_deleting_the_group_ends_the_cluster_and_its_node_group(azure: Azure, servers: RecordingServers) -> None:
    azure.made(CLUSTER, cluster(), CLUSTERS)

    azure.gone(GROUP)

    assert servers.stopped == ["shop_east"]
    assert azure.get(NODE_GROUP).status_code == 404


def test_a_name_that_was_used_before_can_be_used_again(azure: Azure) -> None:
    azure.made(CLUSTER, cluster(), CLUSTERS)
    azure.gone(CLUSTER, CLUSTERS)

    azure.made(CLUSTER, cluster(), CLUSTERS)


def test_a_creation_that_failed_and_left_its_node_group_can_be_repeated(azure: Azure) -> None:
    azure.misbehave("fail_losing", "PUT", "*/managedclusters/east")
    azure.put(CLUSTER, cluster(), CLUSTERS)
    azure.wait()
    assert azure.get(CLUSTER).status_code == 404
    assert azure.get(NODE_GROUP).status_code == 200

    azure.made(CLUSTER, cluster(), CLUSTERS)


def test_a_cluster_whose_servers_do_not_start_ends_failed_and_can_be_repeated(
    azure: Azure, servers: RecordingServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(cluster: str, service_cidr: str | None = None) -> str:
        raise ServerFailed("kube-apiserver ended at its start")

    with monkeypatch.context() as broken:
        broken.setattr(servers, "start", fail)
        operation = azure.put(CLUSTER, cluster(), CLUSTERS).headers["Azure-AsyncOperation"]
        azure.wait()

    ended = azure.http.get(operation).json()
    assert (ended["status"], ended["error"]["code"]) == ("Failed", "InternalServerError")
    assert "ended at its start" in ended["error"]["message"]
    assert azure.body(CLUSTER)["properties"]["provisioningState"] == "Failed"
    azure.made(CLUSTER, cluster(), CLUSTERS)


def test_what_aks_fills_in(azure: Azure) -> None:
    made = azure.made(CLUSTER, cluster(oidcIssuerProfile={"enabled": True}), CLUSTERS)
    properties = made["properties"]

    assert made["sku"] == {"name": "Base", "tier": "Free"}
    assert made["identity"]["userAssignedIdentities"][IDENTITY].keys() == {"principalId", "clientId"}
    assert (properties["kubernetesVersion"], properties["currentKubernetesVersion"]) == ("1.34", "1.34.3")
    assert properties["powerState"] == {"code": "Running"}
    assert properties["fqdn"].startswith("shop-east-")
    assert properties["fqdn"].endswith(".hcp.westeurope.azmk8s.io")
    assert properties["oidcIssuerProfile"]["issuerURL"].startswith("https://westeurope.oic.prod-aks.azure.com/")
    network = properties["networkProfile"]
    assert network["outboundType"] == "loadBalancer"
    assert network["loadBalancerProfile"]["managedOutboundIPs"] == {"count": 1}
    assert (network["podCidrs"], network["serviceCidrs"]) == (["10.244.0.0/16"], ["10.96.0.0/16"])
    (pool,) = properties["agentPoolProfiles"]
    expected = {"osType": "Linux", "maxPods": 250, "osDiskSizeGB": 128, "currentOrchestratorVersion": "1.34.3"}
    assert {key: pool[key] for key in expected} == expected


def test_the_system_identity_of_a_cluster_is_in_the_directory(azure: Azure) -> None:
    made = azure.made(CLUSTER, {**cluster(), "identity": {"type": "SystemAssigned"}}, CLUSTERS)
    path = f"{NODES}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-000000000001"
    role = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{NETWORK_CONTRIBUTOR}"

    azure.made(path, {"properties": {"principalId": made["identity"]["principalId"], "roleDefinitionId": role}})


def test_a_cluster_without_a_network_profile_gets_aks_own(azure: Azure) -> None:
    body = changed(cluster(networkProfile={}), {f"{P}.vnetSubnetID": None})

    network = azure.made(CLUSTER, body, CLUSTERS)["properties"]["networkProfile"]

    assert (network["networkPlugin"], network["podCidr"]) == ("kubenet", "10.244.0.0/16")
    assert (network["serviceCidr"], network["dnsServiceIP"]) == ("10.0.0.0/16", "10.0.0.10")


def test_the_same_body_again_changes_nothing(azure: Azure, servers: RecordingServers) -> None:
    first = azure.made(CLUSTER, cluster(), CLUSTERS)
    second = azure.made(CLUSTER, cluster(), CLUSTERS)

    assert {**first, "eTag": None} == {**second, "eTag": None}
    assert servers.started == [("shop_east", "10.96.0.0/16")] * 2, "starting them is idempotent"


def test_the_pool_in_the_profile_is_a_pool_by_itself(azure: Azure) -> None:
    azure.made(CLUSTER, cluster(), CLUSTERS)

    pool = azure.body(f"{CLUSTER}/agentPools/system")

    assert (pool["properties"]["mode"], pool["properties"]["count"]) == ("System", 3)


def test_a_second_write_during_an_operation_is_refused(azure: Azure) -> None:
    azure.put(CLUSTER, cluster(), CLUSTERS)

    response = azure.put(CLUSTER, cluster(), CLUSTERS)

    assert (response.status_code, response.json()["error"]["code"]) == (409, "OperationNotAllowed")


def test_servers_are_named_by_group_and_cluster_where_that_is_unmistakable() -> None:
    def name(group: str, cluster: str) -> str:
        path = f"{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters/{cluster}"
        return servers_name(path)

    assert name("Shop", "East") == "shop_east"
    assert name("shop_a", "b") != name("shop", "a_b") == "shop_a_b"
    assert name("shop.eu", "east").startswith("east-")
    assert len(name("shop", "e" * 63)) <= 63


KEPT_OUTBOUND = {f"{N}.outboundType": "none"}
CHANGES = [
    Rule(
        "the service range stays",
        {f"{N}.serviceCidr": "10.97.0.0/16", f"{N}.dnsServiceIP": "10.97.0.10"},
        "PropertyChangeNotAllowed",
        {f"{N}.serviceCidr": "10.96.0.0/16"},
    ),
    Rule("the pod range stays", {f"{N}.podCidr": "10.245.0.0/16"}, "PropertyChangeNotAllowed"),
    Rule("the DNS prefix stays", {"properties.dnsPrefix": "other"}, "PropertyChangeNotAllowed"),
    Rule("the node resource group stays", {"properties.nodeResourceGroup": "other"}, "PropertyChangeNotAllowed"),
    Rule(
        "overlay stays with Azure's plugin",
        {f"{N}.networkPlugin": "kubenet", f"{N}.networkPluginMode": "overlay"},
        "InvalidParameter",
        {f"{N}.networkDataplane": "cilium", f"{N}.networkPolicy": "cilium"},
    ),
    Rule(
        "Cilium's data plane comes with its policies",
        {f"{N}.networkDataplane": "cilium"},
        "BadRequest",
        {f"{N}.networkDataplane": "cilium", f"{N}.networkPolicy": "cilium"},
    ),
    Rule(
        "the way out of a network of one's own stays one for such networks",
        {f"{N}.outboundType": "managedNATGateway"},
        "ManagedNATGatewayWithCustomVNetNotAllowed",
        KEPT_OUTBOUND,
    ),
    Rule(
        "no minor version is skipped",
        {"properties.kubernetesVersion": "1.36"},
        "OperationNotAllowed",
        {"properties.kubernetesVersion": "1.35"},
    ),
    Rule(
        "no version goes back",
        {"properties.kubernetesVersion": "1.34.1"},
        "OperationNotAllowed",
        {"properties.kubernetesVersion": "1.34"},
    ),
    Rule(
        "pools are added by themselves",
        {"properties.agentPoolProfiles.1": {"name": "apps", "vmSize": "Standard_D4s_v5", "vnetSubnetID": NODES}},
        "BadRequest",
        {f"{P}.count": 5},
    ),
    Rule(
        "pools keep their version or get the control plane's",
        {"properties.kubernetesVersion": "1.35", f"{P}.orchestratorVersion": "1.34.1"},
        "NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged",
        {"properties.kubernetesVersion": "1.35", f"{P}.orchestratorVersion": "1.35"},
    ),
    Rule(
        "the size of a pool's machines stays",
        {f"{P}.vmSize": "Standard_D8s_v5"},
        "PropertyChangeNotAllowed",
        {f"{P}.vmSize": "standard_d4s_v5"},
    ),
    Rule(
        "the issuer of tokens is not turned off",
        {"properties.oidcIssuerProfile": {"enabled": False}},
        "OIDCIssuerCannotBeDisabled",
        {"properties.oidcIssuerProfile": {"enabled": True}},
    ),
    Rule(
        "the last system pool stays one",
        {f"{P}.mode": "User"},
        "MustDefineAtLeastOneSystemPool",
        {"tags": {"team": "shop"}},
    ),
]


def created() -> dict[str, Any]:
    return cluster(oidcIssuerProfile={"enabled": True})


@each_kept(CHANGES)
def test_aks_accepts_an_update_where(azure: Azure, rule: Rule) -> None:
    azure.made(CLUSTER, created(), CLUSTERS)
    azure.made(CLUSTER, changed(created(), rule.kept), CLUSTERS)


@each(CHANGES)
def test_aks_refuses_an_update_unless(azure: Azure, rule: Rule) -> None:
    azure.made(CLUSTER, created(), CLUSTERS)
    assert azure.refused(CLUSTER, changed(created(), rule.broken), CLUSTERS) == rule.code


def test_kubenet_becomes_overlay_and_nothing_else(azure: Azure) -> None:
    kubenet = changed(cluster(), {f"{N}.networkPlugin": "kubenet", f"{N}.networkPluginMode": None, f"{P}.maxPods": 30})
    azure.made(CLUSTER, kubenet, CLUSTERS)

    flat = changed(kubenet, {f"{N}.networkPlugin": "azure"})

    assert azure.refused(CLUSTER, flat, CLUSTERS) == "PropertyChangeNotAllowed"
    azure.made(CLUSTER, changed(flat, {f"{N}.networkPluginMode": "overlay"}), CLUSTERS)


def test_an_engine_for_network_policies_comes_and_goes_in_place_but_ciliums_data_plane_stays(azure: Azure) -> None:
    azure.made(CLUSTER, cluster(), CLUSTERS)
    azure.made(CLUSTER, changed(cluster(), {f"{N}.networkPolicy": "azure"}), CLUSTERS)
    azure.made(CLUSTER, changed(cluster(), {f"{N}.networkPolicy": "none"}), CLUSTERS)
    cilium = changed(cluster(), {f"{N}.networkDataplane": "cilium", f"{N}.networkPolicy": "cilium"})
    network = azure.made(CLUSTER, cilium, CLUSTERS)["properties"]["networkProfile"]

    assert (network["networkDataplane"], network["networkPolicy"]) == ("cilium", "cilium")
    without = changed(cluster(), {f"{N}.networkDataplane": "azure", f"{N}.networkPolicy": "none"})
    assert azure.refused(CLUSTER, without, CLUSTERS) == "PropertyChangeNotAllowed"


def test_a_managed_network_changes_its_way_out(azure: Azure) -> None:
    managed = changed(cluster(), {f"{P}.vnetSubnetID": None})
    azure.made(CLUSTER, managed, CLUSTERS)

    azure.made(CLUSTER, changed(managed, {f"{N}.outboundType": "managedNATGateway"}), CLUSTERS)
    azure.made(CLUSTER, changed(managed, {f"{N}.outboundType": "block"}), CLUSTERS)


def test_a_way_out_by_nat_gateway_replaces_the_load_balancers(azure: Azure) -> None:
    azure.made(CLUSTER, cluster(), CLUSTERS)
    azure.made(NODES, {"properties": {"addressPrefix": "10.10.0.0/24", "natGateway": nat_gateway(azure, "out", "out")}})

    body = changed(cluster(), {f"{N}.outboundType": "userAssignedNATGateway"})
    network = azure.made(CLUSTER, body, CLUSTERS)["properties"]["networkProfile"]

    assert network["outboundType"] == "userAssignedNATGateway"
    assert "loadBalancerProfile" not in network


def test_an_upgrade_meets_a_subnet_that_was_added_over_the_service_range(azure: Azure) -> None:
    wide = changed(cluster(), {f"{N}.serviceCidr": "10.10.128.0/20", f"{N}.dnsServiceIP": "10.10.128.10"})
    azure.made(CLUSTER, wide, CLUSTERS)
    azure.made(f"{NODES}-more", {"properties": {"addressPrefix": "10.10.128.0/24"}})

    upgrade = changed(wide, {"properties.kubernetesVersion": "1.35"})

    assert azure.refused(CLUSTER, upgrade, CLUSTERS) == "ServiceCidrOverlapExistingSubnetsCidr"


ADD_ONS = "properties.addonProfiles"
KEY_VAULT = "azureKeyvaultSecretsProvider"
ON = {KEY_VAULT: {"enabled": True, "config": {"enableSecretRotation": "true"}}}


def test_the_key_vault_add_on_brings_its_identity_and_its_kinds(azure: Azure, servers: RecordingServers) -> None:
    azure.made(CLUSTER, changed(cluster(), {ADD_ONS: ON}), CLUSTERS)

    profile = azure.body(CLUSTER)["properties"]["addonProfiles"][KEY_VAULT]
    assert profile["identity"]["resourceId"].endswith("/userAssignedIdentities/azurekeyvaultsecretsprovider-east")
    assert servers.defined == [("shop_east", "secretproviderclasses.secrets-store.csi.x-k8s.io")]


def test_an_add_on_that_an_update_leaves_out_stays(azure: Azure) -> None:
    azure.made(CLUSTER, changed(cluster(), {ADD_ONS: ON}), CLUSTERS)
    azure.made(CLUSTER, cluster(), CLUSTERS)

    assert azure.body(CLUSTER)["properties"]["addonProfiles"][KEY_VAULT]["enabled"] is True


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"config": {}}, "InvalidParameter"),
        ({"enabled": True, "config": {"enableSecretRotation": True}}, "UnmarshalError"),
    ],
)
def test_an_add_on_says_whether_it_is_on_and_is_set_by_strings(azure: Azure, wrong: dict[str, Any], code: str) -> None:
    answer = azure.put(CLUSTER, changed(cluster(), {ADD_ONS: {KEY_VAULT: wrong}}), CLUSTERS)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
