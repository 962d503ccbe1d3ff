"""What Azure refuses in one node pool, whether it stands in its cluster's profile or by itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mesh.lab.arm import ids, regions
from mesh.lab.arm.compute import virtual_machine_sizes
from mesh.lab.arm.containers import kubernetes_versions
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.resource_types import Body

MAX_NODES = 1000
MIN_PODS, MAX_PODS = 10, 250
MIN_PODS_IN_A_POOL = 30
# Set when the scale set is created; AKS answers PropertyChangeNotAllowed (its list of error codes).
_CREATE_ONLY = (
    "vmSize",
    "osType",
    "osDiskType",
    "osDiskSizeGB",
    "maxPods",
    "vnetSubnetID",
    "type",
    "availabilityZones",
)

# AKS's list of error codes, published as Go source in several of its repositories ("package apierror"), names the
# codes used here; those with a support article carry its message.
_NAME = re.compile(r"[a-z][a-z0-9]{0,11}")
_WINDOWS_NAME_MAX = 6
_TAINT = re.compile(r"([-A-Za-z0-9_./]+)(=[-A-Za-z0-9_.]*)?:(NoSchedule|PreferNoSchedule|NoExecute)")
_SYSTEM_TAINT = "CriticalAddonsOnly"
_SYSTEM_CORES, _SYSTEM_MEMORY = 2, 4


@dataclass(frozen=True)
class ClusterContext:
    """What a pool's rules need to know of its cluster."""

    cluster_id: str
    location: str
    version: str
    network: Body
    identity: Body | None


def refusals(pool: Body, before: Body | None, context: ClusterContext) -> Iterator[Rejection]:
    """What is wrong with one pool by itself; `before` is the pool as it is."""
    yield from _name_refusals(pool)
    yield from _size_refusals(pool)
    yield from _count_refusals(pool)
    yield from _limit_refusals(pool)
    yield from _zone_refusals(pool, context)
    yield from _taint_refusals(pool)
    yield from _version_refusals(pool, before, context)
    if before:
        yield from _change_refusals(pool, before)


def _invalid(field: str, why: str) -> Rejection:
    target = f"agentPoolProfile.{field}"
    return Rejection(
        "InvalidParameter",
        f"The value of parameter {target} is invalid. Error details: {why}. "
        "Please see https://aka.ms/aks-naming-rules for more details.",
        target=target,
    )


def _name_refusals(pool: Body) -> Iterator[Rejection]:
    name = str(pool.get("name") or "")
    if not _NAME.fullmatch(name):
        yield _invalid("name", f"'{name}' does not match ^[a-z][a-z0-9]{{0,11}}$")
    if pool.get("osType") == "Windows" and len(name) > _WINDOWS_NAME_MAX:
        yield Rejection(
            "WindowsAgentPoolNameTooLong",
            f"Windows agent pool name '{name}' is too long. Windows agent pool name can not be longer than "
            f"{_WINDOWS_NAME_MAX} characters.",
            target="agentPoolProfile.name",
        )


def _size_refusals(pool: Body) -> Iterator[Rejection]:
    if not pool.get("vmSize"):
        yield _invalid("vmSize", "a VM size is required")
    size = virtual_machine_sizes.size(pool["vmSize"])
    if size is None:
        yield Rejection(
            "InvalidParameter",
            f"The requested VM size {pool['vmSize']} is not available in the current region. "
            "Find out more on the available VM sizes in each region at https://aka.ms/azureregions.",
            target="vmSize",
        )
    elif pool.get("mode") == "System" and (size.cores < _SYSTEM_CORES or size.memory < _SYSTEM_MEMORY):
        yield Rejection(
            "SystemPoolSkuTooLow",
            f"The VM SKU chosen for this system pool '{pool['vmSize']}' has {size.cores} cores and {size.memory} GiB; "
            f"a system pool needs at least {_SYSTEM_CORES} cores and {_SYSTEM_MEMORY} GiB.",
            target="agentPoolProfile.vmSize",
        )


