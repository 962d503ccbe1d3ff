"""The engine's property values, as plain data and back."""

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc

Properties = dict[str, Any]


def plain(message: struct_pb2.Struct) -> Properties:
    """What the engine sent. What it does not know yet is `UNKNOWN`; see `has_unknown`. Secrets are plain as well."""
    return {key: _plain(value) for key, value in message.fields.items()}


def message(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(properties), struct_pb2.Struct())


def secret(value: Any) -> Properties:
    """A value that the engine encrypts wherever it writes it."""
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}


UNKNOWN = rpc.UNKNOWN


def has_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return bool(value == UNKNOWN)


def _plain(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "struct_value":
            content = plain(value.struct_value)
            return content["value"] if content.get(rpc._special_sig_key) == rpc._special_secret_sig else content
        case "list_value":
            return [_plain(item) for item in value.list_value.values]
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
    return None
