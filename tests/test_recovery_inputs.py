"""A recovered resource keeps the inputs it was created with, so that the next update finds nothing to replace."""

from mesh.recovery import pending

URN = "urn:pulumi:lab::hybrid-mesh::azure-native:compute:VirtualMachine::machine/ledger-0"
SENT = {"resourceGroupName": "hybrid-mesh-lab", "vmName": "ledger-0"}


def test_what_was_sent_is_put_back_after_the_refresh() -> None:
    resource = {"urn": URN, "type": "azure-native:compute:VirtualMachine", "custom": True, "inputs": SENT}
    declared = pending.declared_inputs({"pending_operations": [{"type": "creating", "resource": resource}]})
    refreshed = {"resources": [{**resource, "inputs": {"osDiskSizeGB": 128}}, {"urn": "other", "inputs": {"a": 1}}]}

    state = pending.as_declared(refreshed, declared)

    assert [one["inputs"] for one in state["resources"]] == [SENT, {"a": 1}]


def test_one_that_is_to_be_deleted_is_left_alone() -> None:
    refreshed = {"resources": [{"urn": URN, "delete": True, "inputs": {"old": 1}}]}

    assert pending.as_declared(refreshed, {URN: SENT})["resources"][0]["inputs"] == {"old": 1}
