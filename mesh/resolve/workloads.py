"""Declared workloads, into the model's, each with what runs it."""

from collections.abc import Iterator, Mapping
from typing import get_args

from mesh import model
from mesh.declaration import spec, spelling
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Problem
from mesh.resolve import api_server, managed, own_parts, ports, references

_OUTSIDE = get_args(model.OutsideKind)
_API_SERVER_NAMESPACE = "default"


def resolved(
    declared: Declared,
    by_network: Mapping[str, model.Network],
    by_cluster: Mapping[str, model.Cluster],
    by_machine: Mapping[str, model.Machine],
) -> Mapping[str, model.Workload]:
    return {
        name: model.Workload(
            name=name,
            namespace=_API_SERVER_NAMESPACE if model.API_SERVER in hosts(workload) else workload.namespace,
            kind=workload.kind,
            ports=ports.resolved(workload),
            labels=own_parts.labels(name, workload),
            account=own_parts.account(name, workload),
            services=own_parts.services(name, workload),
            theirs=own_parts.theirs(workload),
            sidecar=has_sidecar(workload),
            clusters=tuple(by_cluster[cluster] for cluster in sorted(workload.cluster)),
            machines=tuple(by_machine[machine] for machine in sorted(workload.machines)),
            outside=_outside(workload, by_network),
        )
        for name, workload in sorted(declared.environment.workloads.items())
    }


def problems(declared: Declared) -> Iterator[Problem]:
    for name, workload in declared.environment.workloads.items():
        if name == "ingress":
            yield Problem(("workloads", name), "routes use ingress/NAME for gateways", "Choose another name")
        yield from _place_problems(name, workload)
        yield from _reference_problems(declared, name, workload)
        yield from _scale_set_problems(declared, name, workload)
        yield from ports.problems(name, workload, sidecar=has_sidecar(workload))
        yield from own_parts.problems(name, workload, in_mesh=is_in_mesh(workload))
        yield from _repeated_hosts(name, workload)
    yield from _shared_hosts(declared)
    yield from _shared_machine_ports(declared)
    yield from _shared_sidecars(declared)
    yield from own_parts.shared(declared)


def has_sidecar(workload: spec.Workload) -> bool:
    return workload.sidecar and is_in_mesh(workload)


def lacks_sidecar(workload: spec.Workload) -> bool:
    """Whether it runs somewhere, and without one."""
    return not has_sidecar(workload) and bool(workload.machines or hosts(workload))


def is_in_mesh(workload: spec.Workload) -> bool:
    return bool(workload.cluster or workload.machines)


def hosts(workload: spec.Workload) -> tuple[str, ...]:
    """Names outside the mesh that it is called by."""
    if workload.external:
        return tuple(model.API_SERVER if host in api_server.NAMES else host for host in workload.external.hosts)
    other = workload.managed or workload.function
    return (other.host,) if other else ()


def _outside(workload: spec.Workload, by_network: Mapping[str, model.Network]) -> model.Outside | None:
    if it := workload.managed:
        return managed.resolved(it.host, by_network[it.network], it.range, it.zone)
    if workload.function:
        return model.Outside("function", (workload.function.host,), None, None, None)
    if workload.external:
        return model.Outside("external", tuple(sorted(hosts(workload))), None, workload.external.range, None)
    return None


def _place_problems(name: str, workload: spec.Workload) -> Iterator[Problem]:
    path = ("workloads", name)
    inside = [key for key in ("cluster", "machines") if getattr(workload, key)]
    outside = [key for key in _OUTSIDE if getattr(workload, key)]
    empty = [key for key in ("cluster", "machines") if key in workload.model_fields_set and not getattr(workload, key)]
    for key in empty:
        yield Problem((*path, key), "the list is empty", f"Name where it runs, or remove {key}")
    if not inside and not outside and not empty:
        yield Problem(
            path,
            "it does not say where it runs",
            "Add cluster, machines or both, or one of managed, function and external",
        )
    if outside and (inside or len(outside) > 1):
        yield Problem(
            (*path, outside[-1]),
            f"{spelling.listed([*inside, *outside])} exclude each other: a workload is in the mesh or outside it",
            "Keep one, and declare the other under another name",
        )
    elif outside and "sidecar" in workload.model_fields_set:
        yield Problem((*path, "sidecar"), f"what is {outside[0]} has no sidecar in any case", "Remove sidecar")
    if workload.cluster and not workload.sidecar:
        yield Problem(
            (*path, "sidecar"),
            "only a workload on machines can do without a sidecar; pods always have one",
            "Remove sidecar, or move the workload to machines",
        )
    if workload.function and workload.kind != "service":
        yield Problem((*path, "kind"), f"a function is no {workload.kind} database", "Remove kind")


