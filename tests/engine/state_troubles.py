"""What happens to a state while the engine works on it: its disk is full or read-only, runs meet, a recovery is killed.

Each trouble is a run that it disturbs; `fault_trials` recovers afterwards, runs once more and counts.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from fault_trials import Ground

from mesh.lab.arm import faults

UP = ("up", "--yes", "--skip-preview", "-s", "lab")
_DISK = "size=4m"
_LONGEST_STALL = 30
_RECOVERY = """
import sys
from fault_trials import Ground, recover
from pulumi_projects import Project
from pathlib import Path
import os
recover(Ground(Project(Path(sys.argv[1]), dict(os.environ))))
"""


def two_updates(ground: Ground, luck: random.Random) -> None:
    _at_once(ground, 2)


def eight_updates(ground: Ground, luck: random.Random) -> None:
    _at_once(ground, 8)


def full_disk(ground: Ground, luck: random.Random) -> None:
    """From a moment in the middle of the update on."""
    with _own_disk(ground) as disk:
        with _update(ground):
            _wait_for_requests(ground, luck.randrange(2, ground.requests["up"] - 2))
            _fill(disk / "ballast")
        (disk / "ballast").unlink()


def read_only_state(ground: Ground, luck: random.Random) -> None:
    with _own_disk(ground) as disk:
        with _update(ground):
            _wait_for_requests(ground, luck.randrange(2, ground.requests["up"] - 2))
            # Files that are open for writing keep a disk from becoming read-only.
            while subprocess.run(["mount", "-o", "remount,ro", disk], capture_output=True, check=False).returncode:
                time.sleep(0.01)
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)


def half_written_state(ground: Ground, luck: random.Random) -> None:
    """The engine is killed, and the end of what it wrote last never reached the disk."""
    _killed_update(ground, luck)
    state = ground.project.folder / "state/.pulumi/stacks/trial/lab.json"
    state.write_bytes(state.read_bytes()[: luck.randrange(state.stat().st_size)])


def half_written_attributes(ground: Ground, luck: random.Random) -> None:
    _killed_update(ground, luck)
    for file in (ground.project.folder / "state/.pulumi").rglob("*.attrs"):
        file.write_bytes(file.read_bytes()[: luck.randrange(file.stat().st_size)])


def killed_recovery(ground: Ground, luck: random.Random) -> None:
    """Three times, each at another moment."""
    _killed_update(ground, luck)
    for _ in range(3):
        recovery = subprocess.Popen(
            [sys.executable, "-c", _RECOVERY, ground.project.folder],
            env={**ground.project.environment, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        time.sleep(luck.uniform(0.5, 6))
        os.killpg(recovery.pid, signal.SIGKILL)
        recovery.wait()


def long_stall(ground: Ground, luck: random.Random) -> None:
    skipped = luck.randrange(ground.requests["up"])
    faults.switch_on(ground.store, "stall", skip=skipped, seconds=_LONGEST_STALL)
    ground.run("up")


def server_error(ground: Ground, luck: random.Random) -> None:
    """500 to three requests in a row, of which nothing was done."""
    faults.switch_on(ground.store, "refuse", times=3, skip=luck.randrange(ground.requests["up"]), status=500)
    ground.run("up")


TROUBLES: Mapping[str, Callable[[Ground, random.Random], None]] = {
    "two updates at once": two_updates,
    "eight updates at once": eight_updates,
    "full disk": full_disk,
    "read-only state": read_only_state,
    "half-written state": half_written_state,
    "half-written .attrs": half_written_attributes,
    "killed recovery": killed_recovery,
    "30 s without an answer": long_stall,
    "500 three times": server_error,
}
NEEDS_MOUNTS = frozenset({"full disk", "read-only state"})


def can_mount() -> bool:
    return os.geteuid() == 0 and sys.platform == "linux"


def _at_once(ground: Ground, count: int) -> None:
    """All but one of them are refused by the lock."""
    running = [ground.project.start(*UP) for _ in range(count)]
    for process in running:
        process.communicate()


def _killed_update(ground: Ground, luck: random.Random) -> None:
    faults.switch_on(ground.store, "kill_after", skip=luck.randrange(ground.requests["up"]))
    ground.run("up")
    faults.switch_off(ground.store)


@contextmanager
def _update(ground: Ground) -> Iterator[subprocess.Popen[str]]:
    """Disturbed by what is done inside, and then left to its end."""
    process = ground.project.start(*UP)
    yield process
    process.communicate()


def _wait_for_requests(ground: Ground, count: int) -> None:
    deadline = time.monotonic() + 90
    while len(ground.store.requests()) < count:
        assert time.monotonic() < deadline, "the update sends its requests"
        time.sleep(0.005)


@contextmanager
def _own_disk(ground: Ground) -> Iterator[Path]:
    """The state on a disk of its own, which is gone afterwards; what is on it stays."""
    state, kept = ground.project.folder / "state", ground.project.folder / "state.kept"
    subprocess.run(["cp", "-a", state, kept], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", _DISK, "tmpfs", state], check=True)
    try:
        subprocess.run(["cp", "-a", f"{kept}/.", state], check=True)
        yield state
    finally:
        subprocess.run(["rm", "-rf", kept], check=True)
        subprocess.run(["cp", "-a", state, kept], check=True)
        subprocess.run(["umount", state], check=True)
        subprocess.run(["cp", "-a", f"{kept}/.", state], check=True)
        subprocess.run(["rm", "-rf", kept], check=True)


def _fill(file: Path) -> None:
    try:
        with file.open("wb", buffering=0) as ballast:
            while ballast.write(b"x" * 4096):
                pass
    except OSError:
        return
