"""What Azure refuses at `up`, from what changes."""

from typing import Any

import environments
import pytest

from mesh.plan import Plan
from mesh.render import plan
from mesh.review.refusals import refusals
from mesh.review.steps import Step


def planned(**changes: Any) -> Plan:
    declared = environments.declared()
    declared["clusters"]["east"].update(changes)
    return plan(environments.resolved(declared))


def codes(step: Step, base: Plan | None, head: Plan) -> list[tuple[str, str]]:
    return [(refusal.resource, refusal.code) for refusal in refusals(base, head, [step])]


CLUSTER, POOL = "containerservice:ManagedCluster", "containerservice:AgentPool"


@pytest.mark.parametrize(
    ("type", "path"),
    [
        (CLUSTER, "agentPoolProfiles[0].vmSize"),
        (CLUSTER, "agentPoolProfiles[0].availabilityZones[2]"),
        (CLUSTER, "agentPoolProfiles[0].availabilityZones"),
        (POOL, "availabilityZones[0]"),
        (POOL, "osDiskSizeGB"),
        ("compute:VirtualMachineScaleSet", "zones[0]"),
    ],
)
def test_what_azure_sets_once_is_refused_without_a_base(type: str, path: str) -> None:
    step = Step("update", "one", type, (path,))

    assert codes(step, None, planned()) == [("one", "PropertyChangeNotAllowed")]


@pytest.mark.parametrize("path", ["agentPoolProfiles[0].count", "kubernetesVersion", "tags.vmSize"])
def test_what_azure_changes_in_place_is_not(path: str) -> None:
    assert codes(Step("update", "cluster/east", CLUSTER, (path,)), None, planned()) == []


def test_what_is_made_anew_is_not_refused_but_lost() -> None:
    step = Step("replace", "pool/east/apps", POOL, ("vmSize",), ("vmSize",))

    assert codes(step, None, planned()) == []


@pytest.mark.parametrize(
    ("before", "after", "refused"),
    [("1.34", "1.36", True), ("1.35", "1.34", True), ("1.34", "1.35", False), ("1.34", "1.34.2", False)],
)
def test_a_version_goes_up_one_minor_at_a_time(before: str, after: str, refused: bool) -> None:
    step = Step("update", "cluster/east", CLUSTER, ("kubernetesVersion",))

    found = codes(step, planned(kubernetes=before), planned(kubernetes=after))

    assert found == ([("cluster/east", "OperationNotAllowed")] if refused else [])


def test_a_network_with_what_others_put_there_does_not_go() -> None:
    step = Step("delete", "network/machines", "network:VirtualNetwork")

    found = refusals(planned(), planned(), [step])

    assert [(refusal.code, refusal.text) for refusal in found] == [
        (
            "InUseSubnetCannotBeDeleted",
            "vault-db and invoices-db would stay in it, which this program did not make and does not delete",
        )
    ]
