"""A scene, as an SVG: one file without fonts or scripts of others, on a ground of its own."""

from collections.abc import Iterator
from copy import deepcopy
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from mesh.graph import layout as layouts
from mesh.graph import lettering, styles
from mesh.graph.layout import LINE_SIZE, SIDE, TITLE_SIZE, Layout, Point, Rectangle
from mesh.graph.placement import LINE_HEIGHT
from mesh.graph.scenes import Area, Arrow, Card, Look, Scene
from mesh.graph.styles import Stroke

_NOT_IN_THE_LEGEND: tuple[Look, ...] = ("internet", "private", "copy")
_FOOTER = 64.0
_SUMMARY_SIZE = 12.0
_HEADER = 58.0
_CURVE = 6.0


def svg(scene: Scene) -> str:
    layout = layouts.layout(scene)
    width = max(layout.width, 640.0)
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_number(width)} {_number(layout.height + _HEADER + _FOOTER)}",
            "width": _number(width),
            "height": _number(layout.height + _HEADER + _FOOTER),
            "role": "img",
            "aria-label": f"{scene.title}: {scene.summary}",
        },
    )
    SubElement(root, "title").text = f"{scene.title}: {scene.summary}"
    SubElement(root, "style").text = styles.STYLE
    _add_rectangle(
        root, Rectangle(0.5, 0.5, width - 1, layout.height + _HEADER + _FOOTER - 1), "#ffffff", "#e2e8f0", 14
    )
    _add_text(root, "title", 20, 32, scene.title)
    _add_text(root, "summary", 20, 51, scene.summary)
    if scene.warning:
        _add_text(root, "alarm", 32 + lettering.width(scene.summary, _SUMMARY_SIZE), 51, scene.warning)
    picture = SubElement(root, "g", {"transform": f"translate(0 {_number(_HEADER)})"})
    _add_areas(picture, scene, layout)
    for arrow, corners in zip(scene.arrows, layout.arrows, strict=True):
        _add_arrow(picture, arrow, corners)
    for area in scene.areas:
        if area.kind != "clients":
            _add_area_title(picture, area, layout.areas[area.id])
    for card in scene.cards:
        _add_card(picture, card, layout.cards[card.id])
    _add_legend(root, scene, layout.height + _HEADER)
    indent(root, " ")
    return tostring(root, encoding="unicode") + "\n"


def _add_areas(parent: Element, scene: Scene, layout: Layout) -> None:
    depth = {area.id: 0 if area.parent is None else 1 for area in scene.areas}
    for area in sorted(scene.areas, key=lambda area: (depth[area.id], area.kind == "namespace")):
        if area.kind != "clients":
            _add_rectangle(parent, layout.areas[area.id], *styles.AREAS[area.kind], 10 if area.kind == "network" else 8)


def _add_arrow(parent: Element, arrow: Arrow, corners: tuple[Point, ...]) -> None:
    stroke = styles.LINES[arrow.line]
    group = SubElement(parent, "g", {"class": "arrow"})
    SubElement(group, "title").text = arrow.about
    (before, _), end = corners[-2:]
    _add_line(group, stroke, _rounded(corners), end, "" if end[0] > before else " scale(-1 1)")
    if arrow.count > 1:
        start, (after, _) = corners[:2]
        _add_count(group, str(arrow.count), stroke, start, 1 if after > start[0] else -1)


def _add_count(parent: Element, count: str, stroke: Stroke, start: Point, direction: int) -> None:
    """Beside a card, where an arrow leaves it to the right (1) or to the left (-1)."""
    width = max(14.0, 4.0 + 5.5 * len(count))
    middle, y = start[0] + direction * (2 + width / 2), start[1]
    _add_rectangle(parent, Rectangle(middle - width / 2, y - 7, width, 14), stroke.colour, "none", 7)
    attributes = {
        "x": _number(middle),
        "y": _number(y + 3),
        "text-anchor": "middle",
        "font-size": "8.5",
        "fill": "#ffffff",
    }
    SubElement(parent, "text", attributes).text = count


def _add_line(parent: Element, stroke: Stroke, path: str, end: Point, turned: str = "") -> None:
    wire = {"class": "wire", "stroke": stroke.colour, "stroke-width": _number(stroke.width), "d": path}
    SubElement(parent, "path", {**wire, "stroke-dasharray": stroke.dashes} if stroke.dashes else wire)
    head = {"fill": stroke.colour, "d": stroke.head, "transform": f"translate({_point(end)}){turned}"}
    SubElement(parent, "path", head)


def _rounded(corners: tuple[Point, ...]) -> str:
    """A line with round corners, as a path; it ends within its arrowhead."""
    corners = tuple(point for number, point in enumerate(corners) if number == 0 or point != corners[number - 1])
    path = [f"M{_point(corners[0])}"]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        curve = min(_CURVE, _distance(before, corner) / 2, _distance(corner, after) / 2)
        path.append(
            f"L{_point(_towards(corner, before, curve))}Q{_point(corner)} {_point(_towards(corner, after, curve))}"
        )
    path.append(f"L{_point(_towards(corners[-1], corners[-2], 4))}")
    return "".join(path)


