"""What a workload is found, called and known by: its labels, its Services, its account."""

from collections.abc import Iterator, Mapping
from typing import Literal

from mesh.declaration import spec, spelling
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Problem

_ZIPKIN = "zipkin"


def labels(name: str, workload: spec.Workload) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((workload.labels or {"app": name}).items()))


def account(name: str, workload: spec.Workload) -> str:
    return workload.account.name or name


def services(name: str, workload: spec.Workload) -> tuple[str, ...]:
    """In the order of the file: the first is the one that settings name."""
    return (workload.service.name or (name,)) if workload.ports else ()


def theirs(workload: spec.Workload) -> frozenset[Literal["service", "account"]]:
    parts: tuple[tuple[Literal["service", "account"], str], ...] = (
        ("service", workload.service.owner),
        ("account", workload.account.owner),
    )
    return frozenset(part for part, owner in parts if owner == "theirs")


def problems(name: str, workload: spec.Workload, *, in_mesh: bool) -> Iterator[Problem]:
    path, said = ("workloads", name), workload.model_fields_set
    if not in_mesh:
        for key in sorted(said & {"labels", "account", "service"}):
            text = f"what runs outside the mesh has no {key} in Kubernetes"
            yield Problem((*path, key), text, f"Remove {key}")
        for port_name, port in sorted(workload.ports.items()):
            if port.service is not None:
                text = "what runs outside the mesh is called where it listens: no Service is in between"
                yield Problem((*path, "ports", port_name, "service"), text, "Remove service")
        if not workload.ports:
            text = "the ports are missing, and without any nobody can call it"
            yield Problem((*path, "ports"), text, "Add those that its callers use, such as sql: 5432")
        return
    for key in sorted(theirs(workload)):
        if not workload.cluster:
            text = f"others make a {key} for pods, and {name} has no pods"
            yield Problem((*path, key, "owner"), text, "Remove owner, or name the cluster of its pods")
    if "service" in said and not workload.ports:
        text = "without ports nobody calls it, so it has no Service"
        yield Problem((*path, "service"), text, "Remove service, or add ports")
    if "account" in said and not workload.sidecar:
        yield Problem((*path, "account"), "without a sidecar it has no identity in the mesh", "Remove account")
    yield from _numbers(name, workload)


def shared(declared: Declared) -> Iterator[Problem]:
    """Parts of two workloads of a namespace that are one: nobody could tell their calls apart."""
    workloads = {
        name: workload
        for name, workload in sorted(declared.environment.workloads.items())
        if workload.cluster or workload.machines
    }
    for key, of, why in (
        ("account", _accounts, "a pod that runs as it has the rights of both"),
        ("service", services, "one Service cannot lead to both"),
    ):
        owner: dict[tuple[str, str], str] = _of_tracing(declared)
        # At the one that chose it, where the other has its default.
        for name, workload in sorted(workloads.items(), key=lambda item: key in item[1].model_fields_set):
            for part in of(name, workload):
                first = owner.setdefault((workload.namespace, part), name)
                if first != name:
                    text = f"{part} is already the {key} of {first} in the namespace {workload.namespace}: {why}"
                    yield Problem(("workloads", name, key), text, "Give each its own")
    yield from _shared_labels(workloads)


def _accounts(name: str, workload: spec.Workload) -> tuple[str, ...]:
    return (account(name, workload),) if workload.sidecar else ()


def _of_tracing(declared: Declared) -> dict[tuple[str, str], str]:
    tracing = declared.environment.tracing
    return {(tracing.zipkin.namespace, _ZIPKIN): _ZIPKIN} if tracing and tracing.zipkin.cluster else {}


def _shared_labels(workloads: Mapping[str, spec.Workload]) -> Iterator[Problem]:
    """The pods of one must not be found by the labels of the other."""
    by_namespace: dict[str, list[str]] = {}
    for name, workload in workloads.items():
        by_namespace.setdefault(workload.namespace, []).append(name)
    for beside in by_namespace.values():
        found = {name: dict(labels(name, workloads[name])) for name in beside}
        chosen = [name for name in beside if workloads[name].labels]
        for name in chosen:
            for other in beside:
                if other != name and found[name].items() <= found[other].items():
                    said = spelling.listed(f"{label}: {value}" for label, value in found[name].items())
                    text = f"the pods of {other} have these labels too ({said}), so its policies would hold for both"
                    yield Problem(("workloads", name, "labels"), text, "Add a label that only its own pods have")
                    break


def _numbers(name: str, workload: spec.Workload) -> Iterator[Problem]:
    """A number of the Service leads to one port."""
    owner: dict[int, str] = {}
    for port_name, port in sorted(workload.ports.items()):
        number = port.service or port.number
        first = owner.setdefault(number, port_name)
        if first != port_name and (port.service or workload.ports[first].service):
            text = f"port {number} of its Service is already {first}'s"
            yield Problem(("workloads", name, "ports", port_name), text, "Give each its own number")
