"""Node pools by themselves: each rule kept and broken, and how they show in their cluster."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from arm_client import GROUP, Azure, RecordingServers
from cluster_ground import CLUSTER, CLUSTERS, NODES, cluster, prepared, standing_on
from rules import Rule, changed, each, each_kept

POOL = f"{CLUSTER}/agentPools/apps"


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared(tmp_path_factory.mktemp("ground"))


@pytest.fixture
def azure(ground: Path, tmp_path: Path, servers: RecordingServers) -> Iterator[Azure]:
    with standing_on(ground, tmp_path, servers) as azure:
        azure.made(CLUSTER, cluster(), CLUSTERS)
        yield azure


def pool(**properties: Any) -> dict[str, Any]:
    return {
        "properties": {"vmSize": "Standard_D4s_v5", "vnetSubnetID": NODES, "count": 2, "mode": "User", **properties}
    }


RULES = [
    Rule(
        "its size exists",
        {"properties.vmSize": "Standard_D5s_v5"},
        "InvalidParameter",
        {"properties.vmSize": "Standard_D8s_v5"},
    ),
    Rule("it says its size", {"properties.vmSize": None}, "InvalidParameter"),
    Rule("its mode exists", {"properties.mode": "Admin"}, "InvalidParameter", {"properties.mode": "System"}),
    Rule("it has at most 1,000 nodes", {"properties.count": 1001}, "InvalidParameter", {"properties.count": 200}),
    Rule("no node is fewer than none", {"properties.count": -1}, "InvalidParameter", {"properties.count": 0}),
    Rule(
        "a pool that scales has bounds",
        {"properties.enableAutoScaling": True},
        "InvalidParameter",
        {"properties.enableAutoScaling": True, "properties.minCount": 1, "properties.maxCount": 3},
    ),
    Rule(
        "its lower bound is below the upper",
        {
            "properties.enableAutoScaling": True,
            "properties.minCount": 4,
            "properties.maxCount": 3,
            "properties.count": None,
        },
        "InvalidParameter",
        {
            "properties.enableAutoScaling": True,
            "properties.minCount": 3,
            "properties.maxCount": 3,
            "properties.count": None,
        },
    ),
    Rule(
        "its count is within its bounds",
        {"properties.enableAutoScaling": True, "properties.minCount": 3, "properties.maxCount": 5},
        "InvalidParameter",
        {"properties.enableAutoScaling": True, "properties.minCount": 2, "properties.maxCount": 5},
    ),
    Rule(
        "only a pool that scales has bounds",
        {"properties.minCount": 1, "properties.maxCount": 3},
        "AutoScalingNotEnabled",
    ),
    Rule(
        "a node has at most 250 pods", {"properties.maxPods": 251}, "MaxPodsLimitExceeded", {"properties.maxPods": 250}
    ),
    Rule("a node has at least 10 pods", {"properties.maxPods": 9}, "InsufficientMaxPods", {"properties.maxPods": 10}),
    Rule(
        "a system pool has room for 30 pods",
        {"properties.mode": "System", "properties.maxPods": 14},
        "InsufficientAgentPoolMaxPodsPerAgentPool",
        {"properties.mode": "System", "properties.maxPods": 15},
    ),
    Rule(
        "its disk has at most 2,048 GB",
        {"properties.osDiskSizeGB": 2049},
        "InvalidParameter",
        {"properties.osDiskSizeGB": 2048},
    ),
    Rule(
        "its zones are numbers",
        {"properties.availabilityZones": ["west"]},
        "InvalidAvailabilityZoneFormat",
        {"properties.availabilityZones": ["1", "2", "3"]},
    ),
    Rule("its zones exist", {"properties.availabilityZones": ["4"]}, "AvailabilityZoneNotSupported"),
    Rule(
        "zones need a scale set",
        {"properties.availabilityZones": ["1"], "properties.type": "AvailabilitySet"},
        "VMSSRequiredForAvailabilityZone",
        {"properties.availabilityZones": ["1"], "properties.type": "VirtualMachineScaleSets"},
    ),
    Rule(
        "its taints have an effect",
        {"properties.nodeTaints": ["only=gpu"]},
        "InvalidParameter",
        {"properties.nodeTaints": ["only=gpu:NoSchedule", "spot:NoExecute"]},
    ),
    Rule(
        "its version is offered",
        {"properties.orchestratorVersion": "1.30"},
        "AgentPoolK8sVersionNotSupported",
        {"properties.orchestratorVersion": "1.32"},
    ),
    Rule(
        "it is not newer than the control plane",
        {"properties.orchestratorVersion": "1.35"},
        "NodePoolMcVersionIncompatible",
        {"properties.orchestratorVersion": "1.34"},
    ),
    Rule(
        "an upgrade drains for at most a day",
        {"properties.upgradeSettings": {"drainTimeoutInMinutes": 1441}},
        "InvalidParameter",
        {"properties.upgradeSettings": {"drainTimeoutInMinutes": 1440}},
    ),
    Rule("its subnet exists", {"properties.vnetSubnetID": f"{NODES}-x"}, "SubnetNotFound"),
    Rule("it has a subnet where the others have", {"properties.vnetSubnetID": None}, "AgentPoolsWithEmptySubnetError"),
    Rule(
        "its nodes fit into the subnet", {"properties.count": 260}, "InsufficientSubnetSize", {"properties.count": 220}
    ),
]


@each_kept(RULES)
def test_aks_accepts_a_pool_where(azure: Azure, rule: Rule) -> None:
    azure.made(POOL, changed(pool(), rule.kept), CLUSTERS)


@each(RULES)
def test_aks_refuses_a_pool_unless(azure: Azure, rule: Rule) -> None:
    assert azure.refused(POOL, changed(pool(), rule.broken), CLUSTERS) == rule.code


@pytest.mark.parametrize("name", ["a", "apps2", "a" * 12])
def test_aks_accepts_the_pool_name(azure: Azure, name: str) -> None:
    azure.made(f"{CLUSTER}/agentPools/{name}", pool(), CLUSTERS)


@pytest.mark.parametrize("name", ["2apps", "Apps", "my-apps", "a" * 13])
def test_aks_refuses_the_pool_name(azure: Azure, name: str) -> None:
    assert azure.refused(f"{CLUSTER}/agentPools/{name}", pool(), CLUSTERS) == "InvalidParameter"


def test_a_windows_pool_has_a_name_of_at_most_six_characters(azure: Azure) -> None:
    azure.made(f"{CLUSTER}/agentPools/window", pool(osType="Windows"), CLUSTERS)

    code = azure.refused(f"{CLUSTER}/agentPools/windows", pool(osType="Windows"), CLUSTERS)

    assert code == "WindowsAgentPoolNameTooLong"


CHANGES = [
    Rule(
        "its size stays", {"properties.vmSize": "Standard_D8s_v5"}, "PropertyChangeNotAllowed", {"properties.count": 4}
    ),
    Rule("its zones stay", {"properties.availabilityZones": ["1"]}, "PropertyChangeNotAllowed"),
    Rule("its pods stay", {"properties.maxPods": 100}, "PropertyChangeNotAllowed", {"properties.maxPods": 250}),
    Rule(
        "it does not go back",
        {"properties.orchestratorVersion": "1.33"},
        "AgentPoolUpgradeVersionNotAllowed",
        {"properties.orchestratorVersion": "1.34.3"},
    ),
]


@each_kept(CHANGES)
def test_aks_accepts_an_update_of_a_pool_where(azure: Azure, rule: Rule) -> None:
    azure.made(POOL, pool(), CLUSTERS)
    azure.made(POOL, changed(pool(), rule.kept), CLUSTERS)


@each(CHANGES)
def test_aks_refuses_an_update_of_a_pool_unless(azure: Azure, rule: Rule) -> None:
    azure.made(POOL, pool(), CLUSTERS)
    assert azure.refused(POOL, changed(pool(), rule.broken), CLUSTERS) == rule.code


def test_a_pool_shows_in_its_clusters_profile_until_it_is_gone(azure: Azure) -> None:
    def names() -> list[str]:
        return [one["name"] for one in azure.body(CLUSTER)["properties"]["agentPoolProfiles"]]

    azure.made(POOL, pool(count=4), CLUSTERS)
    assert names() == ["system", "apps"]
    assert azure.body(CLUSTER)["properties"]["agentPoolProfiles"][1]["count"] == 4

    azure.gone(POOL, CLUSTERS)
    assert names() == ["system"]


def test_an_update_of_the_cluster_leaves_pools_that_it_does_not_name(azure: Azure) -> None:
    azure.made(POOL, pool(count=4), CLUSTERS)

    made = azure.made(CLUSTER, {**cluster(), "tags": {"team": "shop"}}, CLUSTERS)

    assert [one["name"] for one in made["properties"]["agentPoolProfiles"]] == ["system", "apps"]


def test_a_pool_that_is_more_than_two_minor_versions_behind_is_refused(azure: Azure) -> None:
    azure.made(CLUSTER, cluster(kubernetesVersion="1.35"), CLUSTERS)

    assert azure.refused(POOL, pool(orchestratorVersion="1.32"), CLUSTERS) == "NodePoolMcVersionIncompatible"
    azure.made(POOL, pool(orchestratorVersion="1.33"), CLUSTERS)


def test_a_control_plane_is_upgraded_before_its_pools(azure: Azure) -> None:
    azure.made(POOL, pool(orchestratorVersion="1.34"), CLUSTERS)

    upgraded = azure.made(CLUSTER, cluster(kubernetesVersion="1.35"), CLUSTERS)["properties"]
    followed = azure.made(POOL, pool(orchestratorVersion="1.35"), CLUSTERS)["properties"]

    assert upgraded["currentKubernetesVersion"] == "1.35.1"
    assert [one["currentOrchestratorVersion"] for one in upgraded["agentPoolProfiles"]] == ["1.34.3", "1.34.3"]
    assert followed["currentOrchestratorVersion"] == "1.35.1"


def test_the_last_system_pool_is_not_deleted(azure: Azure) -> None:
    azure.made(POOL, pool(), CLUSTERS)
    assert azure.refused_delete(f"{CLUSTER}/agentPools/system", CLUSTERS) == "MustDefineAtLeastOneSystemPool"

    azure.made(f"{CLUSTER}/agentPools/second", pool(mode="System"), CLUSTERS)
    azure.gone(f"{CLUSTER}/agentPools/system", CLUSTERS)


def test_a_pool_of_a_cluster_in_the_making_is_refused(azure: Azure) -> None:
    azure.put(CLUSTER, {**cluster(), "tags": {"team": "shop"}}, CLUSTERS)

    response = azure.put(POOL, pool(), CLUSTERS)

    assert (response.status_code, response.json()["error"]["code"]) == (409, "OperationNotAllowed")


def test_a_subnet_with_nodes_in_it_is_not_deleted(azure: Azure) -> None:
    assert azure.refused_delete(NODES) == "InUseSubnetCannotBeDeleted"
    azure.gone(CLUSTER, CLUSTERS)
    azure.gone(NODES)


def test_a_region_without_zones_refuses_a_pool_in_one(azure: Azure) -> None:
    elsewhere = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/west"
    body = changed(cluster(), {"location": "westus", "properties.agentPoolProfiles.0.vnetSubnetID": None})
    zoned = changed(body, {"properties.agentPoolProfiles.0.availabilityZones": ["1"]})

    assert azure.refused(elsewhere, zoned, CLUSTERS) == "AvailabilityZoneNotSupported"
    azure.made(elsewhere, body, CLUSTERS)
