"""The lab's parts: made once, made again when they are not what was made, and never half."""

import io
import os
import stat
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from mesh.failures import Failure
from mesh.lab import exclusive_use
from mesh.lab.parts import engine, go, kubernetes, plugins, scripts, stamps
from mesh.lab.paths import Lab
from mesh.terminal.progress import Report

HELLO = go.Binary("hello", "hello", "example.org/hello", "v1.0.0", "-s -w", "a second")


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    made = Lab(tmp_path / "lab")
    made.binaries.mkdir(parents=True)
    return made


@pytest.fixture
def printed() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def report(printed: io.StringIO) -> Report:
    return Report(Console(file=printed, width=300))


@pytest.fixture
def hello(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Go module that builds in a second, in the place of the pinned ones."""
    folder = tmp_path / "modules/hello"
    folder.mkdir(parents=True)
    (folder / "go.mod").write_text("module example.org/hello\n\ngo 1.26\n")
    (folder / "go.sum").write_text("")
    (folder / "main.go").write_text('package main\n\nfunc main() { println("hello") }\n')
    monkeypatch.setattr(go, "_MODULES", folder.parent)
    return folder


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_program_is_built_once(lab: Lab, report: Report, printed: io.StringIO, hello: Path):
    built = go.build(lab, HELLO, report)
    first = built.stat()

    assert subprocess.run([built], capture_output=True, text=True, check=True).stderr == "hello\n"
    assert "hello v1.0.0, built from its Go module (a second the first time)" in printed.getvalue()
    assert go.build(lab, HELLO, report).stat() == first


@pytest.mark.parametrize("harm", ["truncated", "another's", "deleted"])
def test_a_program_that_is_not_what_was_built_is_built_again(lab: Lab, report: Report, hello: Path, harm: str):
    built = go.build(lab, HELLO, report)
    good = built.read_bytes()
    if harm == "deleted":
        built.unlink()
    else:
        built.write_bytes(good[:1000] if harm == "truncated" else b"#!/bin/sh\n")

    go.build(lab, HELLO, report)

    assert built.read_bytes() == good


def test_a_program_is_built_again_when_its_pins_change(lab: Lab, report: Report, hello: Path):
    before = go.build(lab, HELLO, report).stat().st_ino
    (hello / "go.sum").write_text("\n")

    assert go.build(lab, HELLO, report).stat().st_ino != before


def test_a_build_that_fails_says_what_go_said_and_leaves_nothing(lab: Lab, report: Report, hello: Path):
    (hello / "main.go").write_text("package main\n\nfunc main() { missing() }\n")

    with pytest.raises(Failure, match=r"hello could not be built(.|\n)*undefined: missing"):
        go.build(lab, HELLO, report)

    assert list(lab.binaries.iterdir()) == []


def test_what_an_interrupted_build_left_is_no_part(lab: Lab, report: Report, hello: Path):
    (lab.binaries / ".hello.unfinished").write_bytes(b"half")

    built = go.build(lab, HELLO, report)

    assert [path.name for path in lab.binaries.iterdir()] == ["hello"]
    assert subprocess.run([built], capture_output=True, text=True, check=True).stderr == "hello\n"


def test_versions_are_read_from_the_pins():
    assert go.version("engine", "github.com/pulumi/pulumi/pkg/v3") == "v3.255.0"
    assert go.version("istio", "istio.io/api") == "v1.31.1"
    assert plugins.version("azure-native") == "3.29.0"
    assert plugins.version("kubernetes") == "4.34.2"


def test_a_stamp_for_another_pin_does_not_count(lab: Lab, tmp_path: Path):
    made, part = tmp_path / "made", lab.binaries / "part"
    made.write_text("content")
    stamps.put(lab, made, part, "v1")

    assert stamps.is_current(lab, part, "v1")
    assert not stamps.is_current(lab, part, "v2")


def fake_engine(folder: Path, version: str, *, with_host: bool) -> Path:
    if with_host:
        executable(folder / "pulumi-language-python", "exit 0")
    return executable(folder / "pulumi", f"echo {version}")


def test_an_engine_on_path_that_is_new_and_runs_python_is_used(
    lab: Lab, report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    found = fake_engine(tmp_path / "new", "v3.300.0", with_host=True)
    monkeypatch.setenv("PATH", f"{found.parent}:{os.environ['PATH']}")

    assert engine.install(lab, report) == found
    assert list(lab.binaries.iterdir()) == []


@pytest.mark.parametrize(("version", "with_host"), [("v3.226.0", True), ("v3.300.0", False), ("nonsense", True)])
def test_another_engine_on_path_is_passed_over_and_one_is_built(
    lab: Lab,
    report: Report,
    printed: io.StringIO,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    with_host: bool,
):
    found = fake_engine(tmp_path / "old", version, with_host=with_host)
    monkeypatch.setenv("PATH", f"{found.parent}:{tmp_path / 'nothing'}")
    monkeypatch.setattr(engine, "_INSTALLER", "http://127.0.0.1:9/install.sh")
    monkeypatch.setattr(go, "build", lambda lab, binary, report: executable(lab.binaries / binary.name, "exit 0"))

    assert engine.install(lab, report) == lab.binaries / "pulumi"

    assert "Pulumi's installer cannot be reached" in printed.getvalue()
    assert scripts.is_ours(lab.binaries / "pulumi-language-python")


def test_a_language_host_that_came_with_the_engine_is_left_alone(lab: Lab, tmp_path: Path, report: Report):
    official = executable(lab.binaries / "pulumi-language-python", "exit 0")
    made = executable(tmp_path / "made", "exit 0")
    stamps.put(lab, made, lab.binaries / "pulumi", engine._OFFICIAL)

    assert engine.install(lab, report) == lab.binaries / "pulumi"
    assert not scripts.is_ours(official)


def test_servers_can_be_taken_from_a_folder(lab: Lab, report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    given = tmp_path / "given"
    for name in (*kubernetes.SERVERS, "kubectl"):
        executable(given / name, f"echo {name} v1")

    kubernetes.install(lab, given, report)

    assert {path.name for path in lab.binaries.iterdir()} >= set(kubernetes.SERVERS)
    assert (lab.binaries / "etcd").stat().st_mode & stat.S_IXUSR


def test_a_folder_without_working_servers_is_refused(lab: Lab, report: Report, tmp_path: Path):
    executable(tmp_path / "given/kube-apiserver", "exit 1")

    with pytest.raises(Failure, match=r"kube-apiserver cannot be run .* must hold kube-apiserver, kube-controller"):
        kubernetes.install(lab, tmp_path / "given", report)


def test_an_unknown_choice_of_plugin_is_refused(lab: Lab, report: Report, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(plugins, "_install_ours", lambda *_: None)
    monkeypatch.setenv(plugins.CHOICE, "theirs")

    with pytest.raises(Failure, match="'theirs'; it can be ours"):
        plugins.install(lab, Path("pulumi"), report)


def test_a_script_runs_this_checkout_from_anywhere(tmp_path: Path):
    (tmp_path / "mesh.py").write_text("raise SystemExit('a module that lies in the working folder')\n")
    script = tmp_path / "script"
    scripts.write(
        script, [os.sys.executable, "-P", "-c", "import mesh.lab, os; print(os.environ['GIVEN'])"], {"GIVEN": "a 'b'"}
    )

    done = subprocess.run([script], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.stdout == "a 'b'\n", done.stderr


def test_one_command_at_a_time_changes_the_lab(lab: Lab):
    with (
        exclusive_use.taken(lab),
        pytest.raises(Failure, match=f"Process {os.getpid()} is changing the lab"),
        exclusive_use.taken(lab),
    ):
        pass
    with exclusive_use.taken(lab):
        pass