def _count_refusals(pool: Body) -> Iterator[Rejection]:
    least = 1 if pool.get("mode") == "System" else 0
    bounds = [pool.get(name) for name in ("minCount", "maxCount")]
    if pool.get("enableAutoScaling"):
        if None in bounds:
            yield _invalid("minCount", "minCount and maxCount are required where enableAutoScaling is true")
        minimum, maximum = (int(bound or 0) for bound in bounds)
        if not least <= minimum <= maximum <= MAX_NODES or maximum == 0:
            yield _invalid("minCount", f"{minimum} to {maximum} nodes is no range within {least} to {MAX_NODES}")
        if pool.get("count") is not None and not minimum <= pool["count"] <= maximum:
            yield _invalid("count", f"{pool['count']} is not within minCount {minimum} and maxCount {maximum}")
    elif any(bounds):
        yield Rejection(
            "AutoScalingNotEnabled",
            "minCount and maxCount can only be set where enableAutoScaling is true.",
            target="agentPoolProfile.enableAutoScaling",
        )
    if pool.get("count") is not None and not least <= pool["count"] <= MAX_NODES:
        yield _invalid("count", f"{pool['count']} is not within {least} and {MAX_NODES}")


def _limit_refusals(pool: Body) -> Iterator[Rejection]:
    pods = pool.get("maxPods")
    if pods is not None and pods > MAX_PODS:
        yield Rejection(
            "MaxPodsLimitExceeded",
            f"The maximum of {pods} pods a node exceeds the limit of {MAX_PODS}.",
            target="agentPoolProfile.maxPods",
        )
    if pods is not None and pods < MIN_PODS:
        yield Rejection(
            "InsufficientMaxPods", f"maxPods {pods} is less than {MIN_PODS}.", target="agentPoolProfile.maxPods"
        )
    nodes = pool.get("minCount") if pool.get("enableAutoScaling") else pool.get("count")
    if pods is not None and pool.get("mode") == "System" and pods * (nodes or 1) < MIN_PODS_IN_A_POOL:
        yield Rejection(
            "InsufficientAgentPoolMaxPodsPerAgentPool",
            f"{nodes or 1} nodes of {pods} pods are less than the {MIN_PODS_IN_A_POOL} that a pool needs.",
            target="agentPoolProfile.maxPods",
        )
    upgrade = pool.get("upgradeSettings") or {}
    for field, value, least, most in (
        ("osDiskSizeGB", pool.get("osDiskSizeGB"), 0, 2048),
        ("upgradeSettings.drainTimeoutInMinutes", upgrade.get("drainTimeoutInMinutes"), 1, 1440),
        ("upgradeSettings.nodeSoakDurationInMinutes", upgrade.get("nodeSoakDurationInMinutes"), 0, 30),
    ):
        if value is not None and not least <= value <= most:
            yield _invalid(field, f"{value} is not within {least} and {most}")


def _zone_refusals(pool: Body, context: ClusterContext) -> Iterator[Rejection]:
    zones = pool.get("availabilityZones") or []
    if not zones:
        return
    target = "agentPoolProfile.availabilityZones"
    if not all(str(zone).isdecimal() for zone in zones):
        yield Rejection("InvalidAvailabilityZoneFormat", f"Zones are numbers: {zones}.", target=target)
    if pool.get("type", "VirtualMachineScaleSets") == "AvailabilitySet":
        yield Rejection("VMSSRequiredForAvailabilityZone", "Availability zones need a scale set.", target=target)
    if context.network.get("loadBalancerSku", "standard").lower() == "basic":
        yield Rejection(
            "SLBRequiredForAvailabilityZone", "Availability zones need a standard load balancer.", target=target
        )
    offered = [] if context.location in regions.WITHOUT_ZONES else ["1", "2", "3"]
    missing = [zone for zone in zones if str(zone) not in offered]
    if missing:
        yield Rejection(
            "AvailabilityZoneNotSupported",
            f"Preflight validation check for resource(s) for container service {ids.name(context.cluster_id)} failed. "
            f"Message: The zone(s) '{', '.join(missing)}' for resource '{pool['name']}' is not supported. "
            f"The supported zones for location '{context.location}' are '{', '.join(offered)}'",
            target=target,
        )


