"""Every property that a plan names is one that azure-native's own SDK knows, at every depth.

The engine would send a misspelt nested property to Azure, which may ignore it without a word.
"""

import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi_azure_native
import pytest
from pulumi._types import input_type_py_to_pulumi_names, input_type_types, is_input_type

from mesh import resolve
from mesh.declaration import stack_file
from mesh.render import plan

STACKS = Path(__file__).parents[2] / "stacks"
CHECKED = {"lab": 100, "dev": 50, "prod": 200}
"""At least so many properties each, so that a walk that sees nothing cannot pass."""


@pytest.mark.parametrize("name", sorted(CHECKED))
def test_a_plan_names_only_properties_that_azure_native_knows(name: str) -> None:
    environment = resolve.environment(stack_file.document((STACKS / f"Pulumi.{name}.yaml").read_bytes()), name)
    seen = [
        found
        for resource in plan(environment).azure
        for found in _properties(resource.name, resource.properties, _inputs(resource.token))
    ]
    assert [path for path, known in seen if not known] == []
    assert len(seen) >= CHECKED[name]


def test_a_misspelt_nested_property_is_seen() -> None:
    nsg = _inputs("azure-native:network:NetworkSecurityGroup")
    seen = list(_properties("nsg", {"securityRules": [{"sourcePrefix": "*"}]}, nsg))
    assert seen == [
        ("nsg.securityRules", True),
        ("nsg.securityRules[].sourcePrefix", False),
    ]


def test_a_misspelt_property_of_an_entry_in_a_map_is_seen() -> None:
    cluster = _inputs("azure-native:containerservice:ManagedCluster")
    seen = list(_properties("cluster", {"addonProfiles": {"any": {"enable": True}}}, cluster))
    assert seen == [("cluster.addonProfiles", True), ("cluster.addonProfiles.any.enable", False)]


def _inputs(token: str) -> type:
    _, module_name, name = token.split(":")
    module = getattr(pulumi_azure_native, module_name)
    found: type = getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args")
    return found


def _properties(path: str, value: Mapping[str, Any], inputs: type) -> Iterator[tuple[str, bool]]:
    known = set(input_type_py_to_pulumi_names(inputs).values())
    types = input_type_types(inputs)
    for key, item in value.items():
        yield f"{path}.{key}", key in known
        element = _input_type(types.get(key))
        if element is not None:
            for step, entry in _entries(item, types[key]):
                yield from _properties(f"{path}.{key}{step}", entry, element)


def _entries(item: Any, annotation: Any) -> list[tuple[str, Any]]:
    """What is described by the one class: the item itself, each in a list, or each in a map, whose keys are free."""
    if isinstance(item, list):
        return [("[]", entry) for entry in item]
    if typing.get_origin(annotation) is Mapping:
        return [(f".{name}", entry) for name, entry in item.items()]
    return [("", item)]


def _input_type(annotation: Any) -> type | None:
    """The nested input class in an annotation such as Sequence[Input[SecurityRuleArgs]]."""
    if isinstance(annotation, type):
        return annotation if is_input_type(annotation) else None
    return next(filter(None, map(_input_type, typing.get_args(annotation))), None)
