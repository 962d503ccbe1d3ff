"""States with interrupted operations, into states that a refresh settles."""

import pytest

from mesh.engine.recovery import pending

PROVIDER = "urn:pulumi:lab::p::pulumi:providers:azure-native::default"


def state(*operations: dict, resources: tuple[dict, ...] = ()) -> dict:
    provider = {
        "urn": PROVIDER,
        "type": "pulumi:providers:azure-native",
        "custom": True,
        "inputs": {"subscriptionId": "11111111-2222-3333-4444-555555555555"},
    }
    return {"resources": [provider, *resources], "pending_operations": list(operations)}


def resource(kind: str, name: str, **more: object) -> dict:
    return {"urn": f"urn:pulumi:lab::p::{kind}::{name}", "type": kind, "custom": True, **more}


def known(deployment: dict) -> list[dict]:
    """The resources of a state that exist outside of it."""
    return [one for one in deployment["resources"] if one["custom"] and one["urn"] != PROVIDER]


def creating(kind: str, inputs: dict, **more: object) -> dict:
    made = {**resource(kind, "one"), "inputs": inputs, "provider": f"{PROVIDER}::some-id", **more}
    return {"type": "creating", "resource": made}


@pytest.mark.parametrize(
    ("kind", "inputs", "identity"),
    [
        (
            "azure-native:network:VirtualNetwork",
            {"resourceGroupName": "g", "virtualNetworkName": "east"},
            "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/g"
            "/providers/Microsoft.Network/virtualNetworks/east",
        ),
        ("kubernetes:core/v1:Namespace", {"metadata": {"name": "shop"}}, "shop"),
        (
            "kubernetes:security.istio.io/v1:AuthorizationPolicy",
            {"metadata": {"name": "cart", "namespace": "shop"}},
            "shop/cart",
        ),
        ("kubernetes:helm.sh/v3:Release", {"name": "istiod", "namespace": "istio-system"}, "istio-system/istiod"),
    ],
)
def test_the_id_of_an_interrupted_create_follows_from_its_inputs(kind: str, inputs: dict, identity: str):
    adopted = pending.adopted(state(creating(kind, inputs)))

    assert known(adopted)[0]["id"] == identity


@pytest.mark.parametrize(
    ("kind", "inputs", "complaint"),
    [
        ("azure-native:network:VirtualNetwork", {"resourceGroupName": "g"}, "'virtualNetworkName' is needed"),
        ("azure-native:network:Firewall", {}, "'azure-native:network:Firewall' is needed"),
        ("random:index:Pet", {}, "the ids of random:index:Pet do not follow"),
    ],
)
def test_what_has_no_computable_id_is_named(kind: str, inputs: dict, complaint: str):
    with pytest.raises(pending.Unidentified, match=complaint):
        pending.adopted(state(creating(kind, inputs)))


def test_components_and_providers_are_nothing_to_look_for():
    component = creating("hybrid-mesh:environment:Cluster", {}, custom=False)
    provider = creating("pulumi:providers:kubernetes", {})

    adopted = pending.adopted(state(component, provider))

    assert known(adopted) == []
    assert "pending_operations" not in adopted


@pytest.mark.parametrize("kind", ["creating", "updating", "deleting"])
def test_a_stack_is_interrupted_until_its_recovery_is_over(kind: str):
    namespace = resource("kubernetes:core/v1:Namespace", "shop", id="shop", inputs={"metadata": {"name": "shop"}})
    killed = state({"type": kind, "resource": namespace}, resources=(namespace,))

    adopted = pending.adopted(killed)

    assert known(adopted) == [namespace]
    assert pending.interrupted(killed)
    assert pending.interrupted(adopted)
    assert not pending.interrupted(pending.settled(adopted))


def test_a_resource_that_was_being_replaced_is_to_be_deleted():
    old = resource("kubernetes:core/v1:Namespace", "one", id="old")

    adopted = pending.adopted(
        state(creating("kubernetes:core/v1:Namespace", {"metadata": {"name": "new"}}), resources=(old,))
    )

    assert [(one["id"], one.get("delete", False)) for one in known(adopted)] == [
        ("old", True),
        ("new", False),
    ]


def test_a_create_that_the_state_knows_is_not_added_twice():
    known_before = resource("kubernetes:core/v1:Namespace", "one", id="shop")

    adopted = pending.adopted(
        state(creating("kubernetes:core/v1:Namespace", {"metadata": {"name": "shop"}}), resources=(known_before,))
    )

    assert known(adopted) == [known_before]


def test_what_azure_has_not_finished_is_waited_for_and_what_it_failed_is_repaired():
    creating_vault = resource(
        "azure-native:keyvault:Vault", "v", outputs={"properties": {"provisioningState": "Creating"}}
    )
    failed = resource("azure-native:network:Subnet", "s", outputs={"provisioningState": "Failed"})
    alone = {"provisioningState": "Succeeded", "peeringState": "Disconnected"}
    cut_off = resource("azure-native:network:VirtualNetworkPeering", "p", outputs=alone)
    fine = resource("azure-native:network:Subnet", "f", outputs={"provisioningState": "Succeeded"})
    found = state(resources=(creating_vault, failed, cut_off, fine))

    assert pending.unsettled(found) == (creating_vault["urn"],)
    assert pending.failed(found) == (failed["urn"], cut_off["urn"])
    repaired = pending.settled(found)
    assert [bool(one.get("initErrors")) for one in repaired["resources"]] == [False, False, True, True, False]
    assert pending.failed(repaired) == ()
