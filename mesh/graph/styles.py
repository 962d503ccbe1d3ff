"""Colours, dashes and symbols of the pictures."""

from dataclasses import dataclass

from mesh.graph.scenes import AreaKind, Line, Look

_ARROW, _LARGE_ARROW = "M0 0l-7 -3.4v6.8z", "M0 0l-11 -6v12z"
_CROSS = "M-10.6 -3.6l1.2 -1.2l8.4 8.4l-1.2 1.2zM-10.6 3.6l1.2 1.2l8.4 -8.4l-1.2 -1.2z"


@dataclass(frozen=True)
class Stroke:
    name: str
    colour: str
    dashes: str = ""
    """Which tell it where colours do not."""
    width: float = 1.6
    head: str = _ARROW
    """A path around the end of an arrow that comes from the left."""


LINES: dict[Line, Stroke] = {
    "outside": Stroke("from outside, HTTPS", "#c2410c"),
    "http": Stroke("HTTP", "#2563eb"),
    "grpc": Stroke("gRPC", "#7c3aed", "9 3"),
    "tcp": Stroke("TCP", "#0f766e", "2 3"),
    "tls": Stroke("TLS", "#be185d", "6 2 2 2"),
    "stopped": Stroke("stopped, though declared", "#dc2626", "2 4", width=2.2, head=_CROSS),
    "open": Stroke("open, though no route declares it", "#dc2626", width=3.5, head=_LARGE_ARROW),
}
SYMBOLS: dict[Look, str] = {
    "internet": "M0 5a5 5 0 1 0 10 0a5 5 0 1 0 -10 0M0 5h10M5 0c-3.4 3 -3.4 7 0 10c3.4 -3 3.4 -7 0 -10",
    "private": "M1 5v5h8v-5zM3 5v-2a2 2 0 0 1 4 0v2",
    "gateway": "M0 1h4M0 9h4M4 0v10M8 0v10M0 5h10M7.5 2.5l2.5 2.5l-2.5 2.5",
    "east-west": "M0 3h9M7 1l2.4 2l-2.4 2M10 7h-9M3 5l-2.4 2l2.4 2",
    "workload": "M0 2.5l5 -2.5l5 2.5v5l-5 2.5l-5 -2.5zM0 2.5l5 2.5l5 -2.5M5 5v5",
    "database": "M0 2a5 2 0 0 1 10 0a5 2 0 0 1 -10 0v6a5 2 0 0 0 10 0v-6M0 5a5 2 0 0 0 10 0",
    "function": "M6 0l-5 6h4l-1 4l5 -6h-4z",
    "external": "M5 1h-4v8h8v-4M6 0h4v4M10 0l-5 5",
}
"""Paths in a square of 10."""
STYLE = """
text { font-family: -apple-system, BlinkMacSystemFont, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; }
.title { font-size: 20px; font-weight: 700; fill: #0f172a; }
.summary { font-size: 12px; fill: #475569; }
.alarm { font-size: 12px; font-weight: 700; fill: #dc2626; }
.name { font-size: 13px; font-weight: 600; fill: #0f172a; }
.line { font-size: 11px; fill: #475569; }
.warning { font-size: 11px; font-weight: 600; fill: #b45309; }
.area { font-size: 13px; font-weight: 700; fill: #334155; }
.detail { font-size: 11px; font-weight: 400; fill: #64748b; }
.halo text { stroke-width: 4px; stroke-linejoin: round; }
.wire { fill: none; }
.arrow:hover .wire { stroke-width: 4.5; }
"""
AREAS: dict[AreaKind, tuple[str, str]] = {
    "network": ("#f1f5f9", "#cbd5e1"),
    "cluster": ("#e3ecfb", "#a9c1ec"),
    "namespace": ("#f5f8ff", "#c3d2f0"),
    "machines": ("#fbf4e4", "#e0cd9e"),
    "outside": ("#fafafa", "#d4d4d8"),
}
"""Fill and edge."""
CARDS: dict[Look, tuple[str, str]] = {
    "internet": ("#fff7ed", "#ea580c"),
    "private": ("#f8fafc", "#64748b"),
    "gateway": ("#fff7ed", "#ea580c"),
    "east-west": ("#f8fafc", "#64748b"),
    "workload": ("#ffffff", "#3b6fd4"),
    "database": ("#ffffff", "#0f766e"),
    "function": ("#ffffff", "#a16207"),
    "external": ("#ffffff", "#71717a"),
    "copy": ("#dfe8fb", "#dfe8fb"),
}
