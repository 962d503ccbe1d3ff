"""The content of the lab → a table, and commands to try."""

from collections import Counter
from pathlib import Path
from typing import Any

from rich.table import Table

from mesh.lab import stack
from mesh.lab.paths import Lab
from mesh.lab.servers import RunningServer

_COUNTED = {
    "security groups": "azure-native:network:NetworkSecurityGroup",
    "Helm releases": "kubernetes:helm.sh/v3:Release",
    "gateways": "kubernetes:networking.istio.io/v1:Gateway",
    "service entries": "kubernetes:networking.istio.io/v1:ServiceEntry",
    "workload entries": "kubernetes:networking.istio.io/v1:WorkloadEntry",
    "authorization policies": "kubernetes:security.istio.io/v1:AuthorizationPolicy",
}


def standing(outputs: dict[str, Any], contents: Counter[str]) -> Table:
    table = Table("what stands", "", title=f"stack {stack.NAME}", title_justify="left", show_header=False)
    for kind in ("networks", "clusters", "machines"):
        table.add_row(kind, ", ".join(outputs.get(kind, {})) or "none")
    for kind in ("workloads", "routes"):
        table.add_row(kind, str(outputs.get(kind, 0)))
    for kind, token in _COUNTED.items():
        if contents[token]:
            table.add_row(kind, str(contents[token]))
    table.add_row("resources in all", str(contents.total()))
    return table


def servers(running: tuple[RunningServer, ...]) -> Table:
    table = Table("server", "process", "port", title="servers", title_justify="left")
    for server in running:
        table.add_row(server.name, str(server.pid), "" if server.port is None else str(server.port))
    return table


def next_steps(lab: Lab) -> tuple[str, ...]:
    """Commands to try, with paths as short as they can be from here."""
    kubeconfigs = sorted(lab.kubeconfigs.glob("*.yaml"))
    return (
        f". {_short(lab.environment_file)} && pulumi preview -s {stack.NAME}",
        *(f"kubectl --kubeconfig {_short(path)} get authorizationpolicies -A" for path in kubeconfigs),
        "make down",
    )


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
