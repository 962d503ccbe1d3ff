"""What is registered by a type's token is what the SDK's own class would register.

Defaults that a new version of an SDK sends would be missing without a word: this test finds them.
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pulumi_azure_native
import pytest
from pulumi._types import input_type_py_to_pulumi_names
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.helm import v3 as helm

from mesh.deploy.registrations import Registered
from mesh.files import stacks
from mesh.plan.resources import AzureResource
from mesh.render import plan

STACKS = Path(__file__).parents[2] / "stacks"
ACCOUNT_TOKEN = "kubernetes.io/service-account-token"


class Recorder(pulumi.runtime.Mocks):
    def __init__(self) -> None:
        self.seen: dict[str, tuple[str, Any]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.seen[args.name] = (args.typ, args.inputs)
        # Identities are given as a list, and answered as a map.
        identity = {"identity": {"type": "UserAssigned", "userAssignedIdentities": {}}}
        return args.name, {**args.inputs, **(identity if "identity" in args.inputs else {})}

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        return {}


def recorded(register: Callable[[], None]) -> Mapping[str, Any]:
    recorder = Recorder()
    asyncio.set_event_loop(asyncio.new_event_loop())
    pulumi.runtime.set_mocks(recorder)
    pulumi.runtime.test(register)()
    return recorder.seen


def by_class(resource: AzureResource, properties: Mapping[str, Any]) -> None:
    _, module_name, name = resource.token.split(":")
    module = getattr(pulumi_azure_native, module_name)
    inputs = getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args")
    names = {spelled: python for python, spelled in input_type_py_to_pulumi_names(inputs).items()}
    names["resourceName"] = "resource_name_"  # the SDK's own first parameter is called resource_name
    getattr(module, name)(resource.name, **{names[key]: value for key, value in properties.items()})


def known(value: Any) -> Any:
    """Words in place of what only a deployment knows."""
    match value:
        case Mapping():
            return {key: known(item) for key, item in value.items()}
        case list() | tuple():
            return [known(item) for item in value]
        case str() | int() | float() | None:
            return value
    return str(value)


@pytest.mark.parametrize("name", ["lab", "prod"])
def test_azure_resources_are_registered_as_the_sdk_registers_them(name: str) -> None:
    resources = plan(stacks.environment(STACKS / f"Pulumi.{name}.yaml")).azure
    properties = {resource.name: known(resource.properties) for resource in resources}

    def ours() -> None:
        for resource in resources:
            Registered(resource.token, resource.name, properties[resource.name], pulumi.ResourceOptions())

    def theirs() -> None:
        for resource in resources:
            by_class(resource, properties[resource.name])

    assert recorded(ours) == recorded(theirs)
    assert len(resources) > 40


def test_objects_and_releases_are_registered_as_the_sdk_registers_them() -> None:
    def ours() -> None:
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "token"}, "type": ACCOUNT_TOKEN}
        Registered("kubernetes:core/v1:Secret", "secret", secret, pulumi.ResourceOptions())
        release = {"name": "istiod", "chart": "istiod", "compat": "true"}
        Registered("kubernetes:helm.sh/v3:Release", "release", release, pulumi.ResourceOptions())

    def theirs() -> None:
        core.Secret("secret", metadata={"name": "token"}, type=ACCOUNT_TOKEN)
        helm.Release("release", helm.ReleaseArgs(name="istiod", chart="istiod"))

    assert recorded(ours) == recorded(theirs)
