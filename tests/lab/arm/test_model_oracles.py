"""What Azure's own Python models refuse, the simulator refuses: their `_validation` walked for the fields used here."""

import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from arm_client import Azure, RecordingServers
from cluster_ground import CLUSTER, CLUSTERS, NODES, cluster, prepared, standing_on
from rules import changed
from test_compute import EXTENSION, MACHINE, extension, interface, machine
from test_compute import IDENTITY as MACHINE_IDENTITY
from test_key_vault import POLICY, VAULT, vault
from test_postgres import RANGE, SERVER, server

POOL = f"{CLUSTER}/agentPools/apps"
APPS = {"properties": {"vmSize": "Standard_D4s_v5", "vnetSubnetID": NODES}}
P = "properties.agentPoolProfiles.0"
N = "properties.networkProfile"
S = "properties.storageProfile"


@dataclass(frozen=True)
class Place:
    """Where a model's fields lie in a body that is accepted."""

    package: str
    model: str
    path: str
    body: dict[str, Any]
    at: str
    """The dotted path of the model's object in the body; empty where it is the body."""
    without: tuple[str, ...] = ()
    """Fields that this project does not use, or that are asked for in another way."""


LINUX = {"adminUsername": "operator", "ssh": {"publicKeys": [{"keyData": "ssh-ed25519 AAAA"}]}}
ISTIO = {"mode": "Istio", "istio": {"revisions": ["asm-1-25"]}}
FULL = cluster(linuxProfile=LINUX, serviceMeshProfile=ISTIO)
BALANCED = changed(FULL, {f"{N}.loadBalancerProfile": {"managedOutboundIPs": {"count": 1}}})
NATTED = changed(
    FULL,
    {
        f"{P}.vnetSubnetID": None,
        f"{N}.outboundType": "managedNATGateway",
        f"{N}.natGatewayProfile": {"managedOutboundIPProfile": {"count": 1}},
    },
)
UPGRADED = changed(FULL, {f"{P}.upgradeSettings": {"maxSurge": "1"}})
WITH_DISK = changed(machine(), {f"{S}.dataDisks": [{"lun": 0, "createOption": "Empty"}]})
WITH_POLICY = vault(
    enableRbacAuthorization=False,
    accessPolicies=[POLICY],
    networkAcls={"ipRules": [{"value": "203.0.113.0/24"}], "virtualNetworkRules": [{"id": "/subscriptions/x/y/z"}]},
)
PUBLIC = server(network={})

PLACES = [
    Place("containerservice", "ManagedCluster", CLUSTER, FULL, ""),
    Place("containerservice", "ManagedClusterAgentPoolProfile", CLUSTER, FULL, P),
    Place("containerservice", "AgentPoolUpgradeSettings", CLUSTER, UPGRADED, f"{P}.upgradeSettings"),
    Place("containerservice", "ManagedClusterAgentPoolProfileProperties", POOL, APPS, "properties"),
    Place("containerservice", "ContainerServiceNetworkProfile", CLUSTER, FULL, N),
    Place("containerservice", "ManagedClusterLoadBalancerProfile", CLUSTER, BALANCED, f"{N}.loadBalancerProfile"),
    Place(
        "containerservice",
        "ManagedClusterLoadBalancerProfileManagedOutboundIPs",
        CLUSTER,
        BALANCED,
        f"{N}.loadBalancerProfile.managedOutboundIPs",
        without=("count_ipv6",),
    ),
    Place("containerservice", "ManagedClusterNATGatewayProfile", CLUSTER, NATTED, f"{N}.natGatewayProfile"),
    Place(
        "containerservice",
        "ManagedClusterManagedOutboundIPProfile",
        CLUSTER,
        NATTED,
        f"{N}.natGatewayProfile.managedOutboundIPProfile",
    ),
    Place("containerservice", "ContainerServiceLinuxProfile", CLUSTER, FULL, "properties.linuxProfile"),
    Place("containerservice", "ContainerServiceSshConfiguration", CLUSTER, FULL, "properties.linuxProfile.ssh"),
    Place(
        "containerservice", "ContainerServiceSshPublicKey", CLUSTER, FULL, "properties.linuxProfile.ssh.publicKeys.0"
    ),
    Place("containerservice", "ServiceMeshProfile", CLUSTER, FULL, "properties.serviceMeshProfile"),
    Place("containerservice", "IstioServiceMesh", CLUSTER, FULL, "properties.serviceMeshProfile.istio"),
    Place("compute", "VirtualMachine", MACHINE, machine(), ""),
    Place("compute", "OSDisk", MACHINE, machine(), f"{S}.osDisk"),
    Place("compute", "DataDisk", MACHINE, WITH_DISK, f"{S}.dataDisks.0"),
    Place("compute", "VirtualMachineExtension", EXTENSION, extension(), ""),
    Place("keyvault", "VaultCreateOrUpdateParameters", VAULT, vault(), ""),
    Place("keyvault", "VaultProperties", VAULT, vault(), "properties"),
    Place("keyvault", "Sku", VAULT, vault(), "properties.sku"),
    Place("keyvault", "AccessPolicyEntry", VAULT, WITH_POLICY, "properties.accessPolicies.0"),
    Place("keyvault", "IPRule", VAULT, WITH_POLICY, "properties.networkAcls.ipRules.0"),
    Place("keyvault", "VirtualNetworkRule", VAULT, WITH_POLICY, "properties.networkAcls.virtualNetworkRules.0"),
    Place("postgresqlflexibleservers", "Server", SERVER, PUBLIC, ""),
    Place("postgresqlflexibleservers", "Sku", SERVER, PUBLIC, "sku"),
    Place("postgresqlflexibleservers", "Database", f"{SERVER}/databases/orders", {"properties": {}}, ""),
    Place("postgresqlflexibleservers", "FirewallRule", f"{SERVER}/firewallRules/office", RANGE, ""),
]

