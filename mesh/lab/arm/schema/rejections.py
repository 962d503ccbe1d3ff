"""A body that does not fit its type, as each of Azure's services refuses it: code, message, target, details.

Microsoft.Network and Resource Manager speak with Json.NET, and so does Microsoft.Compute (Azure/azure-cli#16205,
Azure/azure-quickstart-templates#2334, Azure/azure-sdk-for-net#3487); AKS with Go (hashicorp/terraform-provider-azurerm
#31580). Where no message is on record, the general code of the service carries one of the same shape.
"""

from collections.abc import Sequence
from typing import Any

from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.schema.violations import Violation

_LONGEST_VALUE = 80


def rejection(type_name: str, faults: Sequence[Violation]) -> Rejection:
    """Of a body of a type, for all that does not fit."""
    first, provider = faults[0], type_name.partition("/")[0].lower()
    if first.fault == "unknown" and "." not in first.path:
        # Resource Manager reads what lies around the properties itself, for every service.
        words = _of_json(first, "ResourceDefinition")
        return Rejection(
            "InvalidRequestContent", f"The request content was invalid and could not be deserialized: '{words}'."
        )
    match provider:
        case "microsoft.network":
            return Rejection(
                "InvalidRequestFormat",
                "Cannot parse the request.",
                details=tuple((_network_code(fault), _of_json(fault, fault.object_name)) for fault in faults),
            )
        case "microsoft.compute":
            code = "InvalidParameter" if first.fault in ("missing", "value") else "BadRequest"
            return Rejection(code, _of_compute(first), target=first.path.removeprefix("properties."))
        case "microsoft.containerservice":
            if first.fault in ("unknown", "type"):
                return Rejection("UnmarshalError", _of_go(first), target=first.path)
            return Rejection("InvalidParameter", _of_compute(first), target=first.path.removeprefix("properties."))
        case "microsoft.authorization":
            detail = (("BadRequest", _of_json(first, first.object_name)),)
            return Rejection(
                "InvalidCreateRoleAssignmentRequest", "The request was incorrectly formatted.", details=detail
            )
        case "microsoft.dbforpostgresql":
            return Rejection("InvalidParameterValue", _of_json(first, first.object_name), target=first.path)
        case "microsoft.resources":
            return Rejection("InvalidRequestContent", _of_json(first, "ResourceGroupDefinition"))
    return Rejection("BadRequest", _of_json(first, first.object_name), target=first.path)


def _network_code(fault: Violation) -> str:
    return "MissingJsonElement" if fault.fault == "missing" else "InvalidJson"


def _of_json(fault: Violation, object_name: str) -> str:
    match fault.fault:
        case "unknown":
            return f"Could not find member '{fault.member}' on object of type '{object_name}'. Path '{fault.path}'."
        case "missing":
            return f"Value for {fault.member} must be provided. Path '{fault.path}'."
        case "read-only":
            return f"The property '{fault.member}' is read-only and cannot be set. Path '{fault.path}'."
        case "value":
            return (
                f"Error converting value {_shown(fault)} of '{fault.member}': it is none of {fault.expected}."
                f" Path '{fault.path}'."
            )
    return f"Error converting {_sort(fault.value)} to type '{fault.expected}'. Path '{fault.path}'."


def _of_compute(fault: Violation) -> str:
    name = fault.path.removeprefix("properties.")
    match fault.fault:
        case "missing":
            return f"Required parameter '{name}' is missing (null)."
        case "value":
            return (
                f"The value {_shown(fault)} of parameter '{name}' is not allowed. Allowed values are {fault.expected}."
            )
    return _of_json(fault, fault.object_name)


def _of_go(fault: Violation) -> str:
    if fault.fault == "unknown":
        return f'Failed to unmarshal the request body: json: unknown field "{fault.member}" at {fault.path}.'
    return (
        f"Failed to unmarshal the request body: json: cannot unmarshal {_sort(fault.value)} into field {fault.path} of"
        f" {fault.object_name} of type {fault.expected}."
    )


def _shown(fault: Violation) -> str:
    text = str(fault.value)
    return f"'{text}'" if len(text) <= _LONGEST_VALUE else f"'{text[:_LONGEST_VALUE]}…'"


def _sort(value: Any) -> str:
    """What was sent, without its value: that may be a secret at the wrong place."""
    for sort, name in ((bool, "a boolean"), (str, "a string"), (dict, "an object"), (list, "an array")):
        if isinstance(value, sort):
            return name
    return "null" if value is None else "a number"
