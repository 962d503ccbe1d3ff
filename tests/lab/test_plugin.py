"""How a provider plugin lives: served on a port that it prints, ended quietly, never outliving its engine."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc

from mesh.lab import paths

PLUGIN = [sys.executable, "-m", "mesh.lab.providers.kubernetes"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(paths.CHECKOUT)}


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {**ENVIRONMENT, "HYBRID_MESH_LAB": str(tmp_path), "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        PLUGIN, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        yield process
        process.kill()


def test_it_answers_on_the_port_that_it_prints_with_the_version_that_the_sdk_asks_for(plugin: subprocess.Popen[str]):
    assert plugin.stdout is not None
    port = int(plugin.stdout.readline())

    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        assert provider_pb2_grpc.ResourceProviderStub(channel).GetPluginInfo(empty_pb2.Empty()).version == "4.34.2"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_and_without_a_word_when_asked(plugin: subprocess.Popen[str], number: signal.Signals):
    assert plugin.stdout is not None
    plugin.stdout.readline()

    plugin.send_signal(number)

    assert plugin.wait(timeout=30) == 0
    assert plugin.stdout.read() == ""


def test_it_ends_when_its_engine_is_killed(tmp_path: Path):
    engine = (
        "import subprocess, sys\n"
        f"plugin = subprocess.Popen({PLUGIN!r}, stdout=subprocess.PIPE, text=True)\n"
        "plugin.stdout.readline()\n"
        "print(plugin.pid, flush=True)\n"
        "plugin.wait()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", engine], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())

        process.kill()

        _wait_until(lambda: not _is_alive(pid))


SLOW = """
import sys, time
from pathlib import Path
from pulumi.runtime.proto import provider_pb2
from mesh.lab.providers import plugin

class Slow(plugin.Plugin):
    def Create(self, request, context):
        Path(sys.argv[1], "begun").touch()
        time.sleep(1.5)
        Path(sys.argv[1], "done").touch()
        return provider_pb2.CreateResponse(id="1")

plugin.serve(Slow())
"""
ENGINE = """
import subprocess, sys, grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc
plugin = subprocess.Popen([sys.executable, "-c", sys.argv[1], sys.argv[2]], stdout=subprocess.PIPE, text=True)
channel = grpc.insecure_channel(f"127.0.0.1:{plugin.stdout.readline().strip()}")
print(plugin.pid, flush=True)
provider_pb2_grpc.ResourceProviderStub(channel).Create(provider_pb2.CreateRequest())
"""


def test_what_it_has_in_hand_is_done_whole_though_its_engine_is_killed(tmp_path: Path):
    command = [sys.executable, "-c", ENGINE, SLOW, str(tmp_path)]
    with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        _wait_until((tmp_path / "begun").exists)
        process.kill()

    _wait_until(lambda: not _is_alive(pid))
    assert (tmp_path / "done").exists()


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