def _distance(one: Point, other: Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(start: Point, end: Point, distance: float) -> Point:
    """From one corner some way to the next, which is straight over, under or beside it."""
    share = min(distance / (_distance(start, end) or 1.0), 1.0)
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _add_area_title(parent: Element, area: Area, place: Rectangle) -> None:
    header = Element("g")
    most = place.width - 2 * SIDE
    text = SubElement(header, "text", {"class": "area", "x": _number(place.left + SIDE), "y": _number(place.top + 17)})
    text.text = lettering.fitted(area.title, TITLE_SIZE, most, bold=True)
    left = most - lettering.width(f"{text.text}  ", TITLE_SIZE, bold=True)
    for words, style in ((area.detail, "detail"), (area.warning, "warning")):
        if words and left > 30:
            SubElement(text, "tspan", {"class": style, "dx": "8"}).text = lettering.fitted(words, LINE_SIZE, left)
            left -= lettering.width(words, LINE_SIZE)
    if area.below:
        below = {"class": "detail", "x": _number(place.left + SIDE), "y": _number(place.top + 34)}
        SubElement(header, "text", below).text = lettering.fitted(area.below, LINE_SIZE, most)
    # Arrows may run behind. Not by `paint-order`, which some of those who draw pictures do not know.
    halo = deepcopy(header)
    halo.attrib |= {"class": "halo", "stroke": styles.AREAS[area.kind][0], "aria-hidden": "true"}
    SubElement(header, "title").text = " · ".join(filter(None, (area.title, area.detail, area.below, area.warning)))
    parent.extend((halo, header))


def _add_card(parent: Element, card: Card, place: Rectangle) -> None:
    fill, edge = styles.CARDS[card.look]
    group = SubElement(parent, "g", {"class": "card"})
    SubElement(group, "title").text = card.about
    dashes = "" if card.sidecar or card.look in _NOT_IN_THE_LEGEND else "4 3"
    _add_rectangle(group, place, fill, edge, 6, dashes)
    symbol, left = styles.SYMBOLS.get(card.look), place.left + SIDE
    lines = [("line", line) for line in card.lines] + ([("warning", card.warning)] if card.warning else [])
    y = place.top + (place.height - (26 + LINE_HEIGHT * len(lines) + (2 if lines else 0))) / 2 + 18
    if symbol:
        transform = f"translate({_number(left - 2)} {_number(y - 9.5)})"
        SubElement(
            group, "path", {"d": symbol, "transform": transform, "fill": "none", "stroke": edge, "stroke-width": "1.2"}
        )
        left += 14
    most = place.right - SIDE + 4 - left
    style = "line" if card.look == "copy" else "name"
    _add_text(group, style, left, y, lettering.fitted(card.title, TITLE_SIZE, most, bold=True))
    for number, (kind, line) in enumerate(lines, 1):
        _add_text(
            group,
            kind,
            place.left + SIDE,
            y + 2 + LINE_HEIGHT * number,
            lettering.fitted(line, LINE_SIZE, place.width - 2 * SIDE + 4),
        )


def _add_legend(root: Element, scene: Scene, top: float) -> None:
    used = {arrow.line for arrow in scene.arrows}
    x, y = 20.0, top + 18
    for line, stroke in styles.LINES.items():
        if line in used:
            _add_line(root, stroke, f"M{_point((x, y - 4))}h26", (x + 32, y - 4))
            _add_text(root, "line", x + 38, y, stroke.name)
            x += 38 + lettering.width(stroke.name, LINE_SIZE) + 18
    x, y = 20.0, top + 42
    for look, dashes, name in _card_legend(scene):
        _add_rectangle(root, Rectangle(x, y - 11, 22, 13), *styles.CARDS[look], 4, dashes)
        _add_text(root, "line", x + 29, y, name)
        x += 29 + lettering.width(name, LINE_SIZE) + 18


def _card_legend(scene: Scene) -> Iterator[tuple[Look, str, str]]:
    if any(card.look in ("workload", "database") for card in scene.cards):
        yield "workload", "", "its sidecar lets in what the arrows say"
    if any(not card.sidecar for card in scene.cards if card.look not in _NOT_IN_THE_LEGEND):
        yield "workload", "4 3", "no sidecar: its callers' sidecars, the network and it itself decide"
    if any(card.look == "copy" for card in scene.cards):
        yield "copy", "", "runs here too"


def _add_rectangle(parent: Element, place: Rectangle, fill: str, edge: str, round_: float, dashes: str = "") -> None:
    attributes = {
        "x": _number(place.left),
        "y": _number(place.top),
        "width": _number(place.width),
        "height": _number(place.height),
        "rx": _number(round_),
        "fill": fill,
        "stroke": edge,
    }
    SubElement(parent, "rect", {**attributes, "stroke-dasharray": dashes} if dashes else attributes)


def _add_text(parent: Element, style: str, x: float, y: float, words: str) -> None:
    SubElement(parent, "text", {"class": style, "x": _number(x), "y": _number(y)}).text = words


def _point(point: Point) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
