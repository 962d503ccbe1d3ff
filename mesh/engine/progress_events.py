"""Turns Pulumi engine events into a progress line."""

import time
from collections import Counter

from mesh.engine.runs import Event, resource_name

_SHOWN_AT_ONCE = 2
_CHANGES = {
    "create": "created",
    "update": "changed",
    "delete": "deleted",
    "replace": "replaced",
    "create-replacement": "created anew",
    "delete-replaced": "deleted to be replaced",
    "read": "read",
    "refresh": "looked at",
}


class Activity:
    """Engine events → counts of finished operations, and operations in progress."""

    def __init__(self) -> None:
        self._done: Counter[str] = Counter()
        self._begun: dict[str, tuple[float, str]] = {}
        """By URN, since when, and which operation: a refresh ends as what it has found."""

    def see(self, event: Event) -> None:
        for kind, body in event.items():
            if kind == "resourcePreEvent":
                self._begin(body["metadata"])
            elif kind in ("resOutputsEvent", "resOpFailedEvent"):
                self._end(body["metadata"], counts=kind == "resOutputsEvent")

    @property
    def changes(self) -> int:
        return self._done.total()

    def __str__(self) -> str:
        done = ", ".join(f"{count} {_CHANGES[operation]}" for operation, count in self._done.items())
        longest = sorted(self._begun.items(), key=lambda item: item[1])[:_SHOWN_AT_ONCE]
        now = time.monotonic()
        in_progress = ", ".join(f"{resource_name(urn)} {now - begun:.0f} s" for urn, (begun, _) in longest)
        more = f" and {len(self._begun) - len(longest)} more" if len(self._begun) > len(longest) else ""
        return "; ".join(part for part in (done, f"in progress: {in_progress}{more}" if in_progress else "") if part)

    def _begin(self, metadata: Event) -> None:
        if metadata["op"] in _CHANGES and _is_real(metadata):
            self._begun[metadata["urn"]] = time.monotonic(), metadata["op"]

    def _end(self, metadata: Event, *, counts: bool) -> None:
        begun = self._begun.pop(metadata["urn"], None)
        if begun is not None and counts:
            self._done[begun[1]] += 1


def _is_real(metadata: Event) -> bool:
    """Components and providers exist only in the state."""
    resource = metadata.get("new") or metadata.get("old") or {}
    return bool(resource.get("custom")) and not metadata["type"].startswith("pulumi:")
