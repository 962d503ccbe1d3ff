"""Bodies against the types that the SDK carries: what Azure's types take is taken, what they do not is refused."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from arm_client import GROUP, NETWORK, Azure, RecordingServers, azure_in, network
from cluster_ground import CLUSTER, cluster
from drawn_bodies import drawn, spoilt
from ground import ASSIGNMENT, BODIES, SERVER, made_in, with_principal
from rules import changed
from test_compute import MACHINE, machine
from test_key_vault import VAULT, vault

from mesh.lab.arm import ids
from mesh.lab.arm.schema import shapes

RULES = f"{NETWORK}/networkSecurityGroups/apps"
RULE = f"{RULES}/securityRules/http"
SHAPE_CODES = ("InvalidRequestContent", "UnmarshalError")


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    database = tmp_path_factory.mktemp("all-types") / "azure.db"
    made_in(database)
    return database


@pytest.fixture
def azure(ground: Path, tmp_path: Path) -> Iterator[Azure]:
    """With one resource of every type."""
    for part in ground.parent.iterdir():  # with what is still in the log of its database
        shutil.copy(part, tmp_path / part.name)
    with azure_in(tmp_path / "azure.db", RecordingServers()) as azure:
        yield azure


OPEN_RULE = {
    "properties": {
        "protocol": "Tcp",
        "access": "Allow",
        "direction": "Inbound",
        "priority": 200,
        "sourcePortRange": "*",
        "destinationPortRange": "80",
        "sourceAddressPrefix": "*",
        "destinationAddressPrefix": "*",
    }
}

REFUSED = [
    ("an unknown property", RULE, OPEN_RULE, {"properties.tiers": "x"}, "InvalidRequestFormat"),
    ("a text for a number", RULE, OPEN_RULE, {"properties.priority": "200"}, "InvalidRequestFormat"),
    ("a fraction for a number", RULE, OPEN_RULE, {"properties.priority": 200.5}, "InvalidRequestFormat"),
    ("a truth for a number", RULE, OPEN_RULE, {"properties.priority": True}, "InvalidRequestFormat"),
    ("an object for a list", RULE, OPEN_RULE, {"properties.sourcePortRanges": {}}, "InvalidRequestFormat"),
    ("a list for an object", RULE, OPEN_RULE, {"properties": []}, "InvalidRequestContent"),
    ("nothing for what is required", RULE, OPEN_RULE, {"properties.access": None}, "InvalidRequestFormat"),
    ("an unknown value", RULE, OPEN_RULE, {"properties.direction": "Sideways"}, "InvalidRequestFormat"),
    ("an unknown envelope", RULE, OPEN_RULE, {"flavour": "x"}, "InvalidRequestContent"),
    ("what only Azure sets", RULE, OPEN_RULE, {"properties.provisioningState": "Failed"}, "InvalidRequestFormat"),
    ("another name than its own", RULE, OPEN_RULE, {"name": "https"}, "InvalidRequestFormat"),
    ("an unknown property of AKS", CLUSTER, cluster(), {"properties.networkProfil": {}}, "UnmarshalError"),
    ("a text for a truth", CLUSTER, cluster(), {"properties.enableRBAC": "true"}, "UnmarshalError"),
    (
        *("an unknown property deep inside", CLUSTER, cluster()),
        *({"properties.agentPoolProfiles.0.upgradeSettings": {"maxSurges": "1"}}, "UnmarshalError"),
    ),
    ("an unknown value of AKS", CLUSTER, cluster(), {"sku": {"name": "Base", "tier": "Gold"}}, "InvalidParameter"),
    (
        *("tiers for tier", SERVER, dict(BODIES)[SERVER]),
        *({"sku": {"name": "Standard_D2ds_v5", "tiers": "GeneralPurpose"}}, "InvalidParameterValue"),
    ),
    ("an unknown property of a disk", MACHINE, machine(), {"properties.storageProfile.osDisk.size": 30}, "BadRequest"),
    (
        *("an unknown value of Compute", MACHINE, machine()),
        *({"properties.storageProfile.osDisk.caching": "Sometimes"}, "InvalidParameter"),
    ),
    ("no sku", VAULT, vault(), {"properties.sku": None}, "BadRequest"),
    ("an unknown property of a group", GROUP, {"location": "westeurope"}, {"kind": "x"}, "InvalidRequestContent"),
    ("a text for tags", GROUP, {"location": "westeurope"}, {"tags": "x"}, "InvalidRequestContent"),
]


@pytest.mark.parametrize(("what", "path", "body", "change", "code"), REFUSED, ids=[case[0] for case in REFUSED])
def test_what_does_not_fit_its_type_is_refused(
    azure: Azure, what: str, path: str, body: dict[str, Any], change: dict[str, Any], code: str
) -> None:
    assert azure.refused(path, changed(body, change)) == code
    azure.made(path, body)


def test_network_names_each_thing_that_does_not_fit(azure: Azure) -> None:
    wrong = changed(OPEN_RULE, {"properties.tiers": "x", "properties.priority": "200"})

    error = azure.put(RULE, wrong).json()["error"]

    assert error["message"] == "Cannot parse the request."
    assert error["details"] == [
        {"code": "InvalidJson", "message": "Error converting a string to type 'Int32'. Path 'properties.priority'."},
        {
            "code": "InvalidJson",
            "message": "Could not find member 'tiers' on object of type 'SecurityRuleProperties'."
            " Path 'properties.tiers'.",
        },
    ]


def test_a_refusal_does_not_repeat_a_secret_at_a_wrong_place(azure: Azure) -> None:
    wrong = changed(machine(), {"properties.osProfile.adminPassword": ["Canary-1"]})

    assert "Canary-1" not in azure.put(MACHINE, wrong).text


MALFORMED = [
    *(b"{", b"[]", b"null", b'"text"', b"1", b"\xff", b'{"properties": NaN}', b'{"properties": "\\ud800"}'),
    *(b"[" * 100_000, b'{"a":' * 100_000, b'{"location": ["westeurope"]}', b'{"location": {}}', b'{"properties": []}'),
    *(b'{"location": "westeurope", "properties": {"subnets": [null]}}', b'{"location": "westeurope", "tags": []}'),
    b'{"location": "westeurope", "properties": {"flowTimeoutInMinutes": 1' + b"0" * 5000 + b"}}",
    b'{"location": "westeurope", "properties": {"flowTimeoutInMinutes": 1e400}}',
]


@pytest.mark.parametrize("content", MALFORMED, ids=range(len(MALFORMED)))
@pytest.mark.parametrize("path", [network("east"), CLUSTER, MACHINE, GROUP], ids=["network", "cluster", "vm", "group"])
def test_a_malformed_body_is_a_bad_request(azure: Azure, path: str, content: bytes) -> None:
    answer = azure.http.request("PUT", path, content=content, params={"api-version": "2024-05-01"})

    assert (answer.status_code, set(answer.json())) == (400, {"error"})


@pytest.mark.parametrize(("path", "body"), BODIES, ids=[ids.address(path).type_name for path, _ in BODIES])
def test_what_azure_shows_can_be_sent_again(azure: Azure, path: str, body: dict[str, Any]) -> None:
    shown = azure.body(path)

    # A password is never shown, and neither is what a secret holds.
    secret = {"properties": {**shown["properties"], **_secrets(body)}} if _secrets(body) else {}
    assert azure.put(path, {**shown, **secret}).status_code == 200


def _secrets(body: dict[str, Any]) -> dict[str, Any]:
    given = body.get("properties") or {}
    return {name: given[name] for name in ("administratorLoginPassword", "value") if name in given}


@pytest.mark.parametrize(("path", "body"), BODIES, ids=[ids.address(path).type_name for path, _ in BODIES])
def test_a_drawn_body_is_not_refused_for_its_shape_and_a_spoilt_one_is(
    azure: Azure, path: str, body: dict[str, Any]
) -> None:
    shape = shapes.of_type(ids.address(path).type_name)
    assert shape
    base = with_principal(azure, body) if path == ASSIGNMENT else body

    for seed in range(12):
        luck = random.Random(f"{path}/{seed}")
        fitting = drawn(shape, base, luck, luck.choice((0.02, 0.1, 0.4)))
        spoilt_body = spoilt(shape, fitting, luck)
        answer, refusal = azure.put(path, fitting), azure.put(path, spoilt_body.body)
        azure.wait()

        assert answer.is_success or answer.json()["error"]["code"] not in SHAPE_CODES, (seed, answer.text)
        assert "Could not find member" not in answer.text, (seed, answer.text)
        assert refusal.status_code == 400, (seed, spoilt_body.fault, spoilt_body.place)


WITHOUT_STATE = ("roleAssignments", "userAssignedIdentities", "federatedIdentityCredentials", "secrets", "databases")


@pytest.mark.parametrize(("path", "body"), BODIES, ids=[ids.address(path).type_name for path, _ in BODIES])
def test_a_response_has_the_members_of_its_type(azure: Azure, path: str, body: dict[str, Any]) -> None:
    shape, shown = shapes.of_type(ids.address(path).type_name), azure.body(path)
    assert shape

    assert set(shown) <= {*shape.members, "properties"}
    assert set(shown["properties"]) <= set(shape.members["properties"].shape.members)


def test_only_types_that_have_them_show_a_version_and_a_state(azure: Azure) -> None:
    types = {ids.address(path).type_name.rpartition("/")[2]: azure.body(path) for path, _ in BODIES}

    assert {name for name, shown in types.items() if "etag" not in shown} == {
        *("resourceGroups", "managedClusters", "agentPools", "vaults", "flexibleServers", "extensions"),
        *WITHOUT_STATE,
    }
    assert "eTag" in types["managedClusters"]
    assert "eTag" in types["agentPools"]["properties"]
    assert {name for name, shown in types.items() if "provisioningState" not in shown["properties"]} == {
        *("A", "flexibleServers"),
        *WITHOUT_STATE,
    }
