"""An explanation, as a person would trace the call: step by step on each way, or as data."""

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from mesh.access.attempts import Attempt, Layer, Outcome, Step, Verdict, Way
from mesh.access.explanation import Explanation
from mesh.access.matrix import requests

_MARKS: dict[Outcome, tuple[str, str]] = {"passes": ("✓", "green"), "partly": ("~", "yellow"), "stops": ("✗", "red")}
_LAST: tuple[Layer, ...] = ("mutual TLS", "authorization", "application")
"""The callee's own."""


def trace(explained: Explanation) -> Iterator[RenderableType]:
    """Its first line says what comes of the call; then each way follows."""
    verdict = explained.verdict
    asked, port = verdict.attempt, explained.port
    yield Text.assemble(
        (f"{asked.caller} → {asked.callee}", "bold"), f", {port.number} {port.name}{_said(asked)}: ", _outcome(verdict)
    )
    if explained.openings and verdict.possible:
        through = "; ".join(requests(explained.openings))
        yield Text(f"These requests get through: {through}. The trace of the first:", overflow="fold")
    for way in verdict.ways:
        yield from _way(way)
    if not verdict.possible:
        yield from _behind(explained)


def data(explained: Explanation) -> dict[str, Any]:
    asked, port = explained.verdict.attempt, explained.port
    request = asked.request
    return {
        "caller": asked.caller,
        "callee": asked.callee,
        "port": {"name": port.name, "number": port.number, "protocol": port.protocol},
        "request": request
        and {"method": request.method, "path": request.path, "host": request.host, "headers": dict(request.headers)},
        "certificate": list(asked.certificate.names) if asked.certificate else None,
        "allowed": explained.verdict.allowed,
        "possible": explained.verdict.possible,
        "ways": [
            {"from": way.source, "to": way.destination, "outcome": way.outcome, "steps": list(map(_step, way.steps))}
            for way in explained.verdict.ways
        ],
        "possible_around_sidecar": explained.around and explained.around.possible,
        "behind": list(map(_step, explained.behind)),
    }


def _said(asked: Attempt) -> str:
    parts = []
    if asked.request:
        parts.append(f"{asked.request.method} {asked.request.host or ''}{asked.request.path}")
    if asked.request and asked.request.token:
        parts.append(f"with {asked.request.token}")
    if asked.certificate:
        parts.append(f"with a certificate for {' and '.join(asked.certificate.names)}")
    if asked.around_sidecar:
        parts.append("around the caller's sidecar")
    return "".join(f", {part}" for part in parts)


def _outcome(verdict: Verdict) -> tuple[str, str]:
    if verdict.allowed:
        return "allowed", "bold green"
    if not any(step.outcome != "passes" and step.judged for way in verdict.ways for step in way.steps):
        return "allowed, as far as it is judged", "bold yellow"
    return ("allowed only in part", "bold yellow") if verdict.possible else ("denied", "bold red")


def _way(way: Way) -> Iterator[RenderableType]:
    yield Text()
    yield _indented(Text(f"from {way.source} to {way.destination}", overflow="fold"), 2)
    for step in way.steps:
        yield from _lines(step)


def _behind(explained: Explanation) -> Iterator[RenderableType]:
    """Defence in depth; nothing where the callee's own side stops it, which is the last."""
    around = explained.around
    if around and around.possible:
        places = ", ".join(dict.fromkeys(way.destination for way in around.ways if way.outcome != "stops"))
        text = f"Only the caller's own sidecar stops it: a caller that bypasses it reaches {places}."
        yield from (Text(), Text(text, style="yellow", overflow="fold"))
    elif explained.behind:
        yield from (Text(), Text("Without that, it would still be stopped by"))
        for step in explained.behind:
            yield from _lines(step)
    elif any(way.stopped_by and way.stopped_by.layer not in _LAST for way in explained.verdict.ways):
        yield from (Text(), Text("Without that, nothing would stop it.", style="yellow"))


def _lines(step: Step) -> Iterator[RenderableType]:
    mark, colour = _MARKS[step.outcome]
    yield _indented(Text.assemble((mark, colour), f" {step.layer}: ", (step.by, "bold"), overflow="fold"), 4)
    yield _indented(Text(step.text, overflow="fold"), 8)


def _indented(text: Text, by: int) -> Padding:
    return Padding(text, (0, 0, 0, by), expand=False)


def _step(step: Step) -> dict[str, Any]:
    return {"layer": step.layer, "by": step.by, "outcome": step.outcome, "judged": step.judged, "text": step.text}
