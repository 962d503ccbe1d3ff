"""The state of a stack in a folder, whole again where its engine was killed while it wrote it.

The engine keeps the state before as `.bak` and then writes in place; what the write was about is found as for every
other interrupted operation, because the state before names it as pending.
"""

import json
import os
import shutil
from pathlib import Path

from mesh.engine import Engine
from mesh.recovery import locks


def restore(engine: Engine) -> None:
    """Puts the state before back where the present one is not whole. Does nothing for a backend that is no folder."""
    state = locks.folder_of_state(engine)
    for present in state.glob(f".pulumi/stacks/*/{engine.stack}.json") if state else ():
        before = present.with_suffix(".json.bak")
        if not _is_whole(present) and _is_whole(before):
            unfinished = present.with_suffix(".restoring")
            shutil.copyfile(before, unfinished)
            os.replace(unfinished, present)


def _is_whole(file: Path) -> bool:
    try:
        return isinstance(json.loads(file.read_bytes()), dict)
    except (OSError, ValueError):
        return False