def _reference_problems(declared: Declared, name: str, workload: spec.Workload) -> Iterator[Problem]:
    for key, section in (("cluster", "clusters"), ("machines", "machines")):
        listed: tuple[str, ...] = getattr(workload, key)
        for position, reference in enumerate(listed):
            yield from references.problems(declared, ("workloads", name, key, position), section, reference)
        yield from references.repetitions(("workloads", name, key), listed, section.removesuffix("s"))
    if workload.managed:
        path = ("workloads", name, "managed", "network")
        yield from references.problems(declared, path, "networks", workload.managed.network)
        path = ("workloads", name, "managed", "range")
        yield from managed.problems(declared, path, workload.managed.network, workload.managed.range)


def _scale_set_problems(declared: Declared, name: str, workload: spec.Workload) -> Iterator[Problem]:
    """Without a sidecar nothing registers an instance, and nobody can write its address down."""
    machines = declared.environment.machines
    for position, reference in enumerate(workload.machines):
        if not workload.sidecar and reference in machines and machines[reference].instances is not None:
            yield Problem(
                ("workloads", name, "machines", position),
                f"{reference} is a scale set, whose instances come and go, and only a sidecar registers them",
                "Remove sidecar, or name machines that have an address",
            )


def _repeated_hosts(name: str, workload: spec.Workload) -> Iterator[Problem]:
    if workload.external:
        yield from references.repetitions(("workloads", name, "external", "hosts"), workload.external.hosts, "host")


def _shared_hosts(declared: Declared) -> Iterator[Problem]:
    """Istio keeps one entry for a host, or the ports of one, and calls to the rest are dropped."""
    owner: dict[str, str] = {}
    for name, workload in sorted(declared.environment.workloads.items()):
        numbers = sorted({port.number for port in workload.ports.values()})
        for host in dict.fromkeys(hosts(workload)):
            first = owner.setdefault(host, name)
            if first != name:
                known = {port.number for port in declared.environment.workloads[first].ports.values()}
                missing = [str(number) for number in numbers if number not in known]
                add = f"Add {'ports' if len(missing) > 1 else 'port'} {spelling.listed(missing or ['none'])} to {first}"
                yield Problem(
                    ("workloads", name),
                    f"{host} is already a host of the workload {first}; a host belongs to one workload",
                    f"{add}, and route to {first}" if missing else f"Route to {first} instead",
                )


def _shared_sidecars(declared: Declared) -> Iterator[Problem]:
    owner: dict[str, str] = {}
    for name, workload in sorted(declared.environment.workloads.items()):
        for position, machine in enumerate(workload.machines):
            if workload.sidecar and owner.setdefault(machine, name) != name:
                yield Problem(
                    ("workloads", name, "machines", position),
                    f"{owner[machine]} runs on {machine} too, and a machine has one sidecar and therefore one identity",
                    "Give one of them its own machine, or sidecar: false",
                )


def _shared_machine_ports(declared: Declared) -> Iterator[Problem]:
    owner: dict[tuple[str, int], str] = {}
    for name, workload in sorted(declared.environment.workloads.items()):
        for machine in dict.fromkeys(workload.machines):
            for port_name, port in sorted(workload.ports.items()):
                first = owner.setdefault((machine, port.number), name)
                if first != name:
                    yield Problem(
                        ("workloads", name, "ports", port_name),
                        f"port {port.number} of the machine {machine} is already {first}'s",
                        "Let one of them listen on another port",
                    )
