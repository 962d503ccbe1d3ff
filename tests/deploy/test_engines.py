"""The program warns where the engine of a cluster is not the one that its NetworkPolicies need."""

from typing import Any

import pytest

from mesh.deploy import engines


@pytest.mark.parametrize(
    ("profile", "engine"),
    [
        ({"networkPolicy": "Cilium"}, "cilium"),
        ({"networkPolicy": "none"}, "none"),
        ({"networkPlugin": "azure"}, ""),
        (None, ""),
    ],
)
def test_the_engine_is_read_from_what_azure_answers(profile: Any, engine: str) -> None:
    assert engines.engine(profile) == engine


def test_a_missing_engine_is_told_with_the_command_that_switches_it_on() -> None:
    assert engines.missing("east", "cilium", "none") == (
        "cluster east has the engine none for NetworkPolicies, not cilium: those of the plan are not enforced as "
        "it says. Switch it on with az aks update --network-dataplane cilium --network-policy cilium, then refresh."
    )
    assert "update --network-policy azure," in engines.missing("east", "azure", "")
