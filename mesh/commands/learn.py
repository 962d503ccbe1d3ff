"""`mesh learn`: its arguments, and the routes that logged calls need."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mesh.commands import command_line, learn_write
from mesh.failures import Failure
from mesh.files import logs
from mesh.learn import lines, network, yaml_lines
from mesh.learn.calls import Calls
from mesh.learn.proposals import learned
from mesh.model import Environment
from mesh.views import learned as views


class Format(StrEnum):
    TABLE = "table"
    YAML = "yaml"
    JSON = "json"


def learn(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="LOGS", help="Log files, also gzipped; - is standard input. east=FILE is of cluster east."
        ),
    ],
    file: Annotated[Path, typer.Option("--file", "-f", help=command_line.FILE_HELP)] = command_line.DEFAULT_FILE,
    unused: Annotated[bool, typer.Option("--unused", help="List the declared routes that no line uses.")] = False,
    least: Annotated[int, typer.Option(min=1, help="How often a request must be answered to be proposed.")] = 1,
    write: Annotated[bool, typer.Option("--write", help="Add the proposed routes to the stack file.")] = False,
    format: Annotated[Format, typer.Option(help="yaml is for the stack file, json for scripts.")] = Format.TABLE,
) -> None:
    """Propose routes from what sidecars and gateways log. Changes nothing, except with --write.

    Ends with 0 where it can read the logs, with 1 where --write cannot add a route, with 2 where a file or the stack
    file is wrong or no line is readable.
    """
    environment = command_line.environment(file)
    calls, read, unreadable = _read(environment, files)
    result = learned(environment, calls, least)
    flows = network.opened(environment, tuple(proposal.route for proposal in result.proposals))
    summary = views.summary(result, calls, environment, read, unreadable)
    match format:
        case Format.JSON:
            command_line.show_json(views.data(result, calls, flows, read, unreadable))
        case Format.YAML:
            typer.echo("".join(map(yaml_lines.to_copy, result.proposals)), nl=False)
            typer.echo("\n".join(summary), err=True)
        case Format.TABLE:
            proposed = (views.sheet(result), views.network(flows), views.apart(result))
            first, *more = (views.unused(result),) if unused else proposed
            command_line.show_table(first, summary, command_line.console(), *more)
    if write:
        raise typer.Exit(learn_write.write(file, result.proposals))


def _read(environment: Environment, files: list[str]) -> tuple[Calls, int, int]:
    """The calls, and the number of lines that are some and of those that are none. Ends the command without any."""
    clusters, machines = environment.clusters, environment.machines
    places = {cluster.name for cluster in clusters} | {machine.name for machine in machines}
    calls, read, unreadable = Calls(environment), 0, 0
    try:
        for place, text in logs.lines(files, places):
            line = lines.line(text)
            if line is not None:
                read += 1
                calls.add(line, place)
            elif text.strip():
                unreadable += 1
    except Failure as failure:
        raise command_line.wrong_use(str(failure)) from None
    if not read:
        what = f"none of {unreadable:,} lines is a call" if unreadable else "the logs are empty"
        raise command_line.wrong_use(f"{what}. Give access logs of sidecars or gateways: kubectl logs -c istio-proxy")
    return calls, read, unreadable
