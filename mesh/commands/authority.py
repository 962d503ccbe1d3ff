"""`mesh authority`: commands for the certificate authority (CA) of an environment."""

import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mesh.failures import Failure
from mesh.files import stacks
from mesh.files.secret_files import SecretFiles
from mesh.findings.certificates import certificate_authorities
from mesh.model import Environment
from mesh.pki import intermediates, signing
from mesh.pki.ca import folders, issuing, upkeep
from mesh.pki.certificates import Unreadable
from mesh.terminal import exits
from mesh.terminal.progress import Report
from mesh.views import authorities

_STANDARD_INPUT = "-"
_UNBOUNDED = 1000
"""Columns where the output goes to a file or a pipe, which cut nothing."""

app = typer.Typer(
    help="The certificate authority (CA) of an environment.",
    no_args_is_help=True,
)

StackFile = Annotated[Path, typer.Argument(metavar="STACK_FILE", help="A stack file, such as stacks/Pulumi.prod.yaml.")]
Folder = Annotated[
    Path, typer.Option("--authority", metavar="DIR", help="The folder with root-cert.pem and root-key.pem.")
]
RootKey = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="The key of the root, if it is not in that folder. - reads standard input."),
]
_FOLDER = Path("authority")


@app.command()
def init(
    trust_domain: Annotated[str, typer.Option(help="The trust domain of the stack file, such as shop.example.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="A new folder for the root.")] = _FOLDER,
    key: Annotated[signing.Kind, typer.Option(help="ec is P-256, rsa has 4096 bits.")] = "ec",
) -> None:
    """Make a root CA, valid for ten years.

    Writes root-cert.pem and root-key.pem. Move the key to a safe place, such as a Key Vault.

    Exit codes: 0 made, 3 the folder exists already or cannot be written.
    """
    report = Report(Console())
    with exits.readable(report, again="mesh authority init"):
        if not 0 < len(trust_domain) <= issuing.TRUST_DOMAIN_MAX:
            raise Failure(f"--trust-domain has up to {issuing.TRUST_DOMAIN_MAX} characters.")
        folders.write_root(out, issuing.root(trust_domain, key, _now()))
        report.line(f"✓ {out / folders.ROOT_CERTIFICATE} and {out / folders.ROOT_KEY}", style="green")
        report.line("Whoever has the key can be everyone in the mesh: it belongs in no state, repository or cluster.")


@app.command()
def issue(
    stack_file: StackFile,
    authority: Folder = _FOLDER,
    root_key: RootKey = None,
    root_also: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Other roots to trust too, while a root is replaced."),
    ] = None,
) -> None:
    """Issue an intermediate CA for each cluster that has no valid one.

    Reads a stack file and the root, and writes into the secrets of the environment. A valid CA is not changed.

    Exit codes: 0 all clusters have a valid CA, 2 a bad stack file, 3 the root or the secrets cannot be used.
    """
    report = Report(Console())
    with exits.readable(report, again=f"mesh authority issue {stack_file}", stack_file=str(stack_file)):
        environment = stacks.environment(stack_file)
        root, now = _root(authority, root_key), _now()
        also = folders.read_certificates(root_also) if root_also else ()
        for line in upkeep.issue(environment, SecretFiles.of(environment.name), root, also, now):
            report.line(line)


@app.command()
def show(stack_file: StackFile) -> None:
    """Show the CA of each cluster, and what is wrong with it.

    Reads a stack file and the secrets of its environment.

    Exit codes: 0 all are usable, 1 one is not usable, 2 a bad stack file, 3 a file cannot be read.
    """
    report = Report(Console())
    with exits.readable(report, again=f"mesh authority show {stack_file}", stack_file=str(stack_file)):
        environment = stacks.environment(stack_file)
        secrets, now = SecretFiles.of(environment.name), _now()
        _print_table(environment, secrets, now)
        clusters = tuple(cluster.name for cluster in environment.clusters)
        found = certificate_authorities.of_clusters(
            clusters, folders.intermediates(secrets, clusters), str(stack_file), now
        )
        failing = [finding for finding in found if finding.severity == "error"]
        for finding in found:
            mark, style = ("✗", "red") if finding in failing else ("!", "yellow")
            report.line(f"{mark} {finding.subject}: {finding.text}.", style=style)
        if failing:
            raise typer.Exit(exits.FOUND_SOMETHING)


@app.command()
def rotate(
    stack_file: StackFile,
    cluster: Annotated[str, typer.Argument(metavar="CLUSTER", help="The cluster that gets a new CA.")],
    authority: Folder = _FOLDER,
    root_key: RootKey = None,
) -> None:
    """Give a cluster a new CA below the same root.

    Keeps the old files beside the new ones.

    Exit codes: 0 issued, 2 a bad stack file, 3 the root or the secrets cannot be used.
    """
    report = Report(Console())
    with exits.readable(report, again=f"mesh authority rotate {stack_file} {cluster}", stack_file=str(stack_file)):
        environment = stacks.environment(stack_file)
        declared = [declaration.name for declaration in environment.clusters]
        if cluster not in declared:
            names = ", ".join(declared) or "none"
            raise Failure(f"{stack_file} has no cluster {cluster}. Its clusters: {names}.")
        root, now = _root(authority, root_key), _now()
        report.line(upkeep.rotate(environment, SecretFiles.of(environment.name), cluster, root, now))
        report.line(f"It signs once it is deployed: pulumi up --stack {environment.name}")


def _root(folder: Path, key: str | None) -> signing.Authority:
    """Raises Failure."""
    if key == _STANDARD_INPUT:
        return folders.root(folder / folders.ROOT_CERTIFICATE, sys.stdin.read(), "what came by standard input")
    file = Path(key) if key else folder / folders.ROOT_KEY
    return folders.root(folder / folders.ROOT_CERTIFICATE, folders.read_text(file), str(file))


def _print_table(environment: Environment, secrets: SecretFiles, now: datetime) -> None:
    """Of what can be read; what cannot is a finding."""
    readable: dict[str, intermediates.Intermediate] = {}
    for cluster, texts in folders.intermediates(
        secrets, tuple(declared.name for declared in environment.clusters)
    ).items():
        with suppress(Unreadable):
            readable[cluster] = intermediates.read(texts)
    if readable:
        width = None if sys.stdout.isatty() else _UNBOUNDED
        Console(highlight=False, width=width).print(authorities.table(readable, now))


def _now() -> datetime:
    return datetime.now(UTC)
