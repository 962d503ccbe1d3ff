"""Namespace settings → the namespaces that only observe."""

from collections.abc import Iterator

from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem
from mesh.resolve import references


def observing(declared: Declared) -> tuple[str, ...]:
    settings = declared.environment.namespaces
    return tuple(sorted(name for name, setting in settings.items() if setting.enforcement == "observe"))


def problems(declared: Declared) -> Iterator[Problem]:
    for name in declared.environment.namespaces:
        yield from reference_problems(declared, ("namespaces", name), name)


def reference_problems(declared: Declared, path: Path, name: str) -> Iterator[Problem]:
    """At most one: no workload is in the namespace. A broken workload may be the one."""
    environment = declared.environment
    known = {workload.namespace for workload in environment.workloads.values()}
    if environment.tracing:
        known.add(environment.tracing.zipkin.namespace)
    if name not in known and not any(part[0] in {"workloads", "tracing"} for part in declared.broken):
        yield references.unknown(path, "workload in a namespace", name, known, "Remove it")
