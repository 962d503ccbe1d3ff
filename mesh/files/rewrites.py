"""Texts by path → the files, each changed as a whole or not at all."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path


def rewrite(texts: Mapping[Path, str]) -> None:
    """Of files that are there already; they keep their rights. Raises OSError, and then has changed none."""
    ready: list[tuple[str, Path]] = []
    try:
        for path, text in texts.items():
            target = path.resolve()
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            ready.append((name, target))
            with open(handle, "w", encoding="utf-8", newline="") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(name, target.stat().st_mode & 0o7777)
        while ready:
            os.replace(*ready[0])
            ready.pop(0)
    finally:
        for name, _ in ready:
            os.unlink(name)
