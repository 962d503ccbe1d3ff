"""Problems of `failover`: places that Istio cannot tell apart."""

from collections.abc import Iterator

from mesh import model
from mesh.declaration import spec, spelling
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem
from mesh.declaration.spec.traffic import Traffic
from mesh.resolve import networks, references, workloads


def problems(declared: Declared, path: Path, name: str, traffic: Traffic) -> Iterator[Problem]:
    if traffic.failover is None:
        return
    callee = declared.environment.workloads[name]
    if traffic.outliers is None:
        yield Problem(
            path,
            "without outliers nothing notices a failing pod or machine, and calls still go to it",
            "Add outliers: {errors: 5}",
        )
    if not workloads.is_in_mesh(callee):
        yield Problem(path, f"{name} is outside the mesh, so the mesh does not know where it runs", "Remove failover")
    elif traffic.failover == model.NEAREST:
        yield from _nearest_problems(declared, path, name, callee)
    elif traffic.failover == model.OWN_CLUSTER:
        yield from _cluster_problems(path, name, callee)
    else:
        yield from _preferred_problems(declared, path, name, callee, traffic.failover)


def _nearest_problems(declared: Declared, path: Path, name: str, callee: spec.Workload) -> Iterator[Problem]:
    """Istio compares regions and zones, which it reads off nodes and, on a machine with a sidecar, off Azure."""
    if callee.machines and not callee.sidecar:
        yield Problem(path, f"{name} has no sidecar that could tell in which region it runs", "Remove failover")
        return
    environment = declared.environment
    clusters = [environment.clusters[cluster] for cluster in callee.cluster if cluster in environment.clusters]
    machines = [environment.machines[machine] for machine in callee.machines if machine in environment.machines]
    places = {*(cluster.network for cluster in clusters), *(machine.network for machine in machines)}
    homes = [environment.networks[network] for network in places if network in environment.networks]
    regions = {networks.location(declared, network) for network in homes}
    zones = {zone for cluster in clusters for pool in cluster.pools.values() for zone in pool.zones}
    zones |= {machine.zone for machine in machines if machine.zone}
    if len(regions) == 1 and (len(callee.cluster) > 1 or len(zones) < 2):
        fix = "Use failover: own-cluster, or name the cluster" if len(callee.cluster) > 1 else "Remove failover"
        yield Problem(
            path,
            f"all of {name} runs in {min(regions)}; nearest compares regions and zones, not clusters"
            if len(callee.cluster) > 1
            else f"all of {name} runs in {min(regions)}, without zones to choose from",
            fix,
        )


def _cluster_problems(path: Path, name: str, callee: spec.Workload) -> Iterator[Problem]:
    if not callee.cluster or (len(callee.cluster) == 1 and not callee.machines):
        place = f"the cluster {callee.cluster[0]}" if callee.cluster else "no cluster"
        yield Problem(path, f"{name} runs in {place} only, so there is nobody else to call", "Remove failover")


def _preferred_problems(
    declared: Declared, path: Path, name: str, callee: spec.Workload, preferred: str
) -> Iterator[Problem]:
    if preferred not in callee.cluster:
        known = {model.NEAREST, model.OWN_CLUSTER, *callee.cluster}
        yield references.unknown(path, f"cluster of {name} called", preferred, known, _words(callee))
    else:
        yield from _cluster_problems(path, name, callee)


def _words(callee: spec.Workload) -> str:
    return f"Write {spelling.listed([model.NEAREST, model.OWN_CLUSTER, *sorted(callee.cluster)])}"
