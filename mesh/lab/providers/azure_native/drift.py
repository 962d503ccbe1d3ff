"""Inputs, with what changed in Azure since they were last applied."""

from collections.abc import Mapping
from typing import Any


def inputs_with_drift(inputs: Any, last: Any, live: Any) -> Any:
    """The inputs, changed where the live resource differs from how it was last seen.

    Both are outputs in the shape of inputs. What Azure adds by itself is in both of them, so it is no drift; what
    somebody changed is in one, whether the inputs told it or left it to Azure.
    """
    if last == live:
        return inputs
    if isinstance(inputs, Mapping) and isinstance(last, Mapping) and isinstance(live, Mapping):
        return _members(inputs, last, live)
    if isinstance(inputs, list) and isinstance(last, list) and isinstance(live, list):
        return _elements(inputs, last, live)
    return live


def _members(inputs: Mapping[str, Any], last: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    kept = {
        name: inputs_with_drift(value, last.get(name), live.get(name))
        for name, value in inputs.items()
        if name in live or name not in last
    }
    changed = {name: value for name, value in live.items() if name not in inputs and value != last.get(name)}
    return {**kept, **changed}


def _elements(inputs: list[Any], last: list[Any], live: list[Any]) -> list[Any]:
    if all(isinstance(element, Mapping) and "name" in element for element in (*inputs, *last, *live)):
        of_inputs, of_last = ({element["name"]: element for element in several} for several in (inputs, last))
        return [
            inputs_with_drift(of_inputs[element["name"]], of_last[element["name"]], element)
            if element["name"] in of_inputs and element["name"] in of_last
            else element
            for element in live
        ]
    if len(inputs) == len(last) == len(live):
        return [inputs_with_drift(*three) for three in zip(inputs, last, live, strict=True)]
    return live
