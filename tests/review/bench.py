"""Time of `mesh preview` and `mesh drift` of stack prod, beside the engine's preview and refresh: `make bench-review`.

Prod is brought up first, in a lab of its own that goes with the bench: some minutes. Ours may take a fifth longer than
the engine; ends with 1 where it takes more.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import httpx
import whole_environments
from rich.console import Console

from mesh.lab import authority, environment, ingress_certificates, paths
from mesh.lab.arm.catalogue import catalogue
from mesh.lab.arm.resource_manager import ResourceManager
from mesh.lab.parts import engine, plugins
from mesh.lab.paths import CHECKOUT, Lab
from mesh.lab.servers import Servers
from mesh.terminal.progress import Report

_STACK = "prod"
_RUNS = 3
_MOST = 1.2
_GROUP = "/subscriptions/c0a8f2e6-91d4-4e0b-8f6d-7b2a5e9d3c40/resourceGroups/platform"
_VAULT = f"{_GROUP}/providers/Microsoft.KeyVault/vaults/shop-certificates"
_OF_VAULT = {
    "location": "westeurope",
    "properties": {
        "tenantId": "11111111-2222-4333-8444-555555555555",
        "sku": {"family": "A", "name": "standard"},
        "enableRbacAuthorization": True,
    },
}
_SECRETS = ("partners", "partners-authority", "partners-revoked")
QUIET = ("--non-interactive", "--suppress-progress")


def main() -> int:
    report, pulumi = Report(Console(stderr=True)), engine.installed(paths.lab())
    assert pulumi, "make up, or mesh lab parts, brings it"
    with tempfile.TemporaryDirectory(prefix="mesh-bench-") as folder, whole_environments.lab_of(Path(folder)) as lab:
        around = environment.around(lab, os.environ)
        with report.step(f"Bringing stack {_STACK} up in a lab of its own", "some minutes"):
            plugins.install(lab, pulumi, report)
            _bring_up(lab, around)
        return measured(around)


def measured(around: Mapping[str, str]) -> int:
    mesh = (sys.executable, "-m", "mesh")
    over = [
        _compared(
            f"preview of {_STACK}",
            around,
            ("pulumi", "preview", "--stack", _STACK, *QUIET),
            (*mesh, "preview", "--stack", _STACK, "--base", "HEAD"),
        ),
        _compared(
            f"refresh of {_STACK}",
            around,
            ("pulumi", "refresh", "--stack", _STACK, "--preview-only", *QUIET),
            (*mesh, "drift", "--stack", _STACK),
        ),
    ]
    return int(any(over))


def _bring_up(lab: Lab, around: Mapping[str, str]) -> None:
    """With what prod finds there and does not make: the vault of certificates of its partners."""
    file = CHECKOUT / f"stacks/Pulumi.{_STACK}.yaml"
    lab.state.mkdir()
    authority.issue(lab, [file])
    ingress_certificates.issue(lab, [file])
    application = ResourceManager(lab.database, catalogue(Servers(lab)))
    with httpx.Client(transport=httpx.WSGITransport(app=application), base_url="https://management.azure.com") as azure:
        there = {_GROUP: {"location": "westeurope"}, _VAULT: _OF_VAULT}
        there |= {f"{_VAULT}/secrets/{name}": {"properties": {"value": "x"}} for name in _SECRETS}
        for identity, body in there.items():
            azure.put(identity, params={"api-version": "2024-11-01"}, json=body).raise_for_status()
    _run(around, ("pulumi", "stack", "init", _STACK, "--no-select", "--non-interactive"), (0,))
    _run(around, ("pulumi", "up", "--stack", _STACK, "--yes", "--skip-preview", *QUIET), (0,))


def _compared(what: str, around: Mapping[str, str], engine: tuple[str, ...], ours: tuple[str, ...]) -> bool:
    """By turns, and of each the shortest run: the others waited for something else."""
    runs = [(_run(around, engine, (0,)), _run(around, ours, (0, 1))) for _ in range(_RUNS)]
    theirs, own = (min(seconds) for seconds in zip(*runs, strict=True))
    verdict = "met" if own <= theirs * _MOST else "NOT met"
    print(  # noqa: T201
        f"{what}: the engine {theirs:.1f} s, ours {own:.1f} s: {own / theirs - 1:+.0%}; "
        f"target at most {_MOST - 1:+.0%}: {verdict}"
    )
    return own > theirs * _MOST


def _run(around: Mapping[str, str], command: tuple[str, ...], fine: tuple[int, ...]) -> float:
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=paths.CHECKOUT, env=around, capture_output=True, text=True, check=False)
    if done.returncode not in fine:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}{done.stdout}")
    return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main())
