"""`mesh preview`: its arguments, what it brings together, and how it ends."""

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Literal

import typer
from rich.console import Console

from mesh.commands import command_line
from mesh.declaration import problems
from mesh.declaration.problems import Invalid
from mesh.engine import project, troubles
from mesh.engine.checked_out import CheckedOut
from mesh.failures import Failure
from mesh.files import redaction
from mesh.review import comment, documents
from mesh.review.comment import About
from mesh.review.comparison import Comparison, Consent
from mesh.review.horizon import Horizon
from mesh.review.picture import Host
from mesh.terminal.exits import BAD_STACK_FILE, FOUND_SOMETHING, JOB_FAILED
from mesh.terminal.progress import Report

Format = Literal["md", "json"]
_APPROVE = "HYBRID_MESH_APPROVE"


def preview(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack, as Pulumi calls it, such as prod.")],
    base: Annotated[
        str | None,
        typer.Option(
            metavar="REF", help="The revision that access is compared with. Default: where this branch began."
        ),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            envvar="HYBRID_MESH_ALLOW",
            help="A cluster, pool or network that may be lost, such as cluster/west; once for each.",
        ),
    ] = None,
    approve: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CALL",
            help=f'Access that may widen, such as "cart to orders:8080" or "*"; once for each, or by {_APPROVE}.',
        ),
    ] = None,
    host: Annotated[Host | None, typer.Option(help="Whose comment it becomes. Default: where it runs.")] = None,
    format: Annotated[Format, typer.Option(help="json is for scripts.")] = "md",
) -> None:
    """Show what a change does to access and to resources, as the comment of a pull request.

    Ends with 1 where access widens and nobody approves it, where a cluster, pool or network would be lost, or where
    Azure will refuse the change; with 2 where the stack file has problems, with 3 where the preview itself failed.
    """
    name, now = stack.rpartition("/")[2], datetime.now(UTC)
    again = f"mesh preview --stack {stack}{f' --base {base}' if base else ''} --format json"
    about = About("hybrid-mesh", name, None, again, now.date())
    shown = _Shown(format, host or _host(), redaction.without_secrets_of(stack))
    try:
        engine = project.engine(stack)
        about = replace(about, project=project.name(engine.project))
        change = CheckedOut(engine, name, now)
        declared = change.environment()
        before = change.before(base, declared)
        about = replace(about, base=before.name or None)
        consent = Consent(allow or (), _approved(approve), now.date())
        found, horizon = change.compared(declared, before.plan, consent, Report(Console(stderr=True)))
        status = FOUND_SOMETHING if found.stops else 0
        shown.comparison(about, found, horizon, status)
    except Invalid as invalid:
        status = shown.failure(about, problems.report(invalid.problems, f"stacks/Pulumi.{name}.yaml"), BAD_STACK_FILE)
    except Failure as failure:
        status = shown.failure(about, str(failure), JOB_FAILED)
    except BrokenPipeError:
        raise
    except OSError as error:
        status = shown.failure(about, troubles.of_system(error, stack), JOB_FAILED)
    except KeyboardInterrupt:
        status = shown.failure(about, "Interrupted. Nothing was changed.", JOB_FAILED)
    raise typer.Exit(status)


@dataclass(frozen=True)
class _Shown:
    """What is printed: the comment, or data."""

    format: Format
    host: Host
    without_secrets: Callable[[str], str]

    def comparison(self, about: About, found: Comparison, horizon: Horizon, status: int) -> None:
        if self.format == "json":
            command_line.show_json(documents.document(about, found, horizon, status))
        else:
            typer.echo(comment.comment(about, found, horizon, self.host), nl=False)
        sys.stdout.flush()

    def failure(self, about: About, message: str, status: int) -> int:
        """The comment says so too: an older one would be taken for this change's."""
        said = self.without_secrets(message)
        typer.echo(said, err=True)
        try:
            if self.format == "json":
                command_line.show_json(documents.failed(about, said, status))
            else:
                typer.echo(comment.failed(about, said), nl=False)
            sys.stdout.flush()
        except OSError:
            # Standard output takes nothing more; Python would try again at its end, and say so by a traceback.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return status


def _approved(options: list[str] | None) -> tuple[str, ...]:
    """Those of the variable stand in lines, or apart by semicolons: calls have spaces in them."""
    written = re.split(r"[;\n]", os.environ.get(_APPROVE, ""))
    return tuple(filter(None, map(str.strip, (*(options or ()), *written))))


def _host() -> Host:
    """Azure's pipelines set TF_BUILD."""
    return "azure-devops" if os.environ.get("TF_BUILD") else "github"
