"""Regions, VM sizes and Kubernetes versions that the program does not know: Azure has the last word on them."""

from collections.abc import Iterator
from typing import Any

from mesh.declaration import spelling, supported_versions
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.plan.resources import AzureResource

NOT_KNOWN_TO_BE_OFFERED = Kind(
    code="not-known-to-be-offered",
    severity="warning",
    what="The plan asks Azure for a region, a VM size or a Kubernetes version that the program does not know.",
    why="Azure refuses what it does not offer, in the middle of an update; or it is newer than the program.",
    example="cluster/east: Kubernetes 1.37: AKS is known to offer 1.34, 1.35 and 1.36",
    fix="Look it up: az aks get-versions, az vm list-skus, az account list-locations. Accept it if it is there.",
)
KINDS = (NOT_KNOWN_TO_BE_OFFERED,)
_LONG_TERM = "AKSLongTermSupport"


def findings(context: Context) -> Iterator[Finding]:
    regions: dict[str, str] = {}
    for resource in context.plan.azure:
        regions.setdefault(str(resource.properties.get("location", "")), resource.name)
        for text in _unknown(resource):
            yield Finding(NOT_KNOWN_TO_BE_OFFERED, resource.name, text)
    for region, name in regions.items():
        if region and region not in supported_versions.REGIONS:
            yield Finding(NOT_KNOWN_TO_BE_OFFERED, name, f"the region {region} is none that is known")


def _unknown(resource: AzureResource) -> Iterator[str]:
    properties = resource.properties
    match resource.token.removeprefix("azure-native:"):
        case "containerservice:ManagedCluster":
            long_term = properties.get("supportPlan") == _LONG_TERM
            yield from _version(properties.get("kubernetesVersion"), long_term=long_term)
            for pool in properties.get("agentPoolProfiles", ()):
                yield from _size(pool.get("vmSize"))
        case "containerservice:AgentPool":
            yield from _size(properties.get("vmSize"))
        case "compute:VirtualMachine":
            yield from _size((properties.get("hardwareProfile") or {}).get("vmSize"))
        case "compute:VirtualMachineScaleSet":
            yield from _size((properties.get("sku") or {}).get("name"))


def _version(version: Any, *, long_term: bool) -> Iterator[str]:
    if version is None:
        return
    minor = ".".join(str(version).split(".")[:2])
    offered = supported_versions.KUBERNETES_MINORS
    if minor in offered or (long_term and minor in supported_versions.KUBERNETES_LONG_TERM):
        return
    if minor in supported_versions.KUBERNETES_LONG_TERM:
        plan = f"azure: {{supportPlan: {_LONG_TERM}, sku: {{tier: Premium}}}} of the cluster"
        yield f"Kubernetes {minor}: AKS offers it with long-term support only, by {plan}"
    else:
        yield f"Kubernetes {minor}: AKS is known to offer {spelling.listed(offered)}"


def _size(size: Any) -> Iterator[str]:
    if size is not None and not supported_versions.is_known_size(str(size)):
        yield f"the VM size {size} is none that is known"
