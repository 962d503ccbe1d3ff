"""A scene, as a Mermaid flowchart, which GitHub draws in pull requests and pages."""

from collections.abc import Iterator

from mesh.graph.scenes import Area, Card, Look, Scene
from mesh.graph.styles import LINES

MOST_CHARACTERS, MOST_ARROWS = 50_000, 500
"""https://mermaid.js.org/config/schema-docs/config.html: maxTextSize, maxEdges; GitHub draws no larger ones."""
_SHAPES: dict[Look, tuple[str, str]] = {
    "internet": ("([", "])"),
    "private": ("([", "])"),
    "gateway": ("{{", "}}"),
    "east-west": ("{{", "}}"),
    "workload": ("[", "]"),
    "database": ("[(", ")]"),
    "function": ("(", ")"),
    "external": ("(", ")"),
    "copy": ("[", "]"),
}
_CLASSES = {
    "exposed": "fill:#fff7ed,stroke:#ea580c,color:#0f172a",
    "plain": "fill:#ffffff,stroke:#3b6fd4,color:#0f172a",
    "unguarded": "fill:#ffffff,stroke:#71717a,color:#0f172a,stroke-dasharray:4 3",
    "copy": "fill:#dfe8fb,stroke:#dfe8fb,color:#475569",
}


def fits(text: str) -> bool:
    return len(text) <= MOST_CHARACTERS and text.count(" -->") + text.count(" --x") <= MOST_ARROWS


def flowchart(scene: Scene) -> str:
    ids = {id: f"n{number}" for number, id in enumerate([*scene.area, *scene.card])}
    lines = [
        "flowchart LR",
        f"  accTitle: {_plain(scene.title)}",
        f"  accDescr: {_plain(': '.join(filter(None, (scene.summary, scene.warning))))}",
    ]
    for area in scene.areas:
        if area.parent is None:
            lines += _subgraph(scene, area, ids, "  ")
    for arrow in scene.arrows:
        name = LINES[arrow.line].name.partition(",")[0]
        words = name if arrow.count == 1 else f"{name} × {arrow.count}"
        link = "--x" if arrow.line == "stopped" else "-->"
        lines.append(f'  {ids[arrow.caller]} {link}|"{escaped(words)}"| {ids[arrow.callee]}')
    lines += [f"  classDef {name} {style}" for name, style in _CLASSES.items()]
    for name in _CLASSES:
        if members := [ids[card.id] for card in scene.cards if _class(card) == name]:
            lines.append(f"  class {','.join(members)} {name}")
    for number, arrow in enumerate(scene.arrows):
        width = ",stroke-width:4px" if arrow.line == "open" else ""
        lines.append(f"  linkStyle {number} stroke:{LINES[arrow.line].colour}{width}")
    return "\n".join(lines) + "\n"


def _subgraph(scene: Scene, area: Area, ids: dict[str, str], margin: str) -> Iterator[str]:
    title = " · ".join(filter(None, (area.title or "clients", area.detail, area.below, area.warning)))
    yield f'{margin}subgraph {ids[area.id]}["{escaped(title)}"]'
    for card in scene.cards:
        if card.area == area.id:
            opening, closing = _SHAPES[card.look]
            words = "<br>".join(escaped(words) for words in (card.title, *card.lines, card.warning) if words)
            yield f'{margin}  {ids[card.id]}{opening}"{words}"{closing}'
    for inner in scene.areas:
        if inner.parent == area.id:
            yield from _subgraph(scene, inner, ids, margin + "  ")
    yield f"{margin}end"


def _class(card: Card) -> str:
    if card.look in ("internet", "gateway"):
        return "exposed"
    if card.look == "copy":
        return "copy"
    return "plain" if card.sidecar or card.look == "private" else "unguarded"


def escaped(text: str) -> str:
    """Mermaid's own entities, so that no character ends a label or makes a tag of it."""
    return "".join(f"#{ord(character)};" if character in '#&"<>`;' else character for character in text)


def _plain(text: str) -> str:
    """Up to the end of its line a description is taken as it is, but for what begins a comment or an entity."""
    return "".join(" " if character in "#;%\n{}" else character for character in text)
