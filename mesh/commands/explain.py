"""`mesh explain`: a caller, a callee and a request → the trace of the call."""

import json
from collections.abc import Collection
from enum import StrEnum
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated

import typer

from mesh import model
from mesh.access import matrix, selection
from mesh.access.attempts import Attempt, Certificate, Request
from mesh.access.explanation import explanation
from mesh.access.gateways import Gateway
from mesh.access.judge import Judge
from mesh.access.world import World
from mesh.commands import command_line
from mesh.commands.command_line import DEFAULT_FILE, FILE_HELP
from mesh.declaration import spelling
from mesh.render import plan
from mesh.terminal import exits
from mesh.views import trace


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


def explain(
    caller: Annotated[
        str,
        typer.Argument(help="A workload, ingress/GATEWAY for its clients, or pod/NAMESPACE for an undeclared pod."),
    ],
    callee: Annotated[str, typer.Argument(help="A workload.")],
    port: Annotated[
        str | None,
        typer.Option(metavar="PORT", help="A port of the callee, by name or number. Default: all its ports."),
    ] = None,
    method: Annotated[
        str | None, typer.Option(metavar="METHOD", help="The HTTP method. Default with --path: GET.")
    ] = None,
    path: Annotated[str | None, typer.Option(metavar="PATH", help="The path. Default with --method: /.")] = None,
    host: Annotated[str | None, typer.Option(metavar="HOST", help="The host. Default: the callee's own.")] = None,
    header: Annotated[
        list[str] | None, typer.Option(metavar="'NAME: VALUE'", help="A header of the request. Repeat it for several.")
    ] = None,
    cert: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A name in the certificate of a gateway's client. Default: an accepted one."),
    ] = None,
    no_cert: Annotated[bool, typer.Option("--no-cert", help="The client shows no certificate.")] = False,
    address: Annotated[
        str | None,
        typer.Option(metavar="CIDR", help="The address of a gateway's client. Default: the declared ranges."),
    ] = None,
    around_sidecar: Annotated[
        bool, typer.Option("--around-sidecar", help="The caller bypasses its own sidecar, like an attacker.")
    ] = False,
    file: Annotated[Path, typer.Option(metavar="FILE", help=FILE_HELP, show_default=False)] = DEFAULT_FILE,
    format: Annotated[Format, typer.Option(help="json is for scripts.")] = Format.TEXT,
) -> None:
    """Trace a call through the network and the mesh.

    Reads a stack file, and prints each hop with what lets the call through or stops it. Needs no cloud.

    Exit codes: 0 the call is allowed (at one port at least), 1 it is denied, 2 wrong use or a bad stack file.
    """
    judge = Judge(World(plan(command_line.environment(file))))
    world = judge.world
    _known("caller", caller, {*world.callers, *world.ingress})
    _known("callee", callee, world.workloads)
    ports = _ports(world.workloads[callee], port)
    request = _request(method, path, host, header)
    if request and not any(called.is_http for called in ports):
        listed = spelling.listed(called.name for called in ports)
        raise command_line.wrong_use(f"{callee} speaks no HTTP at {listed}: leave out what the call says.")
    shown, where = _client(world.ingress.get(caller), cert, without=no_cert, address=address)
    explained = [
        explanation(judge, Attempt(caller, callee, called.number, said, shown, where, around_sidecar))
        for called in ports
        for said in [request if called.is_http else None]
    ]
    if format is Format.JSON:
        document = {"file": str(file), "ports": list(map(trace.data, explained))}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        console = command_line.console()
        for answer in explained:
            console.print(*trace.trace(answer), "", sep="\n")
        console.print(f"Judged from the plan of {file}.", soft_wrap=True, markup=False)
    if not any(answer.verdict.allowed for answer in explained):
        raise typer.Exit(exits.FOUND_SOMETHING)


def _known(what: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        fix = command_line.fix(name, known)
        raise command_line.wrong_use(f"There is no {what} {spelling.shown(name)}. {fix}")


def _ports(callee: model.Workload, said: str | None) -> tuple[model.Port, ...]:
    ports = tuple(port for port in callee.ports if said is None or selection.is_called(port, said))
    if not ports:
        listed = spelling.listed(f"{port.number} {port.name}" for port in callee.ports)
        raise command_line.wrong_use(
            f"--port: {callee.name} has no port {spelling.shown(said or '')}. It has {listed}."
        )
    return ports


def _request(method: str | None, path: str | None, host: str | None, headers: list[str] | None) -> Request | None:
    """None where nothing is said of it."""
    if not (method or path or host or headers):
        return None
    if path and not path.startswith("/"):
        raise command_line.wrong_use(f"--path: {spelling.shown(path)} does not begin with /. Write /{path}.")
    return Request(method or "GET", path or "/", host, tuple(map(_header, headers or ())))


def _header(said: str) -> tuple[str, str]:
    name, colon, value = said.partition(":")
    if not name or not colon:
        raise command_line.wrong_use(f"--header: {spelling.shown(said)} is no header. Write it as 'x-team: red'.")
    return name.strip().lower(), value.strip()


def _client(
    gateway: Gateway | None, names: list[str] | None, *, without: bool, address: str | None
) -> tuple[Certificate | None, IPv4Network | None]:
    """The certificate and address of who calls: those that were said, else a certificate that the gateway takes."""
    if gateway is None and (names or without or address):
        option = "--address" if address else "--cert" if names else "--no-cert"
        raise command_line.wrong_use(f"{option} says something of an ingress gateway's client, and the caller is none.")
    if names and without:
        raise command_line.wrong_use("--cert and --no-cert say opposite things: leave one out.")
    shown = Certificate(tuple(names)) if names else None if without else matrix.certificate(gateway)
    return shown, _range(address) if address else None


def _range(said: str) -> IPv4Network:
    try:
        return IPv4Network(said)
    except ValueError as error:
        raise command_line.wrong_use(f"--address: {error}. Write it as 203.0.113.7 or 203.0.113.0/24.") from None