# None of these is a CIDR block, a name, a number or an address; each pattern is tried with those it does not match.
STRANGE = ("", "-", "_a", "9-9", "Ünicode", "a b", "1.2.3", "1.2.3.4/33", "300.1.1.1", "UPPER CASE", "a" * 200)


def model(place: Place) -> Any:
    return getattr(importlib.import_module(f"azure.mgmt.{place.package}.models"), place.model)


def violations(place: Place) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each field's rules broken, as (what is broken, the change to the good body)."""
    for name, rules in model(place)._validation.items():
        if rules.get("readonly") or name in place.without:
            continue
        key = model(place)._attribute_map[name]["key"]
        for value in broken_values(rules):
            yield f"{key}: {value!r:.20}", {f"{place.at}.{key}" if place.at else key: value}


def broken_values(rules: dict[str, Any]) -> Iterator[Any]:
    if rules.get("required"):
        yield None
    if "pattern" in rules:
        yield from (value for value in STRANGE if not re.match(rules["pattern"], value))
    if "minimum" in rules:
        yield rules["minimum"] - 1
    if "maximum" in rules:
        yield rules["maximum"] + 1
    if "max_items" in rules:
        yield [f"asm-1-{number}" for number in range(rules["max_items"] + 1)]
    if rules.get("unique"):
        yield ["asm-1-25", "asm-1-25"]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared(tmp_path_factory.mktemp("ground"))


@pytest.fixture
def azure(ground: Path, tmp_path: Path, servers: RecordingServers) -> Iterator[Azure]:
    with standing_on(ground, tmp_path, servers) as azure:
        azure.made(MACHINE_IDENTITY, {"location": "westeurope"})
        interface(azure, "ledger-0", subnet_id=NODES)
        yield azure


PARENTS = {CLUSTER: FULL, MACHINE: machine(), SERVER: PUBLIC, VAULT: vault()}


def make_parent(azure: Azure, path: str) -> None:
    parent = path.rsplit("/", 2)[0]
    if parent in PARENTS:
        azure.made(parent, PARENTS[parent])


@pytest.mark.parametrize("place", PLACES, ids=[f"{place.package}.{place.model}" for place in PLACES])
def test_the_simulator_refuses_what_azures_model_refuses(azure: Azure, place: Place) -> None:
    broken = list(violations(place))
    assert broken, "the model has rules"

    make_parent(azure, place.path)
    accepted = [what for what, change in broken if azure.put(place.path, changed(place.body, change)).is_success]
    assert accepted == []
    azure.made(place.path, place.body, CLUSTERS)


NAMES = [
    ("containerservice.operations._managed_clusters_operations", "resource_name", CLUSTER, FULL),
    ("containerservice.operations._agent_pools_operations", "agent_pool_name", POOL, APPS),
    ("keyvault.operations._vaults_operations", "vault_name", VAULT, vault()),
    ("keyvault.operations._secrets_operations", "secret_name", f"{VAULT}/secrets/a", {"properties": {"value": "x"}}),
    ("postgresqlflexibleservers.operations._servers_operations", "server_name", SERVER, PUBLIC),
    (
        "postgresqlflexibleservers.operations._firewall_rules_operations",
        "firewall_rule_name",
        f"{SERVER}/firewallRules/office",
        RANGE,
    ),
]
"""Which operation says the pattern of which name."""

STRANGE_NAMES = ("-", "-a", "a-", "_a", "a.b", "a_b_", "a b", "ä", "9", "a" * 64, "A" * 13, "a" * 130)


def pattern_of(module: str, argument: str) -> re.Pattern[str]:
    source = inspect.getsource(importlib.import_module(f"azure.mgmt.{module}").build_create_or_update_request)
    found = re.search(rf'"{argument}",.*?pattern=r"([^"]+)"', source, re.DOTALL)
    assert found, f"{module} says no pattern of {argument}"
    return re.compile(found[1])


@pytest.mark.parametrize(("module", "argument", "path", "body"), NAMES, ids=[one[1] for one in NAMES])
def test_the_simulator_refuses_names_that_azures_operations_refuse(
    azure: Azure, module: str, argument: str, path: str, body: dict[str, Any]
) -> None:
    pattern = pattern_of(module, argument)
    refused = [name for name in STRANGE_NAMES if not pattern.fullmatch(name)]
    assert refused, f"{pattern.pattern} refuses none"
    make_parent(azure, path)

    for name in refused:
        assert azure.put(f"{path.rpartition('/')[0]}/{name}", body).status_code == 400, name
