"""What Azure Resource Manager does with any resource: envelope, operations, misbehaviour."""

from arm_client import GROUP, Azure


def test_a_group_is_created_then_updated(empty_azure: Azure):
    assert empty_azure.put(GROUP, {"location": "West Europe"}).status_code == 201
    assert empty_azure.put(GROUP, {"location": "westeurope", "tags": {"a": "b"}}).status_code == 200
    assert empty_azure.body(GROUP)["tags"] == {"a": "b"}
