"""Texts by path → files, each changed as a whole or not at all."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path


def rewrite(texts: Mapping[Path, str]) -> None:
    """Files that are there already get new texts and keep their rights.

    Raises OSError. All texts are written before the first file is replaced, so a full disk changes no file; only an
    error of a replacement itself leaves the files before it changed.
    """
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