def _taint_refusals(pool: Body) -> Iterator[Rejection]:
    is_system = pool.get("mode") == "System"
    if is_system and pool.get("osType") == "Windows":
        yield Rejection("SystemPoolMustBeLinux", "A system pool must run Linux.", target="agentPoolProfile.osType")
    if is_system and pool.get("scaleSetPriority") == "Spot":
        yield Rejection(
            "SystemPoolMustBeRegular",
            "A system pool cannot be of spot VMs.",
            target="agentPoolProfile.scaleSetPriority",
        )
    for taint in pool.get("nodeTaints") or []:
        form = _TAINT.fullmatch(taint)
        if not form:
            yield _invalid("nodeTaints", f"'{taint}' is not key=value:effect")
        elif is_system and form[3] != "PreferNoSchedule" and form[1] != _SYSTEM_TAINT:
            yield Rejection(
                "SystemPoolHasRestrictedTaint",
                f"System pool '{pool['name']}' has restricted taint '{taint}': its own pods could not run.",
                target="agentPoolProfile.nodeTaints",
            )


def _version_refusals(pool: Body, before: Body | None, context: ClusterContext) -> Iterator[Rejection]:
    wanted = pool.get("orchestratorVersion")
    if not wanted:
        return
    version = kubernetes_versions.resolved(wanted)
    current = before["currentOrchestratorVersion"] if before else None
    if version is None and wanted != current:
        yield Rejection(
            "AgentPoolK8sVersionNotSupported",
            f"Version {wanted} is not supported in this region. Please use [az aks get-versions] command to get the "
            "supported version list in this region. For more information, please check "
            "https://aka.ms/supported-version-list",
            target="agentPoolProfile.orchestratorVersion",
        )
    version = version or wanted
    if current and not kubernetes_versions.is_upgrade_allowed(current, version):
        yield Rejection(
            "AgentPoolUpgradeVersionNotAllowed",
            f"Upgrading agent pool {pool['name']} from version {current} to {version} is not allowed: "
            "no downgrade, and no minor version may be skipped.",
            target="agentPoolProfile.orchestratorVersion",
        )
    yield from _skew_refusals(version, context.version)


def _skew_refusals(node: str, control_plane: str) -> Iterator[Rejection]:
    behind = kubernetes_versions.minor(control_plane) - kubernetes_versions.minor(node)
    are = f"Node pool version {node} and control plane version {control_plane} are incompatible."
    if kubernetes_versions.numbers(node) > kubernetes_versions.numbers(control_plane):
        yield Rejection(
            "NodePoolMcVersionIncompatible",
            f"{are} Minor version of node pool version {kubernetes_versions.minor(node)} is bigger than control plane "
            f"version {kubernetes_versions.minor(control_plane)}. For more information, please check "
            "https://aka.ms/version-skew-policy.",
        )
    if behind > 2:
        yield Rejection(
            "NodePoolMcVersionIncompatible",
            f"{are} Minor version of node pool cannot be more than 2 versions less than control plane's version. "
            "For more information, please check https://aka.ms/version-skew-policy.",
        )


def _change_refusals(pool: Body, before: Body) -> Iterator[Rejection]:
    for name in _CREATE_ONLY:
        sent, present = pool.get(name), before.get(name)
        if sent is not None and str(sent).lower() != str(present).lower():
            yield Rejection(
                "PropertyChangeNotAllowed",
                f"Changing property 'properties.{name}' is not allowed.",
                target=f"properties.{name}",
            )
