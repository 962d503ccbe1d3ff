"""A project of two networks, runs of it that are killed at a chosen moment, and what a recovery leaves."""

import io
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import file_provider
import pulumi_projects
from rich.console import Console

from mesh.engine import recovery
from mesh.engine.runs import Engine
from mesh.terminal.progress import Report

GROUP = f"subscriptions_{file_provider.SUBSCRIPTION}_resourceGroups_g"
NETWORKS = f"{GROUP}_providers_Microsoft.Network_virtualNetworks"
PROGRAM = """
import os
import pulumi
class Resource(pulumi.CustomResource):
    def __init__(self, kind, name, after=(), **inputs):
        inputs = {"resourceGroupName": "g", "hold": os.path.abspath(f"held/{name}"), **inputs}
        super().__init__(f"azure-native:{kind}", name, inputs, pulumi.ResourceOptions(depends_on=list(after)))
group = Resource("resources:ResourceGroup", "group")
for name in ("east", "west"):
    network = Resource("network:VirtualNetwork", name, [group], virtualNetworkName=name)
    Resource("network:Subnet", f"{name}-nodes", [network], virtualNetworkName=name, subnetName="nodes")
"""
FILES = {
    "group": f"{GROUP}.json",
    "east": f"{NETWORKS}_east.json",
    "west": f"{NETWORKS}_west.json",
    "east-nodes": f"{NETWORKS}_east_subnets_nodes.json",
    "west-nodes": f"{NETWORKS}_west_subnets_nodes.json",
}
EVERYTHING = {*FILES.values()}


def project(folder: Path, **variables: str) -> pulumi_projects.Project:
    """With an empty stack `lab`; the variables say where it keeps its state, where that is no folder."""
    made = pulumi_projects.project(folder, variables, azure_native="3.29.0")
    made.write(PROGRAM)
    (made.folder / "Pulumi.lab.yaml").write_text(
        f"{(made.folder / 'Pulumi.lab.yaml').read_text()}"
        f"config:\n  azure-native:subscriptionId: {file_provider.SUBSCRIPTION}\n"
    )
    return made


def engine(project: pulumi_projects.Project) -> Engine:
    return Engine(Path(pulumi_projects.ENGINE), project.folder, "lab", project.environment)


def recovered(project: pulumi_projects.Project) -> str:
    """What a recovery prints, which leaves nothing to recover."""
    printed = io.StringIO()
    report = Report(Console(file=printed, width=400))
    recovery.recover(engine(project), recovery.interruption(engine(project)), report, project.folder / "log")
    assert not recovery.interruption(engine(project))
    return printed.getvalue()


def state(project: pulumi_projects.Project) -> dict:
    return json.loads(engine(project).answer("stack", "export", "--stack", "lab"))["deployment"]


def kill_up(project: pulumi_projects.Project, *names: str) -> None:
    """An update that is killed while it creates these, which exist already."""
    with up_to(project, *names) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    pending = {operation["resource"]["urn"].rpartition("::")[2] for operation in state(project)["pending_operations"]}
    assert {*names} <= pending, "others may be under way beside these"


@contextmanager
def up_to(project: pulumi_projects.Project, *names: str) -> Iterator[subprocess.Popen[str]]:
    """An update in the middle of creating these, which exist already."""
    (project.folder / "held").mkdir()
    for name in names:
        (project.folder / "held" / name).touch()
    process = project.start("up", "--yes", "--skip-preview", "-s", "lab")
    wait_until(lambda: {FILES[name] for name in names} <= project.resources)
    yield process
    shutil.rmtree(project.folder / "held")


def lose(project: pulumi_projects.Project, name: str) -> None:
    (project.folder / "resources" / FILES[name]).unlink()


def wait_until(claim: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 90
    while not claim():
        assert time.monotonic() < deadline
        time.sleep(0.01)
