"""Where things are: nothing lies over anything else, and no arrow runs through a card."""

from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from drawn_environments import environments
from environments import TEXT, resolved
from hypothesis import given, settings

from mesh import resolve
from mesh.declaration import stack_file
from mesh.files import stacks
from mesh.graph import layout, lettering, staging
from mesh.graph.layout import Layout, Point, Rectangle
from mesh.graph.scenes import Arrow, Scene
from mesh.graph.svg import svg

ROOT = Path(__file__).parents[2]
STACKS = sorted(ROOT.glob("stacks/Pulumi.*.yaml"))
SVG = "{http://www.w3.org/2000/svg}"
SIZES = {"title": 20, "summary": 12, "alarm": 12, "name": 13, "line": 11, "warning": 11, "area": 13, "detail": 11}


def overlap(one: Rectangle, other: Rectangle) -> bool:
    return one.left < other.right and other.left < one.right and one.top < other.bottom and other.top < one.bottom


def holds(outer: Rectangle, inner: Rectangle, margin: float = 0) -> bool:
    return (
        outer.left + margin <= inner.left
        and inner.right <= outer.right - margin
        and outer.top + margin <= inner.top
        and inner.bottom <= outer.bottom - margin
    )


def segment(start: Point, end: Point) -> Rectangle:
    left, top = min(start[0], end[0]), min(start[1], end[1])
    return Rectangle(left, top, abs(start[0] - end[0]), abs(start[1] - end[1]))


def faults(scene: Scene, found: Layout) -> list[str]:
    cards = [
        f"{one} over {other}"
        for one, other in combinations(found.cards, 2)
        if overlap(found.cards[one], found.cards[other])
    ]
    outside = [card.id for card in scene.cards if not holds(found.areas[card.area], found.cards[card.id])]
    areas = [
        area.id
        for area in scene.areas
        if area.parent and not holds(found.areas[area.parent], found.areas[area.id], margin=5)
    ]
    areas += [
        f"{one.id} over {other.id}"
        for one, other in combinations(scene.areas, 2)
        if one.parent == other.parent and overlap(found.areas[one.id], found.areas[other.id])
    ]
    through = [
        f"{arrow.caller} → {arrow.callee} through {id}"
        for arrow, corners in zip(scene.arrows, found.arrows, strict=True)
        for start, end in pairwise(corners)
        for id, card in found.cards.items()
        if overlap(segment(start, end), card)
    ]
    return cards + outside + areas + through


@pytest.mark.parametrize("fold", ["none", "namespace"])
@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.name)
def test_nothing_of_a_stack_lies_over_anything_else(path: Path, fold: str) -> None:
    scene = staging.scene(stacks.environment(path), fold)  # type: ignore[arg-type]

    assert faults(scene, layout.layout(scene)) == []


def together(found: Layout) -> list[tuple[int, int]]:
    """Arrows of which a part lies on a part of another, or so near to it that they look like one."""
    parts = [
        (number, segment(start, end)) for number, corners in enumerate(found.arrows) for start, end in pairwise(corners)
    ]
    return [
        (one, other)
        for (one, here), (other, there) in combinations(parts, 2)
        if one != other
        and (
            (here.height == there.height == 0 and abs(here.top - there.top) < 3 and in_common(here, there, "x") > 1)
            or (here.width == there.width == 0 and abs(here.left - there.left) < 3 and in_common(here, there, "y") > 1)
        )
    ]


def in_common(one: Rectangle, other: Rectangle, axis: str) -> float:
    if axis == "x":
        return min(one.right, other.right) - max(one.left, other.left)
    return min(one.bottom, other.bottom) - max(one.top, other.top)


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.name)
def test_no_two_arrows_of_a_stack_run_in_one_line(path: Path) -> None:
    found = layout.layout(staging.scene(stacks.environment(path), "none"))

    assert together(found) == []


@settings(max_examples=40, deadline=None)
@given(environments(least_routes=3))
def test_nothing_of_any_environment_lies_over_anything_else(environment: dict[str, object]) -> None:
    scene = staging.scene(resolved(environment), "none")

    assert faults(scene, layout.layout(scene)) == []


def test_an_arrow_from_a_card_to_itself_goes_around_nothing_else() -> None:
    scene = staging.scene(resolve.environment(stack_file.document(TEXT), "shop"), "namespace")
    scene = replace(scene, arrows=(*scene.arrows, *(Arrow(card.id, card.id, "stopped", "") for card in scene.cards)))

    assert faults(scene, layout.layout(scene)) == []
    assert together(layout.layout(scene)) == []


def labels(text: str) -> list[tuple[str, Rectangle]]:
    found = []
    shown = [each for each in ElementTree.fromstring(text).iter() if each.get("aria-hidden") is None]
    for group in shown:
        for each in group.findall(f"{SVG}text"):
            style = each.get("class", "")
            words, bold = " ".join(each.itertext()).strip(), style in ("title", "name", "area", "warning")
            width, size = lettering.width(words, SIZES.get(style, 9), bold=bold), SIZES.get(style, 9)
            top = float(each.get("y", 0)) - size * 0.8 + (0 if style in ("title", "summary") or below(group) else 58)
            found.append((words, Rectangle(float(each.get("x", 0)), top, width, size)))
    return found


def below(group: ElementTree.Element) -> bool:
    """Whether a text stands on the picture's own ground, not in the part that is moved down."""
    return group.tag == f"{SVG}svg"


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.name)
def test_no_label_of_a_stack_lies_over_another(path: Path) -> None:
    found = labels(svg(staging.scene(stacks.environment(path), "none")))

    assert len(found) > 40
    assert [(one[0], other[0]) for one, other in combinations(found, 2) if overlap(one[1], other[1])] == []


def test_callers_stand_to_the_left_of_whom_they_call() -> None:
    scene = staging.scene(resolve.environment(stack_file.document(TEXT), "shop"), "none")
    cards = layout.layout(scene).cards
    order = ("client/east/public", "ingress/east/public", "storefront", "orders", "ledger", "orders-db", "payments")

    assert sorted(order, key=lambda id: cards[id].left) == list(order)


def test_an_arrow_leaves_its_caller_and_ends_at_its_callee() -> None:
    scene = staging.scene(resolve.environment(stack_file.document(TEXT), "shop"), "none")
    found = layout.layout(scene)

    for arrow, corners in zip(scene.arrows, found.arrows, strict=True):
        caller, callee = found.cards[arrow.caller], found.cards[arrow.callee]
        assert corners[0][0] == caller.right
        assert caller.top < corners[0][1] < caller.bottom
        assert corners[-1][0] == callee.left
        assert callee.top < corners[-1][1] < callee.bottom


@pytest.mark.parametrize(("text", "shown"), [("orders", "orders"), ("w" * 40, "wwwwwwww…")])
def test_a_text_that_is_too_wide_is_cut(text: str, shown: str) -> None:
    assert lettering.fitted(text, 10, 90) == shown
