"""`mesh drift --repair` of a real stack in the simulated Azure: the question and its answers."""

import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import looked_at
import pytest
from changed_lab import InAzure, in_azure
from changes_behind import NETWORK
from looked_at import Deployed

STACK = """
config:
  azure-native:subscriptionId: 11111111-2222-4333-8444-555555555555
  hybrid-mesh:environment:
    location: westeurope
    istio: {version: 1.30.4, trust_domain: shop.example}
    networks:
      east: {space: 10.10.0.0/16}
      west: {space: 10.20.0.0/16}
    clusters: {}
    workloads: {}
    routes: []
"""
EAST, WEST = f"{NETWORK}/virtualNetworks/east", f"{NETWORK}/virtualNetworks/west"
QUESTION = "Put this back? [y/N]:"
MOST_SECONDS = 400


@dataclass(frozen=True)
class Ground:
    deployed: Deployed
    they: InAzure

    def change(self, path: str) -> None:
        if path not in self.changed:
            self.they.edit_azure(path, lambda network: network["tags"].update(cost="17"))

    @property
    def changed(self) -> set[str]:
        """The networks that are live as they were changed."""
        return {path for path in (EAST, WEST) if "cost" in self.they.get_azure(path)["tags"]}


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with looked_at.deployed(tmp_path_factory.mktemp("repair"), STACK) as (lab, deployed), in_azure(lab) as they:
        yield Ground(deployed, they)


@pytest.fixture
def changed(ground: Ground) -> Ground:
    """Changed behind the program's back."""
    ground.change(EAST)
    ground.change(WEST)
    return ground


@dataclass
class Asked:
    """A repair that runs beside a test, at a terminal."""

    process: subprocess.Popen[bytes]
    keyboard: int
    told: str = field(default="")
    """On standard error."""

    def until(self, text: str) -> None:
        assert self.process.stderr
        deadline = time.monotonic() + MOST_SECONDS
        while text not in self.told:
            assert time.monotonic() < deadline, self.told
            if select.select([self.process.stderr], [], [], 1)[0]:
                part = os.read(self.process.stderr.fileno(), 65536).decode()
                assert part, self.told
                self.told += part

    def answer(self, keys: str) -> tuple[int, str]:
        """Exit code, and the report."""
        os.write(self.keyboard, keys.encode())
        return self.ended()

    def ended(self) -> tuple[int, str]:
        report, more = self.process.communicate(timeout=MOST_SECONDS)
        self.told += more.decode()
        return self.process.returncode, report.decode()


def _takes_interrupts() -> None:
    """Of a test run in the background, a shell lets all processes ignore them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def asked(deployed: Deployed, *options: str) -> Iterator[Asked]:
    keyboard, terminal = pty.openpty()
    process = subprocess.Popen(
        deployed.command("drift", "--repair", *options), cwd=deployed.project.folder, env=deployed.environment,
        stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=_takes_interrupts,
    )  # fmt: skip
    os.close(terminal)
    try:
        yield Asked(process, keyboard)
    finally:
        process.kill()
        process.wait()
        os.close(keyboard)


def test_the_question_stands_below_what_will_be_done_and_no_leaves_all_as_it_is(changed: Ground) -> None:
    with asked(changed.deployed) as repair:
        repair.until(QUESTION)
        status, report = repair.answer("n\n")

    for network in ("east", "west"):
        shown = f'cosmetic: network/{network}\n  differs: + tags.cost: "17"\n  → is put back by an update\n'
        assert shown in repair.told.partition(QUESTION)[0]
    assert status == 1
    assert "Stack lab has drifted: 2 × cosmetic." in report
    assert changed.changed == {EAST, WEST}


def test_the_end_of_the_input_is_no_answer(changed: Ground) -> None:
    with asked(changed.deployed) as repair:
        repair.until(QUESTION)
        status, report = repair.answer("\x04")

    assert status == 1
    assert "Stack lab has drifted" in report
    assert changed.changed == {EAST, WEST}


def test_an_interrupt_at_the_question_changes_nothing_and_names_the_way_on(changed: Ground) -> None:
    with asked(changed.deployed) as repair:
        repair.until(QUESTION)
        repair.process.send_signal(signal.SIGINT)
        status, report = repair.ended()

    assert (status, report.strip()) == (3, "")
    assert "Interrupted" in repair.told
    assert "mesh drift --repair --stack lab" in repair.told
    assert "Traceback" not in repair.told
    assert changed.changed == {EAST, WEST}


def test_yes_puts_back_what_changed_between_the_look_and_the_answer_too(changed: Ground) -> None:
    with asked(changed.deployed) as repair:
        repair.until(QUESTION)
        changed.they.edit_azure(EAST, lambda network: network["tags"].update(owner="them"))
        status, report = repair.answer("y\n")

    assert (status, "Stack lab is as its stack file says: no drift." in report) == (0, True)
    assert changed.changed == set()
    assert "owner" not in changed.they.get_azure(EAST)["tags"]
