"""The stand-in language host, driven by the real engine."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pulumi_projects
import pytest

FILE = """
import pulumi
class File(pulumi.CustomResource):
    def __init__(self, name, opts=None, **inputs):
        super().__init__("file:index:File", name, {"id": name, **inputs}, opts)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> pulumi_projects.Project:
    return pulumi_projects.project(tmp_path_factory.mktemp("host") / "project", file="1.0.0")


def test_a_program_reads_structured_config_and_its_outputs_arrive(project: pulumi_projects.Project):
    (project.folder / "Pulumi.lab.yaml").write_text("config:\n  trial:environment: {networks: {east: 10.0.0.0/16}}\n")
    project.write(FILE + "pulumi.export('east', pulumi.Config().require_object('environment')['networks']['east'])\n")

    done = project.run("preview", "-s", "lab")

    assert done.returncode == 0, done.stdout
    assert 'east: "10.0.0.0/16"' in done.stdout
    (project.folder / "Pulumi.lab.yaml").unlink()


def test_a_run_error_is_one_message_without_a_traceback(project: pulumi_projects.Project):
    project.write("import pulumi\nraise pulumi.RunError('stacks/Pulumi.lab.yaml:3: networks.east: no')\n")

    done = project.run("preview", "-s", "lab")

    assert done.returncode != 0
    assert "    error: stacks/Pulumi.lab.yaml:3: networks.east: no\n" in done.stdout
    assert "Traceback" not in done.stdout
    assert "unhandled" not in done.stdout


def test_an_exception_names_its_line_in_the_program(project: pulumi_projects.Project):
    project.write("import nothing_there\n")

    done = project.run("preview", "-s", "lab")

    assert done.returncode != 0
    assert '__main__.py", line 1, in <module>' in done.stdout
    assert "ModuleNotFoundError: No module named 'nothing_there'" in done.stdout


def test_a_syntax_error_names_its_line(project: pulumi_projects.Project):
    project.write("\ndef half(:\n")

    assert '__main__.py", line 2\n' in project.run("preview", "-s", "lab").stdout


def test_an_exit_status_is_reported(project: pulumi_projects.Project):
    project.write("raise SystemExit(3)\n")

    done = project.run("preview", "-s", "lab")

    assert done.returncode != 0
    assert "the program exited with status 3" in done.stdout


def test_a_failed_resource_is_reported_once_and_without_a_traceback(project: pulumi_projects.Project):
    project.write(
        FILE + "first = File('first', fail=True)\n"
        "File('second', opts=pulumi.ResourceOptions(depends_on=[first]))\npulumi.export('first', first.id)\n"
    )

    done = project.run("up", "--yes", "--skip-preview", "-s", "lab")

    assert done.returncode != 0
    diagnostics = done.stdout.partition("Diagnostics:")[2]
    assert diagnostics.count("error: refused: the inputs ask for it") == 1
    assert "Traceback" not in done.stdout
    assert "monitor" not in done.stdout
    assert project.resources == set()


def test_the_program_finds_modules_beside_it_and_not_beside_the_host(project: pulumi_projects.Project):
    (project.folder / "beside.py").write_text("FOUND = 'beside'\n")
    project.write("import beside, importlib.util\nassert importlib.util.find_spec('language_host') is None\n")

    done = project.run("preview", "-s", "lab")

    assert done.returncode == 0, done.stdout


def test_a_config_value_larger_than_an_environment_variable_arrives(project: pulumi_projects.Project):
    (project.folder / "Pulumi.lab.yaml").write_text(f"config:\n  trial:large: {'x' * 300_000}\n")
    project.write("import pulumi\nassert len(pulumi.Config().require('large')) == 300_000\n")

    done = project.run("preview", "-s", "lab")

    assert done.returncode == 0, done.stdout[-2000:]
    (project.folder / "Pulumi.lab.yaml").unlink()


def test_a_virtual_environment_that_is_missing_is_named(project: pulumi_projects.Project):
    settings = project.folder / "Pulumi.yaml"
    before = settings.read_text()
    settings.write_text("name: trial\nruntime: {name: python, options: {virtualenv: gone}}\n")

    done = project.run("preview", "-s", "lab")

    assert done.returncode != 0
    assert "gone/bin/python is missing, and Pulumi.yaml says that the program runs with it." in done.stdout
    settings.write_text(before)


def test_host_and_program_end_when_their_engine_is_killed(project: pulumi_projects.Project):
    engine, pids = _in_the_middle(project)

    os.kill(engine.pid, signal.SIGKILL)
    engine.wait()

    assert _eventually_gone(pids)


def test_an_interrupted_engine_shows_no_traceback(project: pulumi_projects.Project):
    engine, pids = _in_the_middle(project)

    engine.send_signal(signal.SIGINT)
    printed, _ = engine.communicate(timeout=60)

    assert engine.returncode != 0
    assert "Traceback" not in printed
    assert "KeyboardInterrupt" not in printed
    assert _eventually_gone(pids)


def _in_the_middle(project: pulumi_projects.Project) -> tuple[subprocess.Popen[str], list[int]]:
    """A preview whose program goes on for as long as a test may take, and the ids of the program and its host."""
    told = project.folder / "pids"
    told.unlink(missing_ok=True)
    project.write(
        "import os, pathlib, time\n"
        "pathlib.Path('unfinished').write_text(f'{os.getpid()} {os.getppid()}')\n"
        f"os.replace('unfinished', '{told}')\n"
        "time.sleep(600)\n"
    )
    engine = project.start("preview", "-s", "lab")
    deadline = time.monotonic() + 60
    while not told.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return engine, [int(pid) for pid in told.read_text().split()]


def _eventually_gone(pids: list[int]) -> bool:
    for _ in range(600):
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return True
        time.sleep(0.05)
    return False
