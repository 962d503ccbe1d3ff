"""The calls that change → a Mermaid flowchart of them alone."""

from collections.abc import Sequence
from typing import Literal

from mesh.access.world import INGRESS
from mesh.graph.mermaid import escaped
from mesh.review.calls import CallChange, Kind

Host = Literal["github", "azure-devops"]
_MOST_ARROWS = 40
"""More are no picture any more."""
_LINKS: dict[Kind, tuple[str, str]] = {
    "new": ("==>", "stroke:#15803d,stroke-width:3px,color:#15803d"),
    "widened": ("==>", "stroke:#b45309,stroke-width:3px,color:#b45309"),
    "moved": ("-->", "stroke:#3b6fd4"),
    "narrowed": ("-->", "stroke:#71717a"),
    "removed": ("-.-x", "stroke:#b91c1c,color:#b91c1c"),
}
_FENCES: dict[Host, tuple[str, str]] = {"github": ("```mermaid", "```"), "azure-devops": ("::: mermaid", ":::")}


def flowchart(changes: Sequence[CallChange], host: Host) -> str:
    """In the fences in which the host draws it; empty where nothing changes or too much does."""
    if not 0 < len(changes) <= _MOST_ARROWS:
        return ""
    names = sorted({name for change in changes for name in (change.caller, change.callee)})
    ids = {name: f"n{number}" for number, name in enumerate(names)}
    opening, closing = _FENCES[host]
    return "\n".join(
        (
            opening,
            "flowchart LR",
            *(f"  {ids[name]}{_shape(name)}" for name in names),
            *(_arrow(change, ids) for change in changes),
            *(f"  linkStyle {number} {_LINKS[change.kind][1]}" for number, change in enumerate(changes)),
            closing,
            "",
        )
    )


def _shape(name: str) -> str:
    return f'(["{escaped(name)}"])' if name.startswith(INGRESS) else f'["{escaped(name)}"]'


def _arrow(change: CallChange, ids: dict[str, str]) -> str:
    words = f"{change.kind} :{change.port.number}"
    return f'  {ids[change.caller]} {_LINKS[change.kind][0]}|"{escaped(words)}"| {ids[change.callee]}'
