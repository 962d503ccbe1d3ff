"""Declared ports, into the model's: protocols by the port's name where none is given."""

from collections.abc import Iterator, Mapping

from mesh import model
from mesh.declaration import spec, spelling
from mesh.declaration.problems import Problem
from mesh.model import HTTP, Protocol

_BY_NAME: Mapping[str, Protocol] = {
    "http": "http",
    "http2": "http2",
    "grpc": "grpc",
    "tcp": "tcp",
    "tls": "tls",
    "https": "tls",
    **dict.fromkeys(("sql", "postgres", "mysql", "redis", "mongo"), "tcp"),
}
"""The part of a port's name before its first hyphen."""

_ISTIO = frozenset({*range(15000, 15011), 15012, 15014, 15017, 15020, 15021, 15053, 15090})
"""https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio"""
_SSH = 22
"""The sidecar of a machine leaves it alone, so that its administrators are not locked out."""


def resolved(workload: spec.Workload) -> tuple[model.Port, ...]:
    ports = ((name, port, protocol(workload, name, port)) for name, port in sorted(workload.ports.items()))
    return tuple(
        model.Port(name, port.number, port.service or port.number, speaks) for name, port, speaks in ports if speaks
    )


def protocol(workload: spec.Workload, name: str, port: spec.Port) -> Protocol | None:
    """None where nothing says it. Databases speak first or in their own way, which only tcp carries."""
    if workload.kind != "service":
        return "tcp"
    return port.protocol or _BY_NAME.get(name.partition("-")[0])


def speaks_http(protocol: Protocol | None) -> bool:
    return protocol in HTTP


def problems(name: str, workload: spec.Workload, *, sidecar: bool) -> Iterator[Problem]:
    owner: dict[int, str] = {}
    for port_name, port in sorted(workload.ports.items()):
        path = ("workloads", name, "ports", port_name)
        yield from _protocol_problems(name, workload, port_name, port)
        if sidecar and port.number in _ISTIO:
            yield Problem(
                path, f"the sidecar itself uses port {port.number}", "Let the workload listen on another port"
            )
        elif sidecar and port.number == _SSH and workload.machines:
            yield Problem(path, "the sidecar of a machine does not capture port 22, so nothing there is checked",
                          "Let the workload listen on another port")  # fmt: skip
        if owner.setdefault(port.number, port_name) != port_name:
            yield Problem(path, f"port {port.number} is already called {owner[port.number]}", "Give a number one name")


def _protocol_problems(name: str, workload: spec.Workload, port_name: str, port: spec.Port) -> Iterator[Problem]:
    path = ("workloads", name, "ports", port_name)
    said, meant = port.protocol, _BY_NAME.get(port_name.partition("-")[0])
    if workload.kind != "service":
        if said not in {None, "tcp"}:
            yield Problem((*path, "protocol"), f"a {workload.kind} database is carried as tcp, not as {said}",
                          "Remove protocol")  # fmt: skip
    elif said is None and meant is None:
        yield Problem(
            path,
            f"the protocol is missing, and the name {port_name} does not imply one",
            f"Write {{number: {port.number}, protocol: tcp}}, or begin the name with one of "
            f"{spelling.listed(sorted(_BY_NAME))}",
        )
    elif said and meant and said != meant:
        yield Problem((*path, "protocol"), f"a port called {port_name} speaks {meant} to Istio, and protocol is {said}",
                      f"Rename the port to {said}, or remove protocol")  # fmt: skip
