"""Output where it may not be as wide, or as rich in characters, as we would like."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
LAB = "stacks/Pulumi.lab.yaml"


def started(*arguments: str, **variables: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **variables}
    return subprocess.Popen(
        [sys.executable, "-m", "mesh", *arguments],
        cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [("check", LAB), ("access", LAB), ("plan", LAB), ("whatif", LAB, "--without", "cluster/east")],
    ids=lambda arguments: arguments[0],
)
def test_ascii_has_stand_ins_and_no_traceback(arguments: tuple[str, ...]) -> None:
    process = started(*arguments, PYTHONIOENCODING="ascii", NO_COLOR="1", COLUMNS="40")

    out, errors = process.communicate(timeout=120)

    assert process.returncode in (0, 1)
    assert out.isascii()
    assert b"Traceback" not in errors
    assert b"\x1b" not in out
    if arguments[0] == "access":
        assert b"->" in out


@pytest.mark.parametrize("command", ["plan", "access"])
def test_a_closed_pipe_is_no_traceback(command: str) -> None:
    process = started(command, LAB)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()

    errors = process.stderr.read()
    process.wait(timeout=120)

    assert b"Traceback" not in errors
    assert b"BrokenPipe" not in errors
