"""`mesh preview` and `mesh drift` where they cannot look: 3 and what to do; never a change, a drift, or none."""

import json
import os
import shlex
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import deployed_projects
import pytest
from pulumi_projects import Project

COMMANDS = ("preview", "drift")
KEY = "CANARY-of-a-key/with+signs==\nCANARY-second-line"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return deployed_projects.deployed(tmp_path_factory.mktemp("failing") / "project")


@pytest.fixture
def refusing() -> Iterator[str]:
    """A backend that lets nobody in."""

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(
                {"code": 401, "message": "Unauthorized: No credentials provided or are invalid."}
            ).encode()
            self.send_response(401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def looked(project: Project, command: str, *words: str, before: str = "", **variables: str) -> str:
    """What it says to people, of a look that has to fail."""
    done = deployed_projects.mesh(
        project, command, "--stack", "lab", "--format", "json", *words, before=before, **variables
    )
    assert done.returncode == 3, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert "goroutine" not in done.stderr
    if command == "preview":
        document = json.loads(done.stdout)
        assert document["exit"] == 3
        assert {"access", "steps", "stops"}.isdisjoint(document), "nothing is said of what would change"
    else:
        assert done.stdout == ""
    return done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_a_backend_that_does_not_answer(project: Project, command: str) -> None:
    variables = {"PULUMI_BACKEND_URL": "https://127.0.0.1:9", "PULUMI_ACCESS_TOKEN": "pul-CANARY-of-a-token"}

    said = looked(project, command, **variables)

    assert "connection refused" in said
    assert "or the backend of the state. Look at the network from here" in said
    assert "CANARY" not in said


@pytest.mark.parametrize("command", COMMANDS)
def test_a_login_at_the_backend_that_has_expired(project: Project, refusing: str, command: str) -> None:
    said = looked(project, command, PULUMI_BACKEND_URL=refusing, PULUMI_ACCESS_TOKEN="pul-CANARY-of-a-token")

    assert "The login is missing or has expired. Log in again (az login; in a pipeline, run the job again)" in said
    assert "CANARY" not in said


@pytest.mark.parametrize("command", COMMANDS)
def test_a_passphrase_that_opens_nothing(project: Project, command: str) -> None:
    said = looked(project, command, PULUMI_CONFIG_PASSPHRASE="CANARY-that-is-wrong")

    assert "Set PULUMI_CONFIG_PASSPHRASE, or log in to the vault that encrypts them" in said
    assert "CANARY" not in said


@pytest.mark.parametrize("command", COMMANDS)
def test_a_stack_that_is_being_deployed(project: Project, command: str) -> None:
    hold = project.folder / "held"
    hold.touch()
    slow = f"Resource('file:index:File', 'slow', hold={str(hold)!r})\n"
    project.write(deployed_projects.BEFORE + slow)
    update = project.start("up", "--yes", "--skip-preview")
    try:
        deadline = time.monotonic() + 60
        while "slow.json" not in project.resources:
            assert time.monotonic() < deadline
            time.sleep(0.05)

        said = looked(project, command)
    finally:
        hold.unlink()
        update.communicate(timeout=60)
        project.write(deployed_projects.BEFORE)
        restored = project.run("up", "--yes", "--skip-preview")

    assert restored.returncode == 0, restored.stdout
    assert "Stack lab is locked, so nobody can say what it holds and what is being deployed:" in said
    assert "Try again when that run has ended. If it is dead: mesh recover --stack lab" in said


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("size", ["4k", "8k"], ids=["of nothing", "of a part of what the engine writes"])
def test_a_disk_for_temporary_files_that_is_full(project: Project, tmp_path: Path, command: str, size: str) -> None:
    mount = f"mount -t tmpfs -o size={size} tmpfs {shlex.quote(str(tmp_path))}"

    said = looked(project, command, before=mount, TMPDIR=str(tmp_path))

    assert "disk" in said
    assert "df -h shows where" in said


def test_a_disk_of_the_backend_that_is_full(project: Project, tmp_path: Path) -> None:
    """A look writes nothing there; a repair does."""
    state = shlex.quote(project.environment["PULUMI_BACKEND_URL"].removeprefix("file://"))
    here = shlex.quote(str(tmp_path))
    full = (
        f"mount -t tmpfs -o size=256k tmpfs {here}; cp -r {state}/. {here}\n"
        f"dd if=/dev/zero of={here}/all bs=4k 2>/dev/null || true"
    )

    said = looked(project, "drift", "--repair", "--yes", before=full, PULUMI_BACKEND_URL=f"file://{tmp_path}")

    assert "no space left on device" in said.lower()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_stack_file_that_is_not_there_is_named_first(project: Project, command: str) -> None:
    folders = [folder for folder in os.defpath.split(os.pathsep) if not Path(folder, "pulumi").exists()]
    done = subprocess.run(
        [*deployed_projects.COMMAND, command, "--stack", "nowhere"],
        cwd=project.folder, env={**project.environment, **deployed_projects.OURS, "PATH": os.pathsep.join(folders)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 2
    assert "stacks/Pulumi.nowhere.yaml: there is no such file." in done.stderr
    assert "pulumi" not in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_an_engine_that_is_not_there(project: Project, command: str) -> None:
    said = looked(project, command, PATH=os.defpath)

    assert "pulumi is not on PATH. For the lab: `. .lab/env`." in said


@pytest.mark.parametrize("command", [*COMMANDS, "drift --repair --yes"])
def test_no_secret_is_in_what_the_engine_complains_of(project: Project, tmp_path: Path, command: str) -> None:
    """Each as it is, escaped and in base64, wherever in a longer text."""
    secrets = tmp_path / "lab" / "certificates" / "shop"
    secrets.mkdir(parents=True)
    (secrets / "tls.key").write_text(KEY)
    (tmp_path / "complain").write_text(
        "#!/usr/bin/env python3\n"
        "import base64, json, os, sys, urllib.parse\n"
        f"key = {KEY!r}\n"
        "sys.exit('error: it refuses: ' + ' '.join([key, json.dumps(key), urllib.parse.quote(key, safe=''),\n"
        "    base64.b64encode(key.encode()).decode(), base64.b64encode(b'k: ' + key.encode()).decode(),\n"
        "    base64.b64encode(b'of ' + key.encode() + b'; end').decode(), key.encode().hex(),\n"
        "    os.environ['ARM_CLIENT_SECRET']]))\n"
    )
    (tmp_path / "complain").rename(tmp_path / "pulumi")
    (tmp_path / "pulumi").chmod(0o755)
    path = f"{tmp_path}:{project.environment['PATH']}"

    said = looked(
        project, *command.split(), PATH=path, HYBRID_MESH_SECRETS=str(tmp_path), ARM_CLIENT_SECRET="CANARY-of-a-login"
    )

    assert "it refuses" in said
    for form in ("CANARY", "Q0FOQVJZ", "NBTkFSW", "DQU5BUl", KEY.encode().hex()[:16]):
        assert form not in said
