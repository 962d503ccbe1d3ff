"""An azure-native token or class of its Python SDK, as the inputs and outputs that it declares."""

import enum
import importlib
import inspect
import threading
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal

from pulumi import _types  # the SDK's own reading of its classes; there is no public one

Sort = Literal["text", "whole", "number", "flag", "anything", "list", "map", "object"]

_PLAIN: Mapping[Any, Sort] = {str: "text", int: "whole", float: "number", bool: "flag"}

_LOADING = threading.RLock()
"""The SDK loads its modules when they are first looked into, and shows them half loaded to other threads meanwhile."""


@dataclass(frozen=True)
class Kind:
    """The type of a property."""

    sort: Sort
    item: "Kind | None" = None
    """Of a list or a map."""
    object_class: type | None = None
    values: tuple[str, ...] = ()
    """What Azure documents for a text; empty: any."""


@dataclass(frozen=True)
class Property:
    kind: Kind
    required: bool = False


@cache
def inputs(token: str) -> Mapping[str, Property]:
    """Of a resource, by the names that the engine sees; the parameters of its path are among them."""
    with _LOADING:
        module, name = _module_and_name(token)
        return members(getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args"))


@cache
def outputs(token: str) -> Mapping[str, Property]:
    """Of a resource, apart from its id."""
    with _LOADING:
        module, name = _module_and_name(token)
        return {key: Property(_kind(hint)) for key, hint in _types.resource_types(getattr(module, name)).items()}


@cache
def members(of: type) -> Mapping[str, Property]:
    """Of a class of inputs or outputs."""
    with _LOADING:
        if _types.is_output_type(of):
            return {key: Property(_kind(hint)) for key, hint in _types.output_type_types(of).items()}
        arguments = inspect.signature(of.__init__).parameters  # type: ignore[misc]  # its own __init__, never called
        hints = _types.input_type_types(of)
        return {
            key: Property(_kind(hints[key]), arguments[python_name].default is inspect.Parameter.empty)
            for python_name, key in _types.input_type_py_to_pulumi_names(of).items()
        }


def response_class(arguments: type) -> type | None:
    """The class of outputs beside a class of inputs."""
    module = importlib.import_module(arguments.__module__.rpartition(".")[0] + ".outputs")
    return getattr(module, f"{base_name(arguments)}Response", None)


def base_name(of: type) -> str:
    """`Subnet` of SubnetArgs and of SubnetResponse."""
    return of.__name__.removesuffix("Args").removesuffix("Response")


def module_name(of: type) -> str:
    """`network` of pulumi_azure_native.network._inputs."""
    return of.__module__.split(".")[1]


def _module_and_name(token: str) -> tuple[Any, str]:
    _, module, name = token.split(":")
    return importlib.import_module(f"pulumi_azure_native.{module}"), name


def _kind(hint: Any) -> Kind:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, UnionType):
        return _kind_of_union([argument for argument in typing.get_args(hint) if _is_value(argument)])
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return Kind("map", _kind(typing.get_args(hint)[1]))
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return Kind("list", _kind(typing.get_args(hint)[0]))
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return Kind("text", values=tuple(str(member.value) for member in hint))
    if hint in _PLAIN:
        return Kind(_PLAIN[hint])
    if isinstance(hint, type) and (_types.is_input_type(hint) or _types.is_output_type(hint)):
        return Kind("object", object_class=hint)
    return Kind("anything")


def _is_value(argument: Any) -> bool:
    """Not the None, the Awaitable and the Output that every input may be as well."""
    origin = typing.get_origin(argument)
    name = getattr(origin or argument, "__name__", "")
    return argument is not NoneType and name not in ("Awaitable", "Output")


def _kind_of_union(arguments: list[Any]) -> Kind:
    kinds = list(dict.fromkeys(map(_kind, arguments)))
    listed = [kind for kind in kinds if kind.values]
    if listed:  # a text with documented values, whether the SDK lets other texts pass or not
        return listed[0]
    return kinds[0] if len(kinds) == 1 else Kind("anything")
