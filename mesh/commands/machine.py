"""`mesh machine`: a stack file and a machine → the files with which the machine joins the mesh."""

import base64
import binascii
import json
import os
import shutil
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from mesh import names
from mesh.declaration import problems
from mesh.declaration.problems import Invalid
from mesh.engine.runs import Engine, EngineFailed
from mesh.failures import Failure
from mesh.files import stacks
from mesh.files.secret_files import SecretFiles
from mesh.model import Environment
from mesh.plan import MachineFiles
from mesh.plan.resources import ApiServer, PublicFile, TextFile
from mesh.render import plan as planned
from mesh.terminal.exits import BAD_STACK_FILE

app = typer.Typer(help="Files for machines that exist already or have older files.", no_args_is_help=True)


@app.callback()
def _machine() -> None:
    pass


@app.command()
def files(
    file: Annotated[Path, typer.Argument(metavar="STACK_FILE", help="A stack file, such as stacks/Pulumi.prod.yaml.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the machine in the stack file.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="A new or empty folder.")],
    kubeconfig: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Kubeconfig of its cluster, from `az aks get-credentials --file`. Default: the outputs of the stack.",
        ),
    ] = None,
) -> None:
    """Write the files with which a machine joins the mesh, and install.sh, which installs them.

    Reads a stack file, the root certificate and the stack's outputs, and writes a folder. Run install.sh as root on the
    machine.

    Exit codes: 0 written, 2 wrong use or a bad stack file, 3 something is missing or cannot be written.
    """
    try:
        environment = stacks.environment(file)
    except Invalid as invalid:
        typer.echo(problems.report(invalid.problems, str(file)), err=True)
        raise typer.Exit(BAD_STACK_FILE) from None
    machine = _with_sidecar(environment, name)
    cluster = machine.machine.joins.name
    server = _of_kubeconfig(kubeconfig) if kubeconfig else _of_stack(file, cluster)
    secrets = SecretFiles.of(environment.name)
    texts = {item.path.lstrip("/"): _text(item, server, secrets) for item in machine.files}
    stacks.write(texts, out)
    for item in machine.files:
        (out / item.path.lstrip("/")).chmod(0o755 if item.executable else 0o644)
    typer.echo(_next_steps(environment, machine, out))


def _with_sidecar(environment: Environment, name: str) -> MachineFiles:
    plan = planned(environment)
    machines = {machine.machine.name: machine for machine in plan.machines}
    if name in machines:
        return machines[name]
    if name in plan.without_sidecar:
        protection = plan.without_sidecar[name]
        raise Failure(f"the machine {name} carries no sidecar, so there is nothing to install on it; {protection}.")
    known = f"Those with a sidecar: {', '.join(sorted(machines))}." if machines else "No machine has a sidecar."
    raise Failure(f"there is no machine {name}. {known}")


def _of_kubeconfig(path: Path) -> dict[str, str]:
    try:
        listed = yaml.safe_load(path.read_text(encoding="utf-8"))["clusters"][0]["cluster"]
        certificate = base64.b64decode(listed["certificate-authority-data"], validate=True).decode()
        return {"address": str(listed["server"]).rstrip("/"), "certificate": certificate}
    except OSError as error:
        raise Failure(f"{path}: cannot be read: {error.strerror}.") from None
    except (yaml.YAMLError, KeyError, IndexError, TypeError, UnicodeDecodeError, binascii.Error):
        raise Failure(f"{path}: is no kubeconfig with a cluster's server and certificate-authority-data.") from None


def _of_stack(file: Path, cluster: str) -> dict[str, str]:
    """The address and CA of the cluster's API server, from the outputs of the stack."""
    fix = "Or name the cluster's kubeconfig with --kubeconfig."
    command = shutil.which("pulumi")
    project = next((folder for folder in file.resolve().parents if (folder / "Pulumi.yaml").exists()), None)
    if command is None or project is None:
        missing = "pulumi is not on PATH" if command is None else f"there is no Pulumi.yaml above {file}"
        raise Failure(f"the API server of {cluster} is known by the stack's outputs, and {missing}. {fix}")
    stack = stacks.name(file)
    try:
        outputs = Engine(Path(command), project, stack, os.environ).answer("stack", "output", "--json", "-s", stack)
    except EngineFailed as failed:
        raise Failure(f"the outputs of stack {stack} cannot be read: {failed}\n{fix}") from None
    server: Any = json.loads(outputs).get("clusters", {}).get(cluster, {}).get("apiServer")
    if not server:
        raise Failure(f"stack {stack} has no output for the cluster {cluster}. Run pulumi up first. {fix}")
    return {"address": server["address"], "certificate": server["certificate"]}


def _text(file: TextFile, server: dict[str, str], secrets: SecretFiles) -> str:
    def text(part: str | PublicFile | ApiServer) -> str:
        match part:
            case ApiServer():
                return server[part.part]
            case PublicFile():
                return secrets.read(part.file)
            case _:
                return part

    return "".join(map(text, file.parts))


def _next_steps(environment: Environment, machine: MachineFiles, out: Path) -> str:
    identity = names.machine_identity(machine.machine)
    group = environment.resource_group
    script = out / machine.files[-1].path
    attach = (
        f"Attach its identity, once: az vm identity assign --name {machine.machine.name} --resource-group ITS_GROUP "
        f"--identities $(az identity show --name {identity} --resource-group {group} --query id --output tsv)\n"
        if machine.machine.created is None
        else ""
    )
    return (
        f"The files of {machine.machine.name} are in {out}; there is no secret among them.\n{attach}"
        f"Copy {script} to the machine and run it there: sudo sh {script.name}. Its sidecar starts anew."
    )
