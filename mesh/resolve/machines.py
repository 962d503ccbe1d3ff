"""Declared machines, into the model's, each with the cluster it joins."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address

from mesh import addresses, model
from mesh.declaration import spec, spelling, supported_versions
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Problem
from mesh.resolve import machine_images, networks, references


def resolved(
    declared: Declared, by_network: Mapping[str, model.Network], by_cluster: Mapping[str, model.Cluster]
) -> Mapping[str, model.Machine]:
    return {
        name: model.Machine(
            name=name,
            network=by_network[machine.network],
            address=machine.address,
            joins=by_cluster[machine.joins or next(iter(by_cluster))],
            created=_created(machine, declared.environment.ssh_key),
            internet=machine.internet or _has_sidecar(declared, name),
        )
        for name, machine in sorted(declared.environment.machines.items())
    }


def problems(declared: Declared) -> Iterator[Problem]:
    for name, machine in declared.environment.machines.items():
        yield from references.problems(declared, ("machines", name, "network"), "networks", machine.network)
        yield from _joining_problems(declared, name, machine)
        yield from _creation_problems(declared, name, machine)
        yield from _address_problems(declared, name, machine)
        if "internet" in machine.model_fields_set and _has_sidecar(declared, name):
            yield Problem(
                ("machines", name, "internet"),
                f"{name} runs a sidecar, which asks the API server for tokens, so it may always call the internet",
                "Remove internet",
            )
    yield from _shared_addresses(declared)
    yield from _room_problems(declared)
    yield from _missing_key(declared)


def _created(machine: spec.Machine, ssh_key: str | None) -> model.MachineSpecification | None:
    if machine.existing or machine.size is None or ssh_key is None:
        return None
    return model.MachineSpecification(machine.size, machine.image, ssh_key, machine.zone, machine.instances)


def _has_sidecar(declared: Declared, name: str) -> bool:
    return any(workload.sidecar and name in workload.machines for workload in declared.environment.workloads.values())


def _joining_problems(declared: Declared, name: str, machine: spec.Machine) -> Iterator[Problem]:
    clusters = declared.environment.clusters
    if machine.joins is None:
        if len(clusters) != 1 and not any(path[0] == "clusters" for path in declared.broken):
            yield Problem(
                ("machines", name),
                f"joins is missing, and there are {len(clusters)} clusters to choose from"
                if clusters
                else "a machine gets its configuration and certificates from a cluster, and there is none",
                f"Add joins: with one of {spelling.listed(sorted(clusters))}" if clusters else "Declare a cluster",
            )
            return
    else:
        yield from references.problems(declared, ("machines", name, "joins"), "clusters", machine.joins)
    cluster = clusters.get(machine.joins or next(iter(clusters), ""))
    if cluster and networks.are_apart(declared, machine.network, cluster.network):
        yield Problem(
            ("machines", name, "joins" if machine.joins else "network"),
            f"the networks {machine.network} and {cluster.network} are not peered, so {name} cannot reach the "
            "cluster it joins",
            f"Add {machine.network} to networks.{cluster.network}.peers",
        )


def _creation_problems(declared: Declared, name: str, machine: spec.Machine) -> Iterator[Problem]:
    if machine.existing:
        for key in sorted(machine.model_fields_set & {"size", "image", "zone", "instances"}):
            yield Problem(
                ("machines", name, key),
                f"{key} is for a machine that is created, and this one exists",
                f"Remove {key}, or existing: true",
            )
        return
    if machine.size is None:
        yield Problem(
            ("machines", name),
            "size is missing; a machine that is created needs one",
            "Add size: Standard_D2s_v5, or existing: true for a machine that is there already",
        )
    yield from machine_images.problems(name, machine)
    network = declared.environment.networks.get(machine.network)
    if machine.zone and network and networks.location(declared, network) in supported_versions.REGIONS_WITHOUT_ZONES:
        yield Problem(
            ("machines", name, "zone"),
            f"the region {networks.location(declared, network)} has no availability zones",
            "Remove zone",
        )


def _address_problems(declared: Declared, name: str, machine: spec.Machine) -> Iterator[Problem]:
    if machine.address is None:
        if machine.instances is None:
            yield Problem(
                ("machines", name),
                "address is missing; a single machine needs one",
                "Add address: with one of its network's machines subnet"
                + ("" if machine.existing else ", or instances: 3 for a scale set"),
            )
        return
    if machine.instances is not None:
        yield Problem(
            ("machines", name, "address"),
            "the instances of a scale set come and go, and Azure gives each an address",
            "Remove address, or instances",
        )
        return
    network = networks.sound(declared, machine.network)
    if network is None:
        return
    subnet = networks.subnet(network, "machines")
    if not addresses.is_usable(machine.address, subnet):
        kept = machine.address in subnet
        yield Problem(
            ("machines", name, "address"),
            f"{machine.address} is reserved by Azure: the first four addresses of {subnet} and the last"
            if kept
            else f"{machine.address} is outside {subnet}, the machines subnet of {machine.network}",
            f"Choose one from {addresses.first(subnet)} to {addresses.last(subnet)}"
            + ("" if kept else f", or set networks.{machine.network}.subnets.machines"),
        )


def _shared_addresses(declared: Declared) -> Iterator[Problem]:
    owner: dict[IPv4Address, str] = {}
    for name, machine in sorted(declared.environment.machines.items()):
        if machine.address is not None and owner.setdefault(machine.address, name) != name:
            yield Problem(
                ("machines", name, "address"),
                f"{machine.address} is already the address of {owner[machine.address]}",
                "Give each machine its own",
            )


def _room_problems(declared: Declared) -> Iterator[Problem]:
    standing: dict[str, int] = {}
    for name, machine in sorted(declared.environment.machines.items(), key=lambda each: each[1].instances or 0):
        network = networks.sound(declared, machine.network)
        standing[machine.network] = needed = standing.get(machine.network, 0) + (machine.instances or 1)
        if network is None or machine.instances is None:
            continue
        subnet = networks.subnet(network, "machines")
        if needed > addresses.room(subnet):
            yield Problem(
                ("machines", name, "instances"),
                f"with these there are {needed} machines in {subnet}, the machines subnet of {machine.network}, which "
                f"has room for {addresses.room(subnet)}",
                f"Declare fewer, or a larger networks.{machine.network}.subnets.machines",
            )


def _missing_key(declared: Declared) -> Iterator[Problem]:
    created = sorted(name for name, machine in declared.environment.machines.items() if not machine.existing)
    if created and declared.environment.ssh_key is None and ("ssh_key",) not in declared.broken:
        yield Problem(
            (),
            f"ssh_key is missing; {created[0]} is created, and Azure needs an SSH key to create it",
            "Add ssh_key: with the one line of id_ed25519.pub",
        )
