"""The schema that editors check a stack file with, and its agreement with what this program takes."""

import json
from pathlib import Path
from typing import Any

import pytest
from environments import declared, problems

from mesh.declaration import spec, supported_versions

ROOT = Path(__file__).parents[2]
SCHEMA = spec.schema()


def definition(name: str) -> dict[str, Any]:
    found: dict[str, Any] = SCHEMA["$defs"][name]
    return found


def test_the_schema_beside_the_stack_files_is_the_programs() -> None:
    assert json.loads((ROOT / "stacks" / "schema.json").read_text()) == SCHEMA, "mesh schema > stacks/schema.json"


def test_every_key_says_what_it_is_for() -> None:
    silent = [
        f"{name}.{key}"
        for name, part in SCHEMA["$defs"].items()
        for key, value in part.get("properties", {}).items()
        if not value.get("description")
    ]

    assert silent == []


def test_no_part_takes_keys_that_are_not_listed() -> None:
    open_parts = {name for name, part in SCHEMA["$defs"].items() if part.get("additionalProperties") is not False}

    assert open_parts == {"Configuration"}
    assert SCHEMA["additionalProperties"] is False
    assert definition("Configuration")["patternProperties"] == {"^hybrid-mesh:(?!environment$)": False}


def test_the_schema_offers_what_can_be_chosen() -> None:
    assert definition("Workload")["properties"]["kind"]["enum"] == ["service", "postgres", "mysql", "redis", "mongo"]
    assert definition("Pool")["properties"]["nodes"]["anyOf"] == [
        {"type": "integer", "minimum": 1, "maximum": 1000},
        {"$ref": "#/$defs/Nodes"},
    ]


def test_the_schema_tells_what_is_needed() -> None:
    assert definition("Environment")["required"] == ["location", "istio"]
    assert definition("Route")["required"] == ["from", "to"]
    assert definition("Request")["required"] == ["paths"]


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ("1.28.99", False),
        ("1.29.6", False),
        ("1.29.7", True),
        ("1.30.3", False),
        ("1.30.4", True),
        ("1.30.10", True),
        ("1.31.0", True),
        ("2.0.0", True),
        ("0.99.99", False),
    ],
)
def test_an_istio_version_is_safe_from_its_lines_floor_on(version: str, safe: bool) -> None:
    assert supported_versions.istio_is_safe(version) is safe


@pytest.mark.parametrize("value", [True, "3", 3.0, None, [3], "three"])
def test_a_number_of_nodes_is_a_number(value: Any) -> None:
    environment = declared()
    environment["clusters"]["east"]["pools"]["apps"]["nodes"] = value

    assert len(problems(environment)) == 1


@pytest.mark.parametrize("value", [1, 0, "true", "yes", None])
def test_a_truth_value_is_true_or_false(value: Any) -> None:
    environment = declared()
    environment["networks"]["east"]["nat"] = value

    assert len(problems(environment)) == 1


@pytest.mark.parametrize(
    "path", ["/", "/*", "*", "/orders", "/orders/*", "/orders*", "/ledger.Ledger/Post", "/a-b_c~d", "/ä"]
)
def test_a_path_is_exact_or_ends_in_a_star(path: str) -> None:
    environment = declared()
    environment["routes"][0]["http"][0]["paths"] = [path]

    assert (problems(environment) == []) is (path not in {"*", "/ä"})


@pytest.mark.parametrize("size", ["Standard_D4s_v5", "Standard_B2ms", "Standard_E4-2ds_v5", "Standard_NC24ads_A100_v4"])
def test_the_names_of_azures_vm_sizes_are_taken(size: str) -> None:
    environment = declared()
    environment["machines"]["ledger-0"]["size"] = size

    assert problems(environment) == []
