"""The declared mesh, into the model's: its version, and the one to come beside it."""

from collections.abc import Iterator

from mesh import model
from mesh.declaration import spec
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem
from mesh.resolve import namespaces, references, workloads

_CANARY: Path = ("istio", "canary")


def resolved(istio: spec.Istio) -> model.Istio:
    return model.Istio(
        version=istio.version,
        trust_domain=istio.trust_domain,
        package_sha256=_checksums(istio.package_sha256),
        canary=_canary(istio.canary) if istio.canary else None,
    )


def problems(declared: Declared) -> Iterator[Problem]:
    istio = declared.environment.istio
    canary = istio.canary
    yield from _checksum_problems(("istio", "package_sha256"), istio.package_sha256)
    if canary is None:
        return
    yield from _checksum_problems((*_CANARY, "package_sha256"), canary.package_sha256)
    yield from _version_problems(istio.version, canary.version)
    yield from references.repetitions((*_CANARY, "namespaces"), canary.namespaces, "namespace")
    yield from references.repetitions((*_CANARY, "machines"), canary.machines, "machine")
    for position, namespace in enumerate(canary.namespaces):
        yield from namespaces.reference_problems(declared, (*_CANARY, "namespaces", position), namespace)
    for position, machine in enumerate(canary.machines):
        path: Path = (*_CANARY, "machines", position)
        yield from references.problems(declared, path, "machines", machine)
        if machine in declared.environment.machines and not _has_sidecar(declared, machine):
            yield Problem(path, f"{machine} carries no sidecar, so it asks no istiod", f"Remove {machine}")


def _canary(canary: spec.Canary) -> model.Canary:
    return model.Canary(
        version=canary.version,
        namespaces=tuple(sorted(canary.namespaces)),
        machines=tuple(sorted(canary.machines)),
        package_sha256=_checksums(canary.package_sha256),
    )


def _checksums(declared: spec.Checksums | None) -> tuple[tuple[str, str], ...]:
    by_architecture = declared.model_dump(exclude_none=True) if declared else {}
    return tuple(sorted(by_architecture.items()))


def _version_problems(version: str, canary: str) -> Iterator[Problem]:
    current, to_come = _numbers(version), _numbers(canary)
    path: Path = (*_CANARY, "version")
    if to_come < current:
        yield Problem(
            path,
            f"{canary} is older than {version}, which the other istiod has; the canary is the newer version",
            "Swap the two, and list under canary what has already moved",
        )
    elif to_come[0] != current[0] or to_come[1] > current[1] + 1:
        yield Problem(
            path,
            f"{canary} is more than one minor after {version}; Istio is upgraded one minor at a time",
            f"Write a version of {current[0]}.{current[1] + 1}",
        )


def _checksum_problems(path: Path, declared: spec.Checksums | None) -> Iterator[Problem]:
    if declared and not _checksums(declared):
        yield Problem(path, "it has no checksum", "Add amd64: or arm64:, or remove it")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _has_sidecar(declared: Declared, machine: str) -> bool:
    """A broken workload may be the one that has it there."""
    carried = any(
        machine in workload.machines and workloads.has_sidecar(workload)
        for workload in declared.environment.workloads.values()
    )
    return carried or any(part[0] == "workloads" for part in declared.broken)
