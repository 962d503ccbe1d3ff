"""A recovered resource keeps the inputs it was created with, so that the next update finds nothing to replace."""

from typing import Any

from mesh.engine.recovery import pending

PLACE = "urn:pulumi:lab::hybrid-mesh"
KIND = "azure-native:network:VirtualNetwork"
PROVIDER = {
    "urn": f"{PLACE}::pulumi:providers:azure-native::default",
    "type": "pulumi:providers:azure-native",
    "custom": True,
    "inputs": {"subscriptionId": "11111111-2222-3333-4444-555555555555"},
}


def sent(name: str) -> dict[str, Any]:
    return {"resourceGroupName": "hybrid-mesh-lab", "virtualNetworkName": name}


def resource(name: str, **more: Any) -> dict[str, Any]:
    provider = f"{PROVIDER['urn']}::some-id"
    return {"urn": f"{PLACE}::{KIND}::{name}", "type": KIND, "custom": True, "provider": provider, **more}


def killed_while_creating(name: str, *resources: dict[str, Any]) -> dict[str, Any]:
    pending_operation = {"type": "creating", "resource": resource(name, inputs=sent(name))}
    return {"resources": list(resources), "pending_operations": [pending_operation]}


def refreshed(state: dict[str, Any]) -> dict[str, Any]:
    """As a refresh leaves it that takes for inputs what the cloud says."""
    return {
        "resources": [
            {**one, "inputs": {"cloud": "says"}} if one["type"] == KIND else one for one in state["resources"]
        ]
    }


def inputs(state: dict[str, Any]) -> dict[str, Any]:
    return {one["urn"].rpartition("::")[2]: one["inputs"] for one in state["resources"] if one["type"] == KIND}


def test_what_was_sent_is_put_back_after_the_refresh() -> None:
    killed = killed_while_creating("east", PROVIDER, resource("west", id="west", inputs=sent("west")))

    state = pending.settled(refreshed(pending.adopted(killed)))

    assert inputs(state) == {"east": sent("east"), "west": {"cloud": "says"}}
    assert [one["type"] for one in state["resources"]] == [PROVIDER["type"], KIND, KIND]


def test_a_second_killed_run_adds_to_what_the_first_recovery_had_not_put_back() -> None:
    left = refreshed(pending.adopted(killed_while_creating("east", PROVIDER)))

    state = pending.settled(refreshed(pending.adopted(killed_while_creating("west", *left["resources"]))))

    assert inputs(state) == {"east": sent("east"), "west": sent("west")}


def test_one_that_is_to_be_deleted_is_left_alone() -> None:
    old = resource("east", id="old", inputs={"old": 1}, delete=True)

    state = pending.settled(pending.adopted(killed_while_creating("east", PROVIDER, old)))

    assert [one["inputs"] for one in state["resources"][1:]] == [{"old": 1}, sent("east")]
