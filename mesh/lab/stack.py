"""The lab's stack, brought up and taken down by the engine."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mesh.engine import recovery
from mesh.engine.progress_events import Activity
from mesh.engine.runs import CHANGES_FOUND, SUCCEEDED, Engine
from mesh.failures import Failure
from mesh.files import stacks
from mesh.lab import environment, passphrases
from mesh.lab.paths import Lab, project
from mesh.lab.servers import Servers
from mesh.terminal.progress import Report

NAME = "lab"
FILE = f"stacks/Pulumi.{NAME}.yaml"


def check_file() -> None:
    """Raises Invalid or Failure before anything long begins."""
    stacks.environment(project() / FILE)
    if project() / FILE in locked_files():
        raise Failure(
            f"{FILE} has the encryptionsalt of another passphrase than the lab's. Remove that line, and the secret "
            "values that were encrypted with it; the lab writes a line of its own."
        )


def engine(lab: Lab, command: Path) -> Engine:
    return Engine(command, project(), NAME, environment.around(lab))


def select(lab: Lab, pulumi: Engine) -> None:
    """Makes a stack of every stack file that holds a salt of the lab's passphrase, so that each can be previewed here.

    With its salt a stack file stays as it is when its stack is made.
    """
    known = {stack["name"] for stack in json.loads(pulumi.answer("stack", "ls", "--json"))}
    for file in files():
        if (name := stacks.name(file)) not in known:
            pulumi.answer("stack", "init", name, "--no-select")
    pulumi.answer("stack", "select", NAME, "--create")


def files() -> list[Path]:
    """The stack files that can be previewed here; the lab's own also before it has a salt."""
    salts = dict(_salts())
    own = project() / FILE
    new = [own] if own.exists() and own not in salts else []
    return [*new, *(file for file, salt in salts.items() if passphrases.opens(environment.PASSPHRASE, salt))]


def locked_files() -> list[Path]:
    """The stack files whose secrets another passphrase opens; they cannot be previewed here."""
    return [file for file, salt in _salts() if not passphrases.opens(environment.PASSPHRASE, salt)]


def _salts() -> Iterator[tuple[Path, str]]:
    for file in sorted((project() / "stacks").glob("Pulumi.*.yaml")):
        if salt := passphrases.salt(file.read_text()):
            yield file, salt


def prepare(lab: Lab, pulumi: Engine, report: Report) -> None:
    """Makes what the engine needs before all else, and heals what a killed run or a restarted machine left behind."""
    lab.state.mkdir(parents=True, exist_ok=True)
    recovery.checkpoints.restore(pulumi)
    select(lab, pulumi)
    _start_servers(Servers(lab), report)
    interruption = recovery.interruption(pulumi)
    if interruption:
        recovery.recover(pulumi, interruption, report, _log(lab, "recover"))


def bring_up(lab: Lab, pulumi: Engine, report: Report) -> bool:
    """Whether anything had to change."""
    if contents(pulumi):
        with report.step(f"Comparing stack {NAME} with its stack file"):
            log = _log(lab, "preview")
            outcome = pulumi.run("preview", "--expect-no-changes", log=log, seen=lambda _: None)
        if outcome.status == SUCCEEDED:
            return False
        if outcome.status != CHANGES_FOUND:
            raise _failure("previewed", outcome.errors, log)
    _run(lab, pulumi, report, "up", f"Bringing stack {NAME} up")
    return True


def take_down(lab: Lab, pulumi: Engine, report: Report) -> None:
    if contents(pulumi):
        _run(lab, pulumi, report, "destroy", f"Taking stack {NAME} down")


def contents(pulumi: Engine) -> Counter[str]:
    """The number of resources of each type in the stack."""
    deployment = json.loads(pulumi.answer("stack", "export", "--stack", NAME))["deployment"]
    return Counter(resource["type"] for resource in deployment.get("resources") or () if resource.get("custom"))


def outputs(pulumi: Engine) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(pulumi.answer("stack", "output", "--json", "--stack", NAME))
    return values


def _start_servers(servers: Servers, report: Report) -> None:
    clusters = servers.clusters()
    expected = {f"{cluster}/{name}" for cluster in clusters for name in ("kube-apiserver", "kube-controller-manager")}
    if expected <= {server.name for server in servers.running()}:
        return
    with report.step("Starting the servers of " + ", ".join(clusters)):
        for cluster in clusters:
            servers.start(cluster)


def _run(lab: Lab, pulumi: Engine, report: Report, operation: str, title: str) -> None:
    log, activity = _log(lab, operation), Activity()
    with report.step(title, "a few minutes the first time" if operation == "up" else "") as step:

        def see(event: dict[str, Any]) -> None:
            activity.see(event)
            step.at(str(activity))

        outcome = pulumi.run(operation, "--yes", "--skip-preview", log=log, seen=see)
        if outcome.status != SUCCEEDED:
            raise _failure({"up": "brought up", "destroy": "taken down"}[operation], outcome.errors, log)


def _failure(done: str, errors: list[str], log: Path) -> Failure:
    shown = "\n".join(f"  {error}" for error in errors)
    return Failure(f"Stack {NAME} could not be {done}:\n{shown}\nAll that the engine said: {log}")


def _log(lab: Lab, operation: str) -> Path:
    return lab.root / "logs" / f"{time.strftime('%Y%m%d-%H%M%S')}-{operation}.log"
