"""A rule of Azure as a sentence, with a change to a good body that keeps it and one that breaks it."""

import copy
from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass(frozen=True)
class Rule:
    sentence: str
    broken: dict[str, Any]
    code: str
    kept: dict[str, Any] = field(default_factory=dict)


ABSENT = object()


def changed(body: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The body with values set at dotted paths; a number in a path is a place in a list."""
    result = copy.deepcopy(body)
    for path, value in changes.items():
        *parents, last = path.split(".")
        target: Any = result
        for part in parents:
            target = target[int(part)] if isinstance(target, list) else target.setdefault(part, {})
        if value is ABSENT:
            del target[last]
        elif isinstance(target, list):
            target[int(last) : int(last) + 1] = [copy.deepcopy(value)]
        else:
            target[last] = copy.deepcopy(value)
    return result


def each_kept(rules: list[Rule]) -> pytest.MarkDecorator:
    """Those that the good body keeps as it is need no body of their own: it stands for all of them."""
    return each([Rule("nothing is changed", {}, ""), *(rule for rule in rules if rule.kept)])


def each(rules: list[Rule]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("rule", rules, ids=[rule.sentence for rule in rules])
