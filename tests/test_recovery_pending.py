"""States with interrupted operations, into states that a refresh settles."""

import pytest

from mesh.recovery import pending

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
    (adoption,) = pending.adoptions(state(creating(kind, inputs)))

    assert adoption.id == identity


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
        pending.adoptions(state(creating(kind, inputs)))


def test_components_and_providers_are_nothing_to_look_for():
    component = creating("hybrid-mesh:environment:Cluster", {}, custom=False)
    provider = creating("pulumi:providers:kubernetes", {})

    adopted = pending.adopted(state(component, provider))

    assert [one["urn"] for one in adopted["resources"]] == [PROVIDER]
    assert "pending_operations" not in adopted


def test_an_adopted_resource_is_marked_until_it_was_looked_at():
    adopted = pending.adopted(state(creating("kubernetes:core/v1:Namespace", {"metadata": {"name": "shop"}})))

    assert adopted["resources"][1]["id"] == "shop"
    assert pending.marked(adopted) == (adopted["resources"][1]["urn"],)


@pytest.mark.parametrize("kind", ["updating", "deleting"])
def test_what_was_changed_or_deleted_is_marked_where_it_stands(kind: str):
    namespace = resource("kubernetes:core/v1:Namespace", "shop", id="shop")

    adopted = pending.adopted(state({"type": kind, "resource": namespace}, resources=(namespace,)))

    assert len(adopted["resources"]) == 2
    assert pending.marked(adopted) == (namespace["urn"],)


def test_a_resource_that_was_being_replaced_is_to_be_deleted():
    old = resource("kubernetes:core/v1:Namespace", "one", id="old")

    adopted = pending.adopted(
        state(creating("kubernetes:core/v1:Namespace", {"metadata": {"name": "new"}}), resources=(old,))
    )

    assert [(one["id"], one.get("delete", False)) for one in adopted["resources"][1:]] == [
        ("old", True),
        ("new", False),
    ]


def test_a_create_that_the_state_knows_is_not_added_twice():
    known = resource("kubernetes:core/v1:Namespace", "one", id="shop")

    adopted = pending.adopted(
        state(creating("kubernetes:core/v1:Namespace", {"metadata": {"name": "shop"}}), resources=(known,))
    )

    assert len(adopted["resources"]) == 2


def test_what_azure_has_not_finished_is_waited_for_and_what_it_failed_is_repaired():
    creating_vault = resource(
        "azure-native:keyvault:Vault", "v", outputs={"properties": {"provisioningState": "Creating"}}
    )
    failed = resource("azure-native:network:Subnet", "s", outputs={"provisioningState": "Failed"})
    fine = resource("azure-native:network:Subnet", "f", outputs={"provisioningState": "Succeeded"})
    found = state(resources=(creating_vault, failed, fine))

    assert pending.unsettled(found) == (creating_vault["urn"],)
    assert pending.failed(found) == (failed["urn"],)
    repaired = pending.to_be_repaired(found)
    assert [bool(one.get("initErrors")) for one in repaired["resources"]] == [False, False, True, False]
    assert pending.failed(repaired) == ()
