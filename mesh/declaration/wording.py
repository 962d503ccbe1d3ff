"""An error of pydantic, as what is wrong, the rule and the fix, in the words of a stack file."""

import re
from collections.abc import Iterable
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from mesh.declaration import spelling
from mesh.declaration.problems import Path, Problem

_EXPECTED = {
    "string_type": ("text", "Put it in quotes"),
    "float_type": ("a number", "Write it without quotes, such as 5"),
    "int_type": ("a whole number", "Write it without quotes, such as 3"),
    "bool_type": ("true or false", "Write true or false, without quotes"),
    "model_type": ("a mapping", "Write keys and values below it, indented"),
    "dict_type": ("a mapping", "Write names and their values below it, indented"),
    "tuple_type": ("a list", "Write it in brackets: [first, second]"),
}


def problem(error: ErrorDetails, root: type[BaseModel]) -> Problem:
    """The path is the document's own; lines are not known here."""
    path = tuple(part for part in error["loc"] if part != "[key]")
    message, fix = _words(error, path, root)
    return Problem(path, message, fix)


def _words(error: ErrorDetails, path: Path, root: type[BaseModel]) -> tuple[str, str]:
    kind, context = error["type"], error.get("ctx", {})
    match kind:
        case "rule":
            return context["message"], context["fix"]
        case "extra_forbidden":
            return _unknown_key(str(path[-1]), keys(root, path[:-1]))
        case "missing":
            return f"the key {path[-1]} is missing", f"Add {path[-1]}: {_meaning(root, path)}"
        case "literal_error":
            words = re.findall(r"'([^']*)'", str(context["expected"]))
            return _not_one_of(error["input"], words)
        case "greater_than_equal" | "less_than_equal":
            rule = f"at least {context['ge']:.12g}" if "ge" in context else f"at most {context['le']:.12g}"
            return f"{error['input']} is out of range: it is {rule}", f"Write a number that is {rule}"
        case "too_short":
            return "it is empty", "Add an entry" if _field(
                root, path
            ).is_required() else "Add an entry, or remove the key"
        case "too_long":
            return f"it has {context['actual_length']} entries; at most {context['max_length']} fit", "Remove some"
    return _wrong_kind(kind, error["input"])


def _wrong_kind(kind: str, value: Any) -> tuple[str, str]:
    expected, fix = _EXPECTED[kind]
    if value is None:
        return f"it has no value, but must be {expected}", "Give it one, or remove the key"
    if kind == "string_type" and isinstance(value, float):
        return "it is a number, but must be text: YAML reads 1.30 as 1.3", "Put it in quotes"
    if kind == "string_type" and isinstance(value, dict | list):
        fix = "Write one value in its place"
    return f"it is {spelling.kind(value)}, but must be {expected}", fix


def _unknown_key(key: str, known: tuple[str, ...]) -> tuple[str, str]:
    odd = spelling.oddity(key)
    if odd:
        return f"there is no such key here: {odd}", "Type it again in plain letters"
    return "there is no such key here", spelling.suggestion(key, known, f"The keys are {spelling.listed(known)}")


def _not_one_of(value: Any, words: list[str]) -> tuple[str, str]:
    if not isinstance(value, str):
        return f"it is {spelling.kind(value)}, but must be text", f"Write {_choice(words)}"
    odd = spelling.oddity(value)
    message = f"{spelling.shown(value)} is not known here" + (f": {odd}" if odd else "")
    return message, spelling.suggestion(value, words, f"Write {_choice(words)}")


def _choice(words: list[str]) -> str:
    return f"one of {spelling.listed(words)}"


def keys(root: type[BaseModel], path: Path) -> tuple[str, ...]:
    """The keys of the model at a path."""
    model = _model_at(root, path)
    return () if model is None else tuple(field.alias or name for name, field in model.model_fields.items())


def _meaning(root: type[BaseModel], path: Path) -> str:
    """The first sentence of what a key is for, to follow its name."""
    sentence = re.split(r"(?<=[a-z])\. |\.$", _field(root, path).description or "What it is")[0]
    begins_with_a_name = sentence.split()[0].endswith("'s")
    return sentence if begins_with_a_name else sentence[0].lower() + sentence[1:]


def _field(root: type[BaseModel], path: Path) -> FieldInfo:
    model = _model_at(root, path[:-1])
    fields = {} if model is None else {field.alias or name: field for name, field in model.model_fields.items()}
    return fields[str(path[-1])]


def _model_at(root: type[BaseModel], path: Path) -> type[BaseModel] | None:
    candidates: list[Any] = [root]
    for part in path:
        candidates = [inner for candidate in candidates for inner in _inside(candidate, part)]
    models = [model for candidate in candidates for model in _models(candidate)]
    return models[0] if models else None


def _inside(annotation: Any, part: str | int) -> Iterable[Any]:
    for model in _models(annotation):
        for name, field in model.model_fields.items():
            if (field.alias or name) == part:
                yield field.annotation
    for candidate in (annotation, *get_args(annotation)):
        arguments = get_args(candidate)
        if getattr(candidate, "__origin__", None) in {dict, tuple}:
            yield arguments[1] if getattr(candidate, "__origin__", None) is dict else arguments[0]


def _models(annotation: Any) -> Iterable[type[BaseModel]]:
    """The models that an annotation names itself, past Annotated and Optional."""
    if isinstance(annotation, type) and not get_args(annotation):
        if issubclass(annotation, BaseModel):
            yield annotation
        return
    if getattr(annotation, "__origin__", None) in {dict, tuple}:
        return
    for argument in get_args(annotation):
        yield from _models(argument)
