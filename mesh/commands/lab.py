"""`mesh lab`: arguments of the lab's commands."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mesh.lab import authority, environment, ingress_certificates, paths, stack, summary, turns
from mesh.lab.parts import engine, installed, istio, kubernetes, npm, plugins, scripts
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
        help="A folder that holds kube-apiserver, kube-controller-manager and etcd, instead of building them.",
        envvar="HYBRID_MESH_KUBE_BINARIES",
        exists=True,
        file_okay=False,
    ),
]


@app.command()
def up(kubernetes_binaries: KubernetesBinaries = None) -> None:
    """Install what is missing and bring stack `lab` up; run again, it goes on where it was interrupted."""
    console = Console()
    report, lab = Report(console), paths.lab()
    with exits.readable(report, again="make up", stack_file=stack.FILE), turns.taken(lab):
        stack.check_file()
        pulumi = stack.engine(lab, _install(lab, kubernetes_binaries, report))
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
    """Destroy stack `lab` and end every server of the lab."""
    report, lab = Report(Console()), paths.lab()
    with exits.readable(report, again="make down"), turns.taken(lab):
        command = engine.installed(lab)
        if command and lab.state.exists():
            pulumi = stack.engine(lab, command)
            stack.prepare(lab, pulumi, report)
            stack.take_down(lab, pulumi, report)
        Servers(lab).halt()
        report.line("✓ Nothing of the lab is left running.", style="green")


@app.command()
def status() -> None:
    """What is installed, which servers run, what the stack holds."""
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
    """Install what the lab needs, and bring nothing up: what the tests run on."""
    report, lab = Report(Console()), paths.lab()
    with exits.readable(report, again="make test"), turns.taken(lab):
        _install(lab, kubernetes_binaries, report)


@app.command(hidden=True, name="test-parts")
def test_parts() -> None:
    """Install what only tests need: an emulator of blob storage, and a headless browser."""
    report, lab = Report(Console()), paths.lab()
    with exits.readable(report, again="make test"), turns.taken(lab):
        npm.install(lab, report)


def _install(lab: paths.Lab, kubernetes_binaries: Path | None, report: Report) -> Path:
    command = engine.install(lab, report)
    plugins.install(lab, command, report)
    istio.install(lab, report)
    kubernetes.install(lab, kubernetes_binaries, report)
    scripts.write_mesh(lab)
    environment.write_file(lab)
    return command
