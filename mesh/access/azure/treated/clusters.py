"""AKS clusters and their pools of nodes."""

from collections.abc import Mapping
from typing import Any

from mesh.access.azure.treated.values import (
    DISKS,
    JUDGED,
    JUDGED_AS_IPV4,
    NAMED,
    SIZE,
    UNLESS_SET,
    WATCHED,
    WHERE,
    nothing,
)
from mesh.access.treatment import Harmless, Judged, Table

_API = Harmless("It says who may do what at the API server, not who reaches whom among workloads.")
_KEPT_BY_CLUSTER = Harmless("It is about pods' secrets and volumes.")
_AS_AZURE_DOES = Harmless("It is about how the cluster repairs, scales and upgrades itself.")
_PRICE = Harmless("It says when Azure may take nodes away, and for what price.")


def _one_of(*values: Any) -> Judged:
    return Judged(lambda value: value in values)


def _switched_off(value: Any) -> bool:
    return nothing(value) or value in ("Disabled", "None")


_OFF = Judged(_switched_off)
"""Settings that change the network in a way that is not judged."""

_POOL: Table = {
    "availabilityZones": WHERE,
    "capacityReservationGroupID": WHERE,
    "count": SIZE,
    "creationData": DISKS,
    "enableAutoScaling": SIZE,
    "enableEncryptionAtHost": DISKS,
    "enableFIPS": DISKS,
    "enableNodePublicIP": _OFF,
    "enableUltraSSD": DISKS,
    "gpuInstanceProfile": SIZE,
    "gpuProfile": SIZE,
    "hostGroupID": WHERE,
    "kubeletConfig": SIZE,
    "kubeletDiskType": DISKS,
    "localDNSProfile": Harmless("It says who answers pods about names, on their own node."),
    "maxCount": SIZE,
    "maxPods": SIZE,
    "messageOfTheDay": NAMED,
    "minCount": SIZE,
    "mode": _one_of("System", "User"),
    "nodeLabels": NAMED,
    "nodeTaints": Harmless("It says which pods a node takes."),
    "orchestratorVersion": SIZE,
    "osDiskSizeGB": DISKS,
    "osDiskType": DISKS,
    "osSKU": SIZE,
    "osType": _one_of("Linux"),
    "powerState": SIZE,
    "proximityPlacementGroupID": WHERE,
    "scaleDownMode": SIZE,
    "scaleSetEvictionPolicy": _PRICE,
    "scaleSetPriority": _PRICE,
    "securityProfile": Harmless("It is about how nodes boot, and whether one may log in to them from the cluster."),
    "spotMaxPrice": _PRICE,
    "tags": NAMED,
    "type": _one_of("VirtualMachineScaleSets"),
    "upgradeSettings": _AS_AZURE_DOES,
    "vmSize": SIZE,
    "vnetSubnetID": JUDGED,
    "workloadRuntime": _one_of("OCIContainer"),
}

TYPES: Mapping[str, Table] = {
    "containerservice:AgentPool": {"agentPoolName": NAMED, "resourceName": NAMED, **_POOL},
    "containerservice:ManagedCluster": {
        "resourceName": NAMED,
        **{f"agentPoolProfiles[].{field}": entry for field, entry in {"name": NAMED, **_POOL}.items()},
        "aadProfile": _API,
        "addonProfiles.azureKeyvaultSecretsProvider": _KEPT_BY_CLUSTER,
        "addonProfiles.omsagent": WATCHED,
        "addonProfiles.azurepolicy": Harmless("It refuses objects, and adds none."),
        "apiServerAccessProfile.authorizedIPRanges": JUDGED,
        "apiServerAccessProfile.disableRunCommand": _API,
        "apiServerAccessProfile.enablePrivateCluster": JUDGED,
        "apiServerAccessProfile.enablePrivateClusterPublicFQDN": _API,
        "apiServerAccessProfile.privateDNSZone": _API,
        "autoScalerProfile": _AS_AZURE_DOES,
        "autoUpgradeProfile": _AS_AZURE_DOES,
        "azureMonitorProfile": WATCHED,
        "disableLocalAccounts": _API,
        "diskEncryptionSetID": DISKS,
        "dnsPrefix": NAMED,
        "enableRBAC": _one_of(True),
        "fqdnSubdomain": NAMED,
        "identity": Harmless("It says who the cluster is to Azure; roles are assigned by resources of their own."),
        "identityProfile": Harmless("It says who nodes are to Azure; roles are assigned by resources of their own."),
        "kind": NAMED,
        "kubernetesVersion": SIZE,
        "linuxProfile": Harmless("It says who may log in to nodes; who reaches them is judged."),
        "metricsProfile": WATCHED,
        "networkProfile.dnsServiceIP": NAMED,
        "networkProfile.ipFamilies": _one_of("IPv4"),
        "networkProfile.loadBalancerProfile": Harmless("It says with which public addresses nodes leave."),
        "networkProfile.loadBalancerSku": _one_of("standard", "Standard"),
        "networkProfile.natGatewayProfile": Harmless("It says with which public addresses nodes leave."),
        "networkProfile.networkDataplane": Harmless("It says who carries packets of pods on their node."),
        "networkProfile.networkPlugin": _one_of("azure"),
        "networkProfile.networkPluginMode": _one_of("overlay"),
        "networkProfile.networkPolicy": JUDGED,
        "networkProfile.outboundType": JUDGED,
        "networkProfile.podCidr": JUDGED_AS_IPV4,
        "networkProfile.podCidrs": JUDGED_AS_IPV4,
        "networkProfile.serviceCidr": JUDGED_AS_IPV4,
        "networkProfile.serviceCidrs": JUDGED_AS_IPV4,
        "nodeResourceGroup": NAMED,
        "nodeResourceGroupProfile": Harmless("It says who may change what AKS makes for the cluster."),
        "oidcIssuerProfile": _API,
        "publicNetworkAccess": JUDGED,
        "securityProfile": Harmless("It is about keys, scanning of images and identities of workloads to Azure."),
        "sku": SIZE,
        "storageProfile": _KEPT_BY_CLUSTER,
        "supportPlan": SIZE,
        "upgradeSettings": _AS_AZURE_DOES,
        "workloadAutoScalerProfile": _AS_AZURE_DOES,
        "aiToolchainOperatorProfile": UNLESS_SET,
    },
}
