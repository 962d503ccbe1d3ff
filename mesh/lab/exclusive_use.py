"""One command at a time changes the lab."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from mesh.failures import Failure
from mesh.lab.paths import Lab


@contextmanager
def taken(lab: Lab) -> Iterator[None]:
    """Raises Failure where another command has the lab in hand; one that was killed no longer has."""
    lab.root.mkdir(parents=True, exist_ok=True)
    path = lab.root / "in-hand"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Failure(f"Process {file.read().strip()} is changing the lab ({path}). Wait for it to end.") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
