"""Recovery waits for a plugin that outlives its engine, says for which, and ends none."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mesh.engine.recovery import plugins
from mesh.engine.recovery.plugins import Plugin


@contextmanager
def orphan(folder: Path, seconds: float) -> Iterator[subprocess.Popen[bytes]]:
    """A plugin at work so long, whose engine listened on a port that nobody listens on."""
    program = folder / "pulumi-resource-trial"
    program.write_text(f"#!{sys.executable}\nimport time\ntime.sleep({seconds})\n")
    program.chmod(0o755)
    process = subprocess.Popen([program, "--tracing=", "127.0.0.1:1"])
    while len(Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")) < 4:
        time.sleep(0.01)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def ours(seen: list[tuple[Plugin, ...]], pid: int) -> bool:
    return any(Plugin(pid, "pulumi-resource-trial") in left for left in seen)


def test_it_is_named_while_it_works_and_waited_for_until_it_ends(tmp_path: Path) -> None:
    seen: list[tuple[Plugin, ...]] = []
    with orphan(tmp_path, seconds=1) as process:

        def look(left: tuple[Plugin, ...]) -> None:
            seen.append(left)
            process.poll()  # takes note of its end, as its parent has to

        left = plugins.wait_for_orphaned(60, look)

        assert process.poll() == 0, "it ended by itself"
    assert ours(seen, process.pid)
    assert process.pid not in {plugin.pid for plugin in left}
    assert str(Plugin(17, "pulumi-resource-trial")) == "pulumi-resource-trial (process 17)"


def test_one_that_does_not_end_is_told_after_the_time_and_left_alone(tmp_path: Path) -> None:
    with orphan(tmp_path, seconds=60) as process:
        left = plugins.wait_for_orphaned(0.5, lambda left: None)

        assert Plugin(process.pid, "pulumi-resource-trial") in left
        assert process.poll() is None
