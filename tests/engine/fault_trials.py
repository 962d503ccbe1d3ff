"""Faults at the k-th request of an update, a destroy or the run after recovery, with the real engine.

`make test-faults` tries every request and prints a table. A trial converges when recovery and one more run bring what
is declared, the simulated Azure and the state hold the same, and a preview has nothing to do.
"""

import argparse
import io
import json
import os
import random
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pulumi_projects
from rich.console import Console

from mesh.engine import recovery
from mesh.engine.runs import Engine
from mesh.lab.arm import faults
from mesh.lab.arm.store import Store
from mesh.terminal.progress import Report

SUBSCRIPTION = "0b1f6471-1bf0-4dda-aec3-cb9272f09590"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/shop"
NETWORK = f"{GROUP}/providers/microsoft.network"
PROGRAM = """
import pulumi
from pulumi_azure_native import network, resources
group = resources.ResourceGroup("group", resource_group_name="shop", location="westeurope")
rules = network.NetworkSecurityGroup(
    "rules", network_security_group_name="rules", resource_group_name=group.name, location="westeurope")
networks = {}
for name, space in (("east", "10.10.0.0/16"), ("west", "10.20.0.0/16")):
    networks[name] = network.VirtualNetwork(
        name, virtual_network_name=name, resource_group_name=group.name, location="westeurope",
        address_space={"address_prefixes": [space]})
nodes = network.Subnet(
    "nodes", subnet_name="nodes", virtual_network_name=networks["east"].name, resource_group_name=group.name,
    address_prefix="10.10.0.0/24", network_security_group={"id": rules.id})
for here, there in (("east", "west"), ("west", "east")):
    network.VirtualNetworkPeering(
        f"{here}-{there}", virtual_network_peering_name=there, virtual_network_name=networks[here].name,
        resource_group_name=group.name, remote_virtual_network={"id": networks[there].id},
        opts=pulumi.ResourceOptions(depends_on=[nodes]))
"""
EVERYTHING = frozenset(
    {
        *(GROUP, f"{NETWORK}/networksecuritygroups/rules"),
        *(f"{NETWORK}/virtualnetworks/east", f"{NETWORK}/virtualnetworks/west"),
        f"{NETWORK}/virtualnetworks/east/subnets/nodes",
        f"{NETWORK}/virtualnetworks/east/virtualnetworkpeerings/west",
        f"{NETWORK}/virtualnetworks/west/virtualnetworkpeerings/east",
    }
)
Operation = Literal["up", "destroy"]
Totals = dict[tuple[str, str], Counter[str]]
"""By operation and fault."""

KILLS: Mapping[str, dict[str, Any]] = {"kill_before": {}, "kill_after": {}}
PASSING: Mapping[str, dict[str, Any]] = {
    "throttle": {"seconds": 1},
    "refuse": {"status": 503},
    "lose_answer": {},
    "reset_before": {},
    "reset_after": {},
    "malformed": {},
    "stall": {"seconds": 2},
}
"""What a client has to live through."""


@dataclass(frozen=True)
class Trial:
    operation: Operation
    fault: str
    request: int
    """Which one, from 0, meets the fault."""
    again: int | None = None
    """Which request of the run after recovery is killed as well."""


@dataclass
class Ground:
    """A project whose stack and simulated Azure can be put back to what they were."""

    project: pulumi_projects.Project
    requests: dict[Operation, int] = field(default_factory=dict)
    """How many an undisturbed run sends."""

    @property
    def store(self) -> Store:
        return Store(self.project.folder / "lab" / "azure.db")

    def keep(self, name: str) -> None:
        for part in ("state", "lab"):
            shutil.copytree(self.project.folder / part, self.project.folder / "kept" / name / part)

    def put_back(self, name: str) -> None:
        for part in ("state", "lab"):
            shutil.rmtree(self.project.folder / part)
            shutil.copytree(self.project.folder / "kept" / name / part, self.project.folder / part)

    def run(self, operation: str) -> int:
        return self.project.run(operation, "--yes", "--skip-preview", "-s", "lab").returncode

    def engine(self) -> Engine:
        return Engine(Path(pulumi_projects.ENGINE), self.project.folder, "lab", self.project.environment)

    def in_azure(self) -> frozenset[str]:
        return frozenset(row[0] for row in self.store.rows("select id from resources"))

    def in_state(self) -> list[str]:
        exported = json.loads(self.engine().answer("stack", "export", "--stack", "lab"))["deployment"]
        own = (one for one in exported.get("resources") or [] if one["type"].startswith("azure-native:"))
        return [one["id"].lower() for one in own]


