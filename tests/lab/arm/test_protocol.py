"""What Azure Resource Manager does with any resource: envelope, operations, misbehaviour."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from arm_client import (
    GROUP,
    NETWORK,
    SUBSCRIPTION,
    VERSION,
    Azure,
    Clock,
    RecordingServers,
    address,
    in_region,
    interface,
    network,
    prefix,
    space,
    subnet,
)

from mesh import azure_ids
from mesh.lab.arm import ids
from mesh.lab.arm.catalogue import catalogue
from mesh.lab.arm.resource_manager import ResourceManager

NSG = f"{NETWORK}/networkSecurityGroups/apps"


def refusal(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


class TestEnvelope:
    def test_a_group_is_created_then_updated(self, empty_azure: Azure):
        assert empty_azure.put(GROUP, {"location": "West Europe"}).status_code == 201
        assert empty_azure.put(GROUP, {"location": "westeurope", "tags": {"a": "b"}}).status_code == 200
        assert empty_azure.body(GROUP)["tags"] == {"a": "b"}
        assert empty_azure.body(GROUP)["location"] == "westeurope"

    def test_what_is_not_there_is_not_found(self, azure: Azure):
        assert refusal(azure.get(NSG)) == (404, "ResourceNotFound")
        assert refusal(azure.get(NSG.replace("shop", "none"))) == (404, "ResourceGroupNotFound")
        assert azure.request("HEAD", f"{GROUP}-none").status_code == 404
        assert azure.request("HEAD", GROUP).status_code == 204

    def test_an_error_has_code_message_target_and_details(self, azure: Azure):
        error = azure.put(network("new"), in_region({})).json()["error"]

        assert error["code"] == "InvalidRequestFormat"
        assert error["message"] == "Cannot parse the request."
        assert error["target"] == network("new")
        assert error["details"] == [
            {"code": "MissingJsonElement", "message": "Value for addressSpace.addressPrefixes must be provided."}
        ]

    @pytest.mark.parametrize(
        ("version", "code"),
        [
            ("", "MissingApiVersionParameter"),
            ("latest", "InvalidApiVersionParameter"),
            ("2015-06-15", "NoRegisteredProviderFound"),
        ],
    )
    def test_a_request_names_a_version_that_the_type_is_served_in(self, azure: Azure, version: str, code: str):
        assert azure.refused(NSG, in_region({}), version) == code
        azure.made(NSG, in_region({}))

    @pytest.mark.parametrize(
        ("path", "code"),
        [
            (f"{GROUP}/providers/Microsoft.Nothing/things/one", "InvalidResourceNamespace"),
            (f"{NETWORK}/virtualNetworkz/one", "InvalidResourceType"),
            (f"{SUBSCRIPTION}/providers/Microsoft.Network/virtualNetworks/one", "InvalidResourceType"),
        ],
    )
    def test_an_unknown_type_is_refused(self, azure: Azure, path: str, code: str):
        assert azure.refused(path, in_region({})) == code

    def test_a_malformed_subscription_is_refused(self, azure: Azure):
        assert refusal(azure.get("/subscriptions/mine/resourceGroups/shop")) == (400, "InvalidSubscriptionId")

    def test_what_is_no_json_is_refused(self, azure: Azure):
        response = azure.http.put(NSG, content=b"{", params={"api-version": VERSION})

        assert refusal(response) == (400, "InvalidRequestContent")
        assert azure.refused(NSG, ["a list"]) == "InvalidRequestContent"

    def test_names_are_one_whatever_their_casing_and_stay_as_they_were_written(self, azure: Azure):
        azure.made(NSG, in_region({}))
        shouted = NSG.upper().replace("/SUBSCRIPTIONS", "/subscriptions")
        azure.made(shouted, in_region({}, tags={"a": "b"}))

        assert azure.body(shouted)["id"] == NSG
        assert azure.body(NSG)["tags"] == {"a": "b"}

    @pytest.mark.parametrize(
        ("sentence", "body", "code"),
        [
            ("a location is given", {"properties": {}}, "LocationRequired"),
            ("a location is a region", in_region({}, "mars"), "LocationNotAvailableForResourceType"),
            ("tags are strings", in_region({}, tags={"a": 1}), "InvalidRequestFormat"),
            ("there are 50 tags", in_region({}, tags={str(n): "" for n in range(51)}), "InvalidRequestContent"),
            (
                "a tag's name has no reserved character",
                in_region({}, tags={"a/b": ""}),
                "InvalidTagNameCharacters",
            ),
            ("a tag's name has 512 characters", in_region({}, tags={"n" * 513: ""}), "InvalidTagName"),
            ("a tag's value has 256 characters", in_region({}, tags={"a": "v" * 257}), "InvalidRequestContent"),
        ],
    )
    def test_an_envelope_is_checked(self, azure: Azure, sentence: str, body: dict, code: str):
        assert azure.refused(NSG, body) == code
        most = {str(n): "v" * 256 for n in range(49)} | {"n" * 512: ""}
        azure.made(NSG, in_region({}, "West Europe", tags=most))

    def test_a_group_lies_in_a_region(self, empty_azure: Azure):
        assert empty_azure.refused(GROUP, {"location": "mars"}) == "LocationNotAvailableForResourceGroup"

    @pytest.mark.parametrize("name", ["shop.", "s" * 91, "shop!"])
    def test_a_group_has_a_name(self, empty_azure: Azure, name: str):
        assert (
            empty_azure.refused(f"{SUBSCRIPTION}/resourceGroups/{name}", {"location": "westus"})
            == "InvalidResourceGroup"
        )
        empty_azure.made(f"{SUBSCRIPTION}/resourceGroups/{'s' * 90}", {"location": "westus"})

    def test_a_resource_does_not_move(self, azure: Azure):
        azure.made(NSG, in_region({}))

        assert azure.refused(NSG, in_region({}, "northeurope")) == "InvalidResourceLocation"
        assert azure.refused(GROUP, {"location": "northeurope"}) == "InvalidResourceGroupLocation"

    def test_a_resource_needs_its_group_and_its_parent(self, azure: Azure):
        assert azure.refused(NSG.replace("shop", "none"), in_region({})) == "ResourceGroupNotFound"
        assert azure.refused(subnet("none", "apps"), prefix("10.0.0.0/24")) == "ParentResourceNotFound"

    def test_tags_are_patched_and_nothing_else(self, azure: Azure):
        azure.made(NSG, in_region({}, tags={"a": "b"}))

        assert azure.request("PATCH", NSG, {"tags": {"c": "d"}}).json()["tags"] == {"c": "d"}
        assert refusal(azure.request("PATCH", NSG, {"properties": {}})) == (400, "InvalidRequestContent")

    def test_a_write_may_ask_for_the_state_it_knows(self, azure: Azure):
        etag = azure.made(NSG, in_region({}))["etag"]

        assert refusal(azure.request("PUT", NSG, in_region({}), **{"If-Match": 'W/"other"'})) == (
            412,
            "PreconditionFailed",
        )
        assert azure.request("PUT", NSG, in_region({}), **{"If-Match": etag}).status_code == 200

    def test_collections_list_their_members(self, azure: Azure):
        azure.made(network("east"), space("10.10.0.0/16"))
        azure.made(subnet("east", "apps"), prefix("10.10.0.0/24"))
        azure.made(NSG, in_region({}))

        def names(path: str) -> list[str]:
            return [one["name"] for one in azure.body(path)["value"]]

        assert names(f"{NETWORK}/virtualNetworks") == ["east"]
        assert names(f"{SUBSCRIPTION}/providers/Microsoft.Network/virtualNetworks") == ["east"]
        assert names(f"{network('east')}/subnets") == ["apps"]
        assert names(f"{SUBSCRIPTION}/resourceGroups") == ["shop"]
        assert names(f"{GROUP}/resources") == ["apps", "east"]

    def test_an_unknown_action_is_refused(self, azure: Azure):
        azure.made(NSG, in_region({}))

        assert refusal(azure.post(f"{NSG}/explode")) == (404, "InvalidResourceType")


def test_each_type_of_the_sdk_is_served_in_the_version_that_it_speaks():
    types = {name.lower(): kind for name, kind in catalogue(RecordingServers()).items()}
    for token, spoken in azure_ids.ADDRESSES.items():
        filled = spoken.path.replace("{subscriptionId}", SUBSCRIPTION.rpartition("/")[2]).replace("/{scope}", GROUP)
        named = ids.address(filled.replace("{recordType}", "A").replace("{", "").replace("}", ""))
        kind = types[named.type_name.lower()]
        assert not kind.api_versions or spoken.api_version in kind.api_versions, token


class TestOperations:
    def test_a_write_goes_on_until_its_time_has_come(self, azure: Azure):
        response = azure.put(NSG, in_region({}))
        operation = response.headers["Azure-AsyncOperation"]

        assert response.status_code == 201
        assert response.json()["properties"]["provisioningState"] == "Creating"
        assert azure.http.get(operation).json()["status"] == "InProgress"
        assert azure.http.get(response.headers["Location"]).status_code == 202
        assert azure.http.get(operation).headers["Retry-After"] == "1"

        azure.clock.now += 1
        assert azure.http.get(operation).json()["status"] == "Succeeded"
        assert azure.http.get(response.headers["Location"]).json()["id"] == NSG
        assert azure.body(NSG)["properties"]["provisioningState"] == "Succeeded"
        assert azure.put(NSG, in_region({})).json()["properties"]["provisioningState"] == "Updating"

    def test_a_write_finishes_though_its_client_is_gone(self, azure: Azure):
        azure.put(NSG, in_region({}))
        azure.clock.now += 1

        assert azure.body(NSG)["properties"]["provisioningState"] == "Succeeded"

    def test_a_deletion_goes_on_until_its_time_has_come(self, azure: Azure):
        azure.made(NSG, in_region({}))
        response = azure.delete(NSG)

        assert response.status_code == 202
        assert azure.body(NSG)["properties"]["provisioningState"] == "Deleting"
        azure.clock.now += 1
        assert azure.http.get(response.headers["Azure-AsyncOperation"]).json()["status"] == "Succeeded"
        assert azure.get(NSG).status_code == 404
        assert azure.delete(NSG).status_code == 204

    def test_a_second_write_waits_for_the_first(self, azure: Azure):
        azure.put(NSG, in_region({}))

        assert refusal(azure.put(NSG, in_region({}))) == (409, "AnotherOperationInProgress")
        assert refusal(azure.delete(NSG)) == (409, "AnotherOperationInProgress")
        azure.clock.now += 1
        assert azure.put(NSG, in_region({})).status_code == 200

    def test_a_network_takes_one_write_at_a_time(self, azure: Azure):
        azure.made(network("east"), space("10.10.0.0/16"))
        azure.put(subnet("east", "apps"), prefix("10.10.0.0/24"))

        assert azure.refused(subnet("east", "other"), prefix("10.10.1.0/24")) == "AnotherOperationInProgress"
        assert azure.refused(network("east"), space("10.10.0.0/16")) == "AnotherOperationInProgress"
        azure.clock.now += 1
        azure.made(subnet("east", "other"), prefix("10.10.1.0/24"))

    def test_a_group_goes_with_everything_in_it(self, azure: Azure):
        azure.made(network("east"), space("10.10.0.0/16"))
        azure.made(subnet("east", "apps"), prefix("10.10.0.0/24"))
        azure.made(NSG, in_region({}))
        azure.made(subnet("east", "apps"), prefix("10.10.0.0/24", networkSecurityGroup={"id": NSG}))
        azure.made(f"{NETWORK}/networkInterfaces/one", interface(address(subnet("east", "apps"))))

        assert azure.delete(GROUP).status_code == 202
        assert azure.refused(network("west"), space("10.20.0.0/16")) == "ResourceGroupBeingDeleted"
        azure.wait()
        assert azure.application.store.under(SUBSCRIPTION) == []
        assert refusal(azure.delete(GROUP)) == (404, "ResourceGroupNotFound")

    def test_a_group_stays_while_others_use_what_is_in_it(self, azure: Azure):
        other = f"{SUBSCRIPTION}/resourceGroups/other"
        azure.made(other, {"location": "westeurope"})
        azure.made(network("east"), space("10.10.0.0/16"))
        azure.made(subnet("east", "apps"), prefix("10.10.0.0/24"))
        outside = f"{other}/providers/Microsoft.Network/networkInterfaces/one"
        azure.made(outside, interface(address(subnet("east", "apps"))))
        operation = azure.delete(GROUP).headers["Azure-AsyncOperation"]
        azure.wait()

        ended = azure.http.get(operation).json()
        assert (ended["status"], ended["error"]["code"]) == ("Failed", "InUseSubnetCannotBeDeleted")
        assert azure.body(GROUP)["properties"]["provisioningState"] == "Succeeded"
        azure.gone(outside)
        azure.gone(GROUP)


class TestMisbehaviour:
    def test_refusing_before_accepting_leaves_nothing(self, azure: Azure):
        azure.misbehave("refuse", "PUT", "*/networksecuritygroups/*", code="Conflict", status=409)

        assert azure.refused(NSG, in_region({})) == "Conflict"
        azure.made(NSG, in_region({}))

    def test_failing_after_accepting_leaves_a_failed_resource(self, azure: Azure):
        azure.misbehave("fail_keeping", "PUT", "*/networksecuritygroups/*")
        operation = azure.put(NSG, in_region({})).headers["Azure-AsyncOperation"]
        azure.clock.now += 1

        assert azure.http.get(operation).json()["status"] == "Failed"
        assert azure.http.get(operation).json()["error"]["code"] == "InternalServerError"
        assert azure.body(NSG)["properties"]["provisioningState"] == "Failed"
        azure.made(NSG, in_region({}))

    def test_failing_after_accepting_may_leave_nothing(self, azure: Azure):
        azure.misbehave("fail_losing", "PUT", "*/networksecuritygroups/*")
        azure.put(NSG, in_region({}))
        azure.clock.now += 1

        assert azure.get(NSG).status_code == 404

    def test_throttling_says_when_to_come_back(self, azure: Azure):
        azure.misbehave("throttle", "PUT", "*", times=2, seconds=7)

        for _ in range(2):
            response = azure.put(NSG, in_region({}))
            assert refusal(response) == (429, "TooManyRequests")
            assert response.headers["Retry-After"] == "7"
        azure.made(NSG, in_region({}))

    def test_an_operation_may_be_slow(self, azure: Azure):
        azure.misbehave("slow", "PUT", "*", seconds=100)
        azure.put(NSG, in_region({}))
        azure.clock.now += 99

        assert azure.body(NSG)["properties"]["provisioningState"] == "Creating"
        azure.clock.now += 2
        assert azure.body(NSG)["properties"]["provisioningState"] == "Succeeded"

    @pytest.mark.parametrize(("kind", "exists"), [("reset_before", False), ("reset_after", True)])
    def test_a_connection_may_break_before_or_after_the_work(self, azure: Azure, kind: str, exists: bool):
        azure.misbehave(kind, "PUT")
        with pytest.raises(ConnectionResetError):
            azure.put(NSG, in_region({}))

        assert (azure.get(NSG).status_code == 200) == exists

    @pytest.mark.parametrize(
        ("kind", "status", "text"), [("lose_answer", 504, "GatewayTimeout"), ("malformed", 201, "{")]
    )
    def test_an_answer_may_be_lost_or_broken_after_the_work(self, azure: Azure, kind: str, status: int, text: str):
        azure.misbehave(kind, "PUT")
        answer = azure.put(NSG, in_region({}))

        assert (answer.status_code, text in answer.text) == (status, True)
        assert azure.get(NSG).status_code == 200

    def test_a_fault_may_come_later(self, azure: Azure):
        azure.misbehave("refuse", "GET", skip=2)
        azure.put(NSG, in_region({}))

        assert [azure.get(NSG).status_code for _ in range(4)] == [200, 200, 500, 200]

    def test_what_was_just_created_may_not_be_seen_yet(self, azure: Azure):
        azure.made(NSG, in_region({}))
        azure.misbehave("hide", "GET", NSG)

        assert azure.get(NSG).status_code == 404
        assert azure.get(NSG).status_code == 200

    def test_who_has_no_right_is_refused(self, azure: Azure):
        azure.misbehave("forbid", "PUT", "*/NETWORKSECURITYGROUPS/*")

        assert azure.put(network("east"), space("10.10.0.0/16")).status_code == 201
        assert refusal(azure.put(NSG, in_region({}))) == (403, "AuthorizationFailed")


class TestTheFile:
    def test_every_request_is_in_the_log(self, azure: Azure):
        azure.put(NSG, in_region({}, "mars"))
        azure.get(NSG)

        assert azure.application.store.requests()[-2:] == [("PUT", NSG, 400), ("GET", NSG, 404)]

    def test_another_process_sees_and_finishes_what_one_began(self, azure: Azure, tmp_path: Path):
        azure.put(NSG, in_region({}))
        clock = Clock(azure.clock.now + 1)
        other = ResourceManager(tmp_path / "azure.db", catalogue(RecordingServers()), clock)
        with httpx.Client(transport=httpx.WSGITransport(app=other), base_url="https://management.azure.com") as http:
            body = http.get(NSG, params={"api-version": VERSION}).json()

        assert body["properties"]["provisioningState"] == "Succeeded"

    def test_many_write_at_once(self, azure: Azure, tmp_path: Path):
        azure.made(network("east"), space("10.10.0.0/16"))
        clients = [
            httpx.Client(
                transport=httpx.WSGITransport(
                    app=ResourceManager(tmp_path / "azure.db", catalogue(RecordingServers()), azure.clock)
                ),
                base_url="https://management.azure.com",
            )
            for _ in range(3)
        ]

        def put(number: int) -> int:
            path = f"{NETWORK}/networkSecurityGroups/group-{number}"
            return clients[number % 3].put(path, json=in_region({}), params={"api-version": VERSION}).status_code

        with ThreadPoolExecutor(12) as pool:
            statuses = list(pool.map(put, range(60)))
        for client in clients:
            client.close()

        assert statuses == [201] * 60
        assert len(azure.body(f"{NETWORK}/networkSecurityGroups")["value"]) == 60

    def test_the_file_is_sound(self, azure: Azure, tmp_path: Path):
        with sqlite3.connect(tmp_path / "azure.db") as connection:
            assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
            assert connection.execute("pragma journal_mode").fetchone() == ("wal",)
