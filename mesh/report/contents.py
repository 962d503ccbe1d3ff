"""A plan, and the plan before it → all that the page shows, as plain data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from mesh import model
from mesh.access import enforcement, matrix
from mesh.access.attempts import Attempt
from mesh.access.declared import Pair, allowances, client
from mesh.access.explanation import explanation
from mesh.access.judge import Judge
from mesh.access.matrix import Cell, Matrix
from mesh.access.world import World
from mesh.findings.finding import Finding
from mesh.graph import cards, layout, staging
from mesh.graph.layout import Rectangle
from mesh.graph.scenes import Scene
from mesh.graph.verdicts import verdicts
from mesh.plan import Plan
from mesh.views import enforcement as enforcement_views
from mesh.views import matrix as matrix_views
from mesh.views import trace
from mesh.views.matrix import View

_BESIDES = "besides"
"""A call that the picture does not draw: it needs no route of its own, such as those of tracing."""


@dataclass(frozen=True)
class Judged:
    """A plan, and what is found in it."""

    plan: Plan
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Side:
    """One of the two plans, asked for everything that the page tells of it."""

    judge: Judge
    matrix: Matrix
    view: View
    scene: Scene
    cards: Mapping[str, str]
    """By caller of the matrix, its card where that has another name: gateways."""

    @cached_property
    def cells(self) -> dict[Pair, Cell]:
        return {(cell.caller, cell.callee, cell.port.number): cell for cell in self.matrix.cells}

    @cached_property
    def lines(self) -> dict[tuple[str, str], str]:
        """How the picture draws a pair: as not declared, where any call of it is."""
        grave = sorted(self.scene.arrows, key=lambda arrow: arrow.line in ("stopped", "open"))
        return {(arrow.caller, arrow.callee): arrow.line for arrow in grave}

    def card(self, name: str) -> str:
        return self.cards.get(name, name)


def contents(head: Judged, base: Judged | None, base_name: str = "") -> dict[str, Any]:
    """With a base, each thing says how it changed: `new`, `removed`, `changed`, or nothing."""
    now, before = _side(head.plan), _side(base.plan) if base else None
    calls = list(_calls(now, before))
    drawn = {(call["source"], call["target"]) for call in calls}
    return {
        "title": now.scene.title,
        "summary": now.scene.summary,
        "warning": now.scene.warning,
        "access": matrix_views.summary(now.view),
        "base": base_name if base else None,
        **_picture(now, before),
        "calls": calls,
        "arrows": [arrow for arrow in _arrows(now, before) if (arrow["source"], arrow["target"]) not in drawn],
        "callers": list(now.matrix.callers),
        "callees": list(now.matrix.callees),
        "findings": list(_findings(head, base)),
    }


def _side(plan: Plan) -> _Side:
    world = World(plan)
    judge = Judge(world)
    whole = matrix.matrix(judge)
    gateways = {
        client(world, model.Ingress(cluster, gateway)): cards.ingress_id(cluster, gateway)
        for cluster in plan.environment.clusters
        for gateway in cluster.ingress
    }
    scene = staging.scene(plan.environment, "none", None, verdicts(plan))
    return _Side(judge, whole, View(whole, allowances(world), world.workloads), scene, gateways)


def _picture(now: _Side, before: _Side | None) -> dict[str, Any]:
    """Areas and cards of both sides, with their places; as `mesh graph` lays them out."""
    sides = [side.scene for side in (before, now) if side]
    areas = {area.id: area for scene in sides for area in scene.areas}
    shown = {card.id: card for scene in sides for card in scene.cards}
    drawn = {(arrow.caller, arrow.callee, arrow.line): arrow for scene in sides for arrow in scene.arrows}
    scene = replace(now.scene, areas=(*areas.values(),), cards=(*shown.values(),), arrows=(*drawn.values(),))
    placed = layout.layout(scene)
    return {
        "areas": [
            {
                "id": area.id,
                "parent": area.parent,
                "kind": area.kind,
                "title": area.title or "clients",
                "about": " · ".join(filter(None, (area.detail, area.below, area.warning))),
                **_place(placed.areas[area.id]),
            }
            for area in areas.values()
        ],
        "nodes": [
            {
                "id": card.id,
                "area": card.area,
                "look": card.look,
                "title": card.title,
                "lines": list(card.lines),
                "about": card.about,
                "warning": card.warning,
                "sidecar": card.sidecar,
                "change": _change(card.id, now.scene.card, before.scene.card if before else None),
                **_place(placed.cards[card.id]),
            }
            for card in shown.values()
        ],
    }


def _place(rectangle: Rectangle) -> dict[str, float]:
    """Its middle and its size."""
    return {
        "x": round(rectangle.left + rectangle.width / 2, 1),
        "y": round(rectangle.top + rectangle.height / 2, 1),
        "width": round(rectangle.width, 1),
        "height": round(rectangle.height, 1),
    }


def _arrows(now: _Side, before: _Side | None) -> Iterator[dict[str, Any]]:
    """What the picture has beside calls: clients of gateways, and routes that do not work."""
    found = {
        (arrow.caller, arrow.callee, arrow.line): arrow
        for side in (before, now)
        if side
        for arrow in side.scene.arrows
        if arrow.line in ("outside", "stopped")
    }
    here = {(arrow.caller, arrow.callee, arrow.line) for arrow in now.scene.arrows}
    there = {(arrow.caller, arrow.callee, arrow.line) for arrow in before.scene.arrows} if before else here
    for key, arrow in found.items():
        change = "" if key in here and key in there else "new" if key in here else "removed"
        yield {
            "source": arrow.caller,
            "target": arrow.callee,
            "line": arrow.line,
            "about": arrow.about,
            "change": change,
        }


def _calls(now: _Side, before: _Side | None) -> Iterator[dict[str, Any]]:
    """All that is open, all that a route declares though it is not, and all that was open before."""
    here, there = now.cells, before.cells if before else None
    kept = _kept(now)
    for pair in sorted({*here, *now.view.declared, *(there or ())}):
        asked = now if pair in here or pair in now.view.declared or before is None else before
        cell = asked.cells.get(pair) if asked is before else here.get(pair)
        was = there.get(pair) if there is not None else None
        yield {
            **_call(asked, pair, cell if asked is now else None),
            "change": _change(pair, here, there) or ("changed" if was and _opens(was) != _opens(cell) else ""),
            "before": _what(was) if was else [],
            **kept.get(pair, {"kept": "", "network": "", "asks": "", "notes": ""}),
        }


def _call(side: _Side, pair: Pair, cell: Cell | None) -> dict[str, Any]:
    caller, callee, number = pair
    port = next(port for port in side.judge.world.workloads[callee].ports if port.number == number)
    certificate = matrix.certificate(side.judge.world.ingress.get(caller))
    explained = explanation(side.judge, Attempt(caller, callee, number, None, certificate))
    return {
        "caller": caller,
        "callee": callee,
        "source": side.card(caller),
        "target": side.card(callee),
        "port": f"{number} {port.name}",
        "line": side.lines.get((side.card(caller), side.card(callee)), _BESIDES),
        "outcome": cell.outcome if cell else "stops",
        "standing": side.view.standing(cell) if cell else "declared",
        "what": _what(cell) if cell else [],
        "trace": trace.data(explained),
    }


def _opens(cell: Cell | None) -> tuple[Any, ...] | None:
    return (cell.outcome, cell.openings) if cell else None


def _what(cell: Cell) -> list[str]:
    return list(matrix.requests(cell.openings)) or [cell.port.protocol]


def _kept(side: _Side) -> dict[Pair, dict[str, str]]:
    """What keeps everybody else out of each call."""
    found = enforcement.enforcement(side.judge, side.matrix, side.matrix.cells)
    rows = enforcement_views.sheet(found).rows
    return {
        (one.cell.caller, one.cell.callee, one.cell.port.number): {
            "kept": row[2],
            "network": row[3],
            "asks": row[4],
            "notes": row[6],
        }
        for one, row in zip(found, rows, strict=True)
    }


def _findings(head: Judged, base: Judged | None) -> Iterator[dict[str, str]]:
    here = {(one.code, one.subject, one.text): one for one in head.findings}
    there = {(one.code, one.subject, one.text): one for one in base.findings} if base else None
    for key, one in ({**(there or {}), **here}).items():
        yield {
            "severity": one.severity,
            "code": one.code,
            "subject": one.subject,
            "text": one.text,
            "why": one.why,
            "fix": one.fix,
            "change": _change(key, here, there),
        }


def _change(key: Any, here: Mapping[Any, Any], there: Mapping[Any, Any] | None) -> str:
    """`new`, `removed`, or nothing where it is on both sides, or there is one side only."""
    if there is None or (key in here) == (key in there):
        return ""
    return "new" if key in here else "removed"
