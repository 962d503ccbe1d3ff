"""`mesh ci`: what a pipeline says on its code host."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mesh.code_hosts.azure_devops import AzureDevOps, azure_devops
from mesh.code_hosts.github import GitHub, github
from mesh.code_hosts.texts import Marker
from mesh.engine import project
from mesh.failures import Failure
from mesh.terminal import exits
from mesh.terminal.progress import Report

app = typer.Typer(
    help="Says on GitHub or Azure DevOps what a preview or a drift found. Pipelines call it (docs/pipelines.md).",
    no_args_is_help=True,
)

Stack = Annotated[str, typer.Option("--stack", "-s", help="The stack, as Pulumi calls it, such as prod.")]
Text = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Markdown; - reads it from standard input.")]
Author = Annotated[
    str | None,
    typer.Option(envvar="MESH_CI_AUTHOR", help="Who writes on GitHub. Default: github-actions[bot]."),
]
WorkItem = Annotated[str, typer.Option(envvar="MESH_CI_WORK_ITEM", help="The type of work item on Azure DevOps.")]

_UNTOUCHED = "### Stack {stack}: no change\n\nThis pull request does not touch stack `{stack}` any more.\n"
_GONE = "Stack {stack} is again as it is declared."


@app.command()
def comment(
    stack: Stack,
    file: Text = None,
    untouched: Annotated[
        bool, typer.Option("--untouched", help="A comment that is there says that the stack is not touched any more.")
    ] = False,
    pull_request: Annotated[int | None, typer.Option(min=1, help="Its number. Default: that of the run.")] = None,
    author: Author = None,
) -> None:
    """Make FILE the pull request's comment about the stack. There is one: it is edited in place."""
    report = Report(Console(stderr=True))
    with exits.readable(report, again="the job"):
        if untouched == (file is not None):
            raise typer.BadParameter("FILE or --untouched is needed, and only one of them.")
        host = _host(pull_request, author, "Issue")
        text = _UNTOUCHED.format(stack=stack) if file is None else _read(file)
        report.line(f"{stack}: {host.comment(_marker('preview', stack), text, only_if_there=untouched)}")


@app.command()
def issue(
    stack: Stack,
    file: Text = None,
    none: Annotated[bool, typer.Option("--none", help="There is no drift: an open issue is closed.")] = False,
    author: Author = None,
    work_item: WorkItem = "Issue",
) -> None:
    """Make FILE the one open issue about the stack's drift; --none closes it."""
    report = Report(Console(stderr=True))
    with exits.readable(report, again="the job"):
        if none == (file is not None):
            raise typer.BadParameter("FILE or --none is needed, and only one of them.")
        host, marker = _host(None, author, work_item), _marker("drift", stack)
        if file is None:
            said = host.close_issue(marker, _GONE.format(stack=stack))
        else:
            said = host.open_issue(marker, f"Drift in stack {stack}", _read(file))
        report.line(f"{stack}: {said}")


def _host(pull_request: int | None, author: str | None, work_item: str) -> GitHub | AzureDevOps:
    if os.environ.get("GITHUB_ACTIONS") == "true":
        return github(os.environ, pull_request, author)
    if os.environ.get("TF_BUILD", "").lower() == "true":
        return azure_devops(os.environ, pull_request, work_item)
    raise Failure("This is neither a job of GitHub Actions (GITHUB_ACTIONS) nor of Azure Pipelines (TF_BUILD).")


def _marker(kind: str, stack: str) -> Marker:
    return Marker(kind, project.name(project.folder()), stack.rpartition("/")[2])


def _read(file: Path) -> str:
    text = sys.stdin.read() if str(file) == "-" else file.read_text(errors="replace")
    if not text.strip():
        raise Failure(f"{file} is empty, so there is nothing to say. The step before it failed.")
    return text