def ground(folder: Path) -> Ground:
    """With the states `empty` and `up` kept, and the requests of both ways counted."""
    project = pulumi_projects.project(folder)
    (folder / "lab").mkdir()
    project.environment["HYBRID_MESH_LAB"] = str(folder / "lab")
    plugin = folder / "plugins" / "pulumi-resource-azure-native"
    pulumi_projects.script(plugin / plugin.name, sys.executable, "-P", "-m", "mesh.lab.providers.azure_native")
    done = project.run("plugin", "install", "resource", "azure-native", "3.29.0", "--file", str(plugin))
    assert done.returncode == 0, done.stdout
    settings = folder / "Pulumi.lab.yaml"
    settings.write_text(f"{settings.read_text()}config:\n  azure-native:subscriptionId: {SUBSCRIPTION}\n")
    project.write(PROGRAM)
    made = Ground(project)
    made.keep("empty")
    assert made.run("up") == 0, "an undisturbed update succeeds"
    made.requests["up"] = len(made.store.requests())
    made.keep("up")
    assert made.run("destroy") == 0, "an undisturbed destroy succeeds"
    made.requests["destroy"] = len(made.store.requests()) - made.requests["up"]
    return made


def tried(ground: Ground, trial: Trial) -> Counter[str]:
    """What a trial comes to: converged, orphaned, duplicated, as counts."""
    ground.put_back("empty" if trial.operation == "up" else "up")
    _switch_on(ground, trial.fault, trial.request)
    ground.run(trial.operation)
    if trial.again is not None:
        faults.switch_off(ground.store)
        recover(ground)
        _switch_on(ground, "kill_after", trial.again)
        ground.run(trial.operation)
    return outcome(ground, trial.operation)


def outcome(ground: Ground, operation: Operation) -> Counter[str]:
    """After a disturbed run: recovered, and run once more."""
    faults.switch_off(ground.store)
    recover(ground)
    ended = ground.run(operation) == 0
    azure, state = ground.in_azure(), ground.in_state()
    wanted = EVERYTHING if operation == "up" else frozenset[str]()
    settled = operation == "destroy" or _has_nothing_to_do(ground)
    return Counter(
        tried=1,
        converged=int(ended and settled and azure == wanted and frozenset(state) == wanted),
        orphaned=len(azure - frozenset(state)),
        duplicated=len(state) - len(set(state)),
    )


def _switch_on(ground: Ground, fault: str, request: int) -> None:
    parameters = KILLS.get(fault) or PASSING.get(fault) or {}
    faults.switch_on(ground.store, fault, skip=request, **parameters)  # type: ignore[arg-type]  # a kind by its name


def recover(ground: Ground) -> None:
    engine = ground.engine()
    if found := recovery.interruption(engine):
        recovery.recover(engine, found, Report(Console(file=io.StringIO())), ground.project.folder / "log")


def _has_nothing_to_do(ground: Ground) -> bool:
    return ground.project.run("preview", "--expect-no-changes", "-s", "lab").returncode == 0


def trials(requests: Mapping[Operation, int], share: float, luck: random.Random) -> Iterator[Trial]:
    """Every fault at every request, or a share of them drawn; after each kill one more in the run that follows."""
    for operation, count in requests.items():
        for fault in (*KILLS, *PASSING):
            for request in range(count):
                again = luck.randrange(count) if fault in KILLS and luck.random() < 0.5 else None
                if luck.random() < share:
                    yield Trial(operation, fault, request, again)


def _count(totals: Totals, operation: str, fault: str, trial: str, result: Counter[str]) -> None:
    totals.setdefault((operation, fault), Counter()).update(result)
    good = result["converged"] and not result["orphaned"] and not result["duplicated"]
    sys.stdout.write(f"{'✓' if good else '✗'} {trial} {dict(result)}\n")
    sys.stdout.flush()


def main() -> int:
    import state_troubles  # which builds upon this module

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of all trials, drawn (default: all)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--troubles", type=int, default=10, help="how often each trouble of the state is tried")
    parser.add_argument("--folder", type=Path, required=True, help="an empty folder to work in")
    given = parser.parse_args()
    made = ground(given.folder)
    totals: Totals = {}
    luck = random.Random(given.seed)
    for trial in trials(made.requests, given.share, luck):
        _count(totals, trial.operation, trial.fault, str(trial), tried(made, trial))
    for name, trouble in state_troubles.TROUBLES.items():
        if name in state_troubles.NEEDS_MOUNTS and not state_troubles.can_mount():
            sys.stdout.write(f"{name}: not tried, it takes root on Linux to give the state a disk of its own\n")
            continue
        for number in range(given.troubles):
            made.put_back("empty")
            trouble(made, luck)
            _count(totals, "up", name, f"{name} {number}", outcome(made, "up"))
    columns = ("tried", "converged", "orphaned", "duplicated")
    sys.stdout.write(f"seed {given.seed}, share {given.share}, requests {made.requests}\n")
    sys.stdout.write("| operation | fault | tried | converged | orphaned | duplicated |\n|---|---|---|---|---|---|\n")
    for (operation, fault), total in totals.items():
        sys.stdout.write(f"| {operation} | {fault} | {' | '.join(str(total[name]) for name in columns)} |\n")
    whole = sum(totals.values(), Counter())
    sys.stdout.write(f"| all | all | {' | '.join(str(whole[name]) for name in columns)} |\n")
    return 0 if whole["tried"] == whole["converged"] and not whole["orphaned"] and not whole["duplicated"] else 1


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    raise SystemExit(main())
