"""Which parts are there already: a stamp names what a file was made from and what it then contained."""

import hashlib
import json
import os
from pathlib import Path

from mesh.lab.paths import Lab


def is_current(lab: Lab, part: Path, pin: str) -> bool:
    """Whether the file was made from this pin and is still what was made: a foreign or truncated one is not."""
    try:
        stamp = json.loads(_stamp(lab, part).read_text())
        return bool(stamp == {"pin": pin, "sha256": _digest(part)})
    except (FileNotFoundError, json.JSONDecodeError):
        return False


def pin_of(lab: Lab, part: Path) -> str | None:
    """The source of an intact file."""
    try:
        stamp = json.loads(_stamp(lab, part).read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return stamp["pin"] if is_current(lab, part, stamp["pin"]) else None


def put(lab: Lab, made: Path, part: Path, pin: str) -> None:
    """Moves a finished file to its place, whole or not at all, and stamps it."""
    digest = _digest(made)
    os.replace(made, part)
    stamp = _stamp(lab, part)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    unfinished = stamp.with_suffix(".unfinished")
    unfinished.write_text(json.dumps({"pin": pin, "sha256": digest}))
    os.replace(unfinished, stamp)


def _stamp(lab: Lab, part: Path) -> Path:
    return lab.root / "stamps" / f"{part.name}.json"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
