"""A few of the trials of `make test-faults`: a killed run and broken answers lose nothing and leave nothing twice."""

import random

import fault_trials
import pytest
import state_troubles
from fault_trials import Ground, Trial, outcome, tried


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return fault_trials.ground(tmp_path_factory.mktemp("faults") / "project")


TRIALS = [
    Trial("up", "kill_after", 5, again=3),
    Trial("destroy", "kill_before", 2),
]


@pytest.mark.parametrize("trial", TRIALS, ids=[f"{trial.operation} {trial.fault}" for trial in TRIALS])
def test_a_fault_loses_nothing_and_leaves_nothing_twice(ground: Ground, trial: Trial) -> None:
    assert tried(ground, trial) == {"tried": 1, "converged": 1, "orphaned": 0, "duplicated": 0}


def test_two_updates_at_once_lose_nothing_and_leave_nothing_twice(ground: Ground) -> None:
    ground.put_back("empty")

    state_troubles.TROUBLES["two updates at once"](ground, random.Random(1))

    assert outcome(ground, "up") == {"tried": 1, "converged": 1, "orphaned": 0, "duplicated": 0}
