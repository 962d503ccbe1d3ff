"""The JSON schema of a stack file → a Markdown page with all its keys."""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

Schema = dict[str, Any]

_ENVIRONMENT = "hybrid-mesh:environment"
_MOST_CHOICES = 12
"""With more choices, the page shows only their number."""
_HEAD = """# The stack file

Every key of `stacks/Pulumi.<environment>.yaml`. `mesh schema --markdown` prints this page from the JSON schema that
editors use; `mesh check` also checks the rules between keys. The environment is the value of
`config.hybrid-mesh:environment`; the paths below start there. A key in **bold** is required.
"""
_FORMATS = {"ipv4": "address", "cidr": "range"}
_PLAIN = {"string": "text", "integer": "number", "boolean": "true or false"}


def page(schema: Schema) -> str:
    """Markdown."""
    paths = _paths(schema)
    return "\n".join([_HEAD, *(_section(name, paths, schema) for name in paths)])


def _paths(schema: Schema) -> dict[str, str]:
    """Each part with the first path that leads to it, in the order in which a reader meets them."""
    waiting, met = [("config", "Configuration")], dict[str, str]()
    while waiting:
        path, name = waiting.pop(0)
        part = schema["$defs"][name]
        if name in met or "properties" not in part:
            continue
        met[name] = path
        prefix = "" if name in ("Configuration", "Environment") else f"{path}."
        below = [
            ("environment" if key == _ENVIRONMENT else f"{prefix}{key}{step}", reference)
            for key, value in part["properties"].items()
            for step, reference in _references(value)
        ]
        waiting = below + waiting
    return met


def _references(value: Schema) -> Iterator[tuple[str, str]]:
    """The parts that a value may hold, and the step from its key to them."""
    if "$ref" in value:
        yield "", value["$ref"].rpartition("/")[2]
    for choice in (*value.get("anyOf", ()), *value.get("oneOf", ())):
        yield from _references(choice)
    if isinstance(value.get("items"), dict):
        yield from (("[]" + step, name) for step, name in _references(value["items"]))
    for item in _values_by_name(value):
        yield from ((".NAME" + step, name) for step, name in _references(item))


def _values_by_name(value: Schema) -> list[Schema]:
    values = [*value.get("patternProperties", {}).values(), value.get("additionalProperties")]
    return [item for item in values if isinstance(item, dict)]


def _section(name: str, paths: dict[str, str], schema: Schema) -> str:
    part = schema["$defs"][name]
    lines = [f"## `{paths[name]}`", ""]
    if "description" in part:
        lines += [part["description"], ""]
    lines += ["| key | what it takes | default | meaning |", "| --- | --- | --- | --- |"]
    required = part.get("required", ())
    lines += [_row(key, value, key in required, paths, schema) for key, value in part["properties"].items()]
    return "\n".join([*lines, ""])


def _row(key: str, value: Schema, required: bool, paths: dict[str, str], schema: Schema) -> str:
    meaning = value.get("description", "")
    if "examples" in value:
        meaning = " ".join([meaning, "Such as " + " or ".join(_code(example) for example in value["examples"]) + "."])
    shown = f"**`{key}`**" if required else f"`{key}`"
    cells = [shown, _type(value, paths, schema), _default(value), meaning.strip()]
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _default(value: Schema) -> str:
    """Nothing where the meaning tells it: what is not set is then made of something else."""
    default = value.get("default")
    return "" if default in (None, [], {}) or isinstance(default, dict) else _code(default)


def _type(value: Schema, paths: dict[str, str], schema: Schema) -> str:
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        return _link(paths[name]) if name in paths else _type(schema["$defs"][name], paths, schema)
    choices = [choice for choice in (*value.get("anyOf", ()), *value.get("oneOf", ())) if choice.get("type") != "null"]
    if choices:
        return ", or ".join(dict.fromkeys(_type(choice, paths, schema) for choice in choices))
    if "enum" in value:
        few = len(value["enum"]) <= _MOST_CHOICES
        return ", ".join(map(_code, value["enum"])) if few else f"one of {len(value['enum'])}: see `stacks/schema.json`"
    if "const" in value:
        return _code(value["const"])
    if value.get("type") == "array":
        return f"list of {_type(value.get('items', {}), paths, schema)}"
    if _values_by_name(value):
        return f"{_type(_values_by_name(value)[0], paths, schema)}, by name"
    return _scalar(value)


def _scalar(value: Schema) -> str:
    name = _FORMATS.get(value.get("format", "")) or _PLAIN.get(value.get("type", ""), "anything")
    low, high = value.get("minimum"), value.get("maximum")
    if low is not None and high is not None:
        return f"{name} from {low} to {high}"
    return f"{name} from {low}" if low is not None else name


def _link(path: str) -> str:
    """To a section; an anchor has the letters of its heading, in lower case."""
    return f"[`{path}`](#{re.sub(r'[^a-z0-9_-]', '', path.lower())})"


def _code(value: Any) -> str:
    """A value as YAML takes it on one line."""
    return f"`{_flow(value)}`"


def _flow(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, str) and yaml.safe_load(value) == value:
        return value
    return json.dumps(value)
