"""Where two property values differ, and what of a live object the engine compares."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Path = tuple[str | int, ...]
_ABSENT = object()


@dataclass(frozen=True)
class Difference:
    path: Path
    kind: Literal["add", "delete", "update"]

    def is_at_or_below(self, path: Path) -> bool:
        return self.path[: len(path)] == path

    @property
    def property_path(self) -> str:
        """As the engine writes paths: spec.ports[0], metadata.labels["app.kubernetes.io/name"]."""
        return written(self.path)


def written(path: Path) -> str:
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"[A-Za-z_$][\w$]*", step):
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text


def differences(old: Any, new: Any, path: Path = ()) -> Iterator[Difference]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from _at(old.get(key, _ABSENT), new.get(key, _ABSENT), (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from _at(
                old[index] if index < len(old) else _ABSENT, new[index] if index < len(new) else _ABSENT, (*path, index)
            )
    elif old != new:
        yield Difference(path, "update")


def without_ignored(found: Iterable[Difference], ignored: Iterable[str]) -> Iterator[Difference]:
    """Those at no path that `ignoreChanges` names, nor below one; a `*` in a path stands for any name or index.

    In an update the engine sees to that itself; in a refresh it leaves it to the provider.
    """
    patterns = [_pattern(path) for path in ignored]
    return (item for item in found if not any(pattern.match(item.property_path) for pattern in patterns))


def _pattern(path: str) -> re.Pattern[str]:
    any_step = re.escape(path).replace(r"\[\*\]", r"\[[^\]]+\]").replace(r"\*", r"[^.\[]+")
    return re.compile(rf"{any_step}(?=$|[.\[])")


def _at(old: Any, new: Any, path: Path) -> Iterator[Difference]:
    if old is _ABSENT:
        yield Difference(path, "add")
    elif new is _ABSENT:
        yield Difference(path, "delete")
    else:
        yield from differences(old, new, path)


def pruned(live: Any, inputs: Any) -> Any:
    """What is live, in the shape of the inputs: keys and list elements that the inputs do not have are left out.

    The official plugin reads objects so (pruneMap and pruneSlice in its provider/util.go): what somebody adds to an
    object is no drift to the engine.
    """
    if isinstance(live, Mapping) and isinstance(inputs, Mapping):
        return {key: pruned(value, inputs[key]) for key, value in live.items() if key in inputs}
    if isinstance(live, list) and isinstance(inputs, list):
        if live and inputs and type(live[0]) is not type(inputs[0]):
            return live
        return [pruned(element, like) for element, like in zip(live, inputs, strict=False)]
    return live
