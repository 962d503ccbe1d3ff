"""The state of a stack in a folder, whole again where its engine was killed, or its machine halted, while it wrote it.

Beside every file the engine writes another, `.attrs`, and that in place: an empty one makes the file unreadable to it,
and a missing one does not. The file itself it replaces at once, after keeping the one before as `.bak`, but what was
written may not have reached the disk; what that write was about is found as for every other interrupted operation,
because the state before names it as pending.
"""

import json
import os
import shutil
from pathlib import Path

from mesh.engine.recovery import states, stores
from mesh.engine.runs import Engine


def restore(engine: Engine) -> None:
    """Puts back what can be read. Does nothing for a backend that is no folder."""
    state = _folder_of_state(engine)
    for attributes in state.glob(".pulumi/**/*.attrs") if state else ():
        if not _is_whole(attributes):
            attributes.unlink(missing_ok=True)
    for present in state.glob(f".pulumi/stacks/*/{engine.stack.rpartition('/')[2]}.json") if state else ():
        before = present.with_suffix(".json.bak")
        if not _is_whole(present) and _is_whole(before):
            unfinished = present.with_suffix(".restoring")
            shutil.copyfile(before, unfinished)
            os.replace(unfinished, present)


def _folder_of_state(engine: Engine) -> Path | None:
    url = states.url(engine)
    return stores.folder(url, engine.project) if url.startswith("file://") else None


def _is_whole(file: Path) -> bool:
    try:
        return isinstance(json.loads(file.read_bytes()), dict)
    except (OSError, ValueError):
        return False
