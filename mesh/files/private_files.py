"""Files and folders that only their owner may read, and that appear complete or not at all."""

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    unfinished.rename(path)


def appear(folder: Path, files: Mapping[str, bytes], unfinished: Path) -> None:
    """Makes a folder with its files, all at once: whoever sees the folder sees all of them."""
    shutil.rmtree(unfinished, ignore_errors=True)
    for name, content in files.items():
        write(unfinished / name, content)
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished.rename(folder)


def disappear(folder: Path, unfinished: Path) -> None:
    """The reverse of `appear`: nobody sees half a folder."""
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    folder.rename(unfinished)
    shutil.rmtree(unfinished)
