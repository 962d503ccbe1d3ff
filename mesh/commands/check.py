"""`mesh check`: its arguments, and what it says."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from mesh import findings
from mesh.declaration import problems
from mesh.declaration.problems import Invalid
from mesh.files import stacks
from mesh.files.certificate_files import certificate_files
from mesh.files.secret_files import SecretFiles
from mesh.findings import Judged
from mesh.model import Environment
from mesh.render import plan
from mesh.terminal.exits import BAD_STACK_FILE, FOUND_SOMETHING
from mesh.views import findings as findings_view

Format = Literal["text", "json"]


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Stack files, such as stacks/Pulumi.prod.yaml.")],
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")] = False,
    notes: Annotated[bool, typer.Option("--notes", help="Show notes too, which are only counted otherwise.")] = False,
    output: Annotated[Format, typer.Option("--format", help="json is for scripts.")] = "text",
) -> None:
    """Validate stack files and the resulting plan, offline; also certificate files, if present.

    Ends with 2 if a stack file has problems, with 1 if the plan has errors; docs/findings.md lists them.
    """
    documents: list[dict[str, Any]] = []
    statuses = {0}
    for file in files:
        try:
            environment = stacks.environment(file)
        except Invalid as invalid:
            statuses.add(BAD_STACK_FILE)
            documents.append(
                {"file": str(file), "problems": [_problem(problem, str(file)) for problem in invalid.problems]}
            )
            if output == "text":
                typer.echo(problems.report(invalid.problems, str(file)), err=True)
            continue
        secrets = SecretFiles.of(environment.name)
        certificates = certificate_files(environment, secrets, str(file), datetime.now(UTC))
        judged = findings.assess(plan(environment), certificates)
        failing = bool(judged.of("error") or (strict and judged.of("warning")))
        statuses.add(FOUND_SOMETHING if failing else 0)
        documents.append({"file": str(file), "problems": [], **findings_view.document(judged)})
        if output == "text":
            _say(file, environment, judged, notes=notes, failing=failing)
    if output == "json":
        typer.echo(json.dumps(documents, indent=2))
    raise typer.Exit(max(statuses))


def _say(file: Path, environment: Environment, judged: Judged, *, notes: bool, failing: bool) -> None:
    for line in findings_view.lines(findings_view.shown(judged, notes=notes), str(file)):
        typer.echo(line, err=True)
    counted = findings_view.counts(judged)
    if failing:
        typer.echo(f"{file}: {counted}.", err=True)
    else:
        typer.echo(f"{file}: fine: {stacks.summary(environment)}{f'; {counted}' if counted else ''}.")


def _problem(problem: problems.Problem, file: str) -> dict[str, Any]:
    return {
        "file": problems.path_of(problem, file),
        "line": problem.line,
        "place": problem.place,
        "message": problem.message,
        "fix": problem.fix,
    }
