"""The Makefile, as a newcomer meets it."""

import os
import shutil
import subprocess
from pathlib import Path

from mesh.lab.paths import CHECKOUT


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """As from a shell, also where these tests are themselves run by make."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        [shutil.which("make") or "make", *arguments],
        cwd=folder, env={**inherited, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def checkout(tmp_path: Path) -> Path:
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(CHECKOUT / name, tmp_path)
    return tmp_path


def test_make_alone_lists_what_can_be_made(tmp_path: Path):
    done = make(checkout(tmp_path))

    assert done.returncode == 0
    assert [line.split()[1] for line in done.stdout.splitlines()] == [
        *("help", "up", "down", "status", "test", "test-faults", "fuzz", "test-previews", "checkov", "test-drift"),
        *(
            "check-access",
            "mutations",
            "bench",
            "bench-access",
            "bench-learn",
            "ci-preview",
            "ci-drift",
            "bench-review",
            "pictures",
            "clean",
        ),
    ]


def test_without_a_python_that_fits_it_says_which_one_is_needed(tmp_path: Path):
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("cksum", "cat", "rm", "touch"):
        (programs / name).symlink_to(shutil.which(name) or name)
    old = programs / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)

    done = make(checkout(tmp_path), "up", PATH=str(programs))

    assert done.returncode != 0
    assert "Python 3.11 or newer with its venv module is needed, and none is on PATH" in done.stderr


def stub_python(folder: Path, tmp_path: Path) -> None:
    """A Python whose venv and pip only note that they ran."""
    folder.mkdir()
    stub = folder / "python3.11"
    stub.write_text(
        "#!/bin/sh\n"
        f'echo "$*" >> {tmp_path}/ran\n'
        'case "$*" in\n'
        "  *'-m venv'*) mkdir -p .venv/bin; cp \"$0\" .venv/bin/python;;\n"
        f"  *purelib*) echo {tmp_path};;\n"
        '  *"pip install"*) [ ! -e fail ];;\n'
        "esac\n"
    )
    stub.chmod(0o755)


def test_an_installation_that_failed_is_made_anew_and_a_finished_one_is_left_alone(tmp_path: Path):
    folder, programs = checkout(tmp_path), tmp_path / "programs"
    stub_python(programs, tmp_path)
    path = f"{programs}:{os.environ['PATH']}"
    ran = tmp_path / "ran"

    (folder / "fail").touch()
    assert make(folder, "packages", PATH=path).returncode != 0
    (folder / "fail").unlink()
    ran.unlink()
    assert make(folder, "packages", PATH=path).returncode == 0
    assert "-m venv .venv" in ran.read_text()
    ran.unlink()
    assert make(folder, "packages", PATH=path).returncode == 0
    assert "pip" not in ran.read_text()
    with (folder / "requirements.txt").open("a") as lock:
        lock.write("# changed\n")
    assert make(folder, "packages", PATH=path).returncode == 0
    assert "pip install" in ran.read_text()
