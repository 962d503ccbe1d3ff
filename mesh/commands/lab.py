"""`mesh lab`: commands for the whole environment on this machine."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mesh.lab import authority, environment, exclusive_use, ingress_certificates, paths, stack, summary
from mesh.lab.parts import checkov, definitions, engine, installed, istio, kubernetes, npm, plugins, scripts
from mesh.lab.servers import Servers
from mesh.terminal import exits
from mesh.terminal.progress import Report

app = typer.Typer(
    help="The whole environment on this machine: a simulated Azure, real API servers, the real Pulumi engine.",
    no_args_is_help=True,
)

KubernetesBinaries = Annotated[
    Path | None,
    typer.Option(
        help="Use kube-apiserver, kube-controller-manager and etcd of this folder; do not build them.",
        envvar="HYBRID_MESH_KUBE_BINARIES",
        exists=True,
        file_okay=False,
    ),
]


@app.command()
def up(kubernetes_binaries: KubernetesBinaries = None) -> None:
    """Install missing parts and bring stack `lab` up.

    After an interruption, run it again: it continues.

    Exit codes: 0 the stack is up, 2 a bad stack file, 3 it could not be brought up.
    """
    console = Console()
    report, lab = Report(console), paths.lab()
    with exits.readable(report, again="make up", stack_file=stack.FILE), exclusive_use.taken(lab):
        stack.check_file()
        pulumi = stack.engine(lab, _install(lab, kubernetes_binaries, report))
        for file in stack.locked_files():
            report.line(f"! stacks/{file.name} has the salt of another passphrase: it cannot be previewed in the lab.")
        authority.issue(lab, stack.files())
        ingress_certificates.issue(lab, stack.files())
        stack.prepare(lab, pulumi, report)
        if not stack.bring_up(lab, pulumi, report):
            report.line("✓ Nothing to change.", style="green")
        console.print(summary.standing(stack.outputs(pulumi), stack.contents(pulumi)))
        report.line("Try next:")
        for command in summary.next_steps(lab):
            report.line(f"  {command}")


@app.command()
def down() -> None:
    """Destroy stack `lab` and stop every server of the lab. Installed parts stay.

    Exit codes: 0 nothing is left running, 3 something could not be destroyed.
    """
    report, lab = Report(Console()), paths.lab()
    with exits.readable(report, again="make down"), exclusive_use.taken(lab):
        command = engine.installed(lab)
        if command and lab.state.exists():
            pulumi = stack.engine(lab, command)
            stack.prepare(lab, pulumi, report)
            stack.take_down(lab, pulumi, report)
        Servers(lab).halt()
        report.line("✓ Nothing of the lab is left running.", style="green")


@app.command()
def status() -> None:
    """Show installed parts, running servers and the resources of the stack.

    Exit codes: 0 shown, 3 the stack cannot be read.
    """
    console = Console()
    report, lab = Report(console), paths.lab()
    with exits.readable(report, again="mesh lab status"):
        console.print(installed.table(lab))
        running = Servers(lab).running()
        console.print(summary.servers(running) if running else "no server runs")
        command = engine.installed(lab)
        if command and lab.state.exists():
            pulumi = stack.engine(lab, command)
            stack.select(lab, pulumi)
            console.print(summary.standing(stack.outputs(pulumi), stack.contents(pulumi)))


@app.command(hidden=True)
def parts(kubernetes_binaries: KubernetesBinaries = None) -> None:
    """Install the parts of the lab and start nothing; the tests use them."""
    report, lab = Report(Console()), paths.lab()
    with exits.readable(report, again="make test"), exclusive_use.taken(lab):
        _install(lab, kubernetes_binaries, report)


@app.command(hidden=True, name="test-parts")
def test_parts() -> None:
    """Install what only tests need: an emulator of blob storage, a headless browser, Checkov, and others' CRDs."""
    report, lab = Report(Console()), paths.lab()
    with exits.readable(report, again="make test"), exclusive_use.taken(lab):
        npm.install(lab, report)
        checkov.install(lab, report)
        definitions.install(lab, report)


def _install(lab: paths.Lab, kubernetes_binaries: Path | None, report: Report) -> Path:
    command = engine.install(lab, report)
    plugins.install(lab, command, report)
    istio.install(lab, report)
    kubernetes.install(lab, kubernetes_binaries, report)
    scripts.write_mesh(lab)
    environment.write_file(lab)
    return command
