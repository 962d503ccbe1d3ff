"""Where two property values differ, and what of a live object differs from what was asked for."""

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


def with_drift(inputs: Any, wanted: Any, live: Any) -> Any:
    """The inputs, with what is live in place of what differs from the wanted.

    Wanted is what the server would make of the inputs. Where it equals what is live, the inputs stay as they were
    written, so neither defaults nor another spelling of the same value (1000m for 1) is taken for drift.
    """
    if wanted == live:
        return inputs
    if isinstance(inputs, Mapping) and isinstance(wanted, Mapping) and isinstance(live, Mapping):
        kept = {
            key: with_drift(value, wanted.get(key, value), live[key]) for key, value in inputs.items() if key in live
        }
        not_wanted = {key: value for key, value in live.items() if key not in wanted and key not in inputs}
        return {**kept, **not_wanted}
    lists = isinstance(inputs, list) and isinstance(wanted, list) and isinstance(live, list)
    if lists and len(inputs) == len(wanted) == len(live):
        return [with_drift(*items) for items in zip(inputs, wanted, live, strict=True)]
    return live


def shaped(value: Any, shape: Any) -> Any:
    """A value without the fields that the shape does not have."""
    if isinstance(value, Mapping) and isinstance(shape, Mapping):
        return {key: shaped(item, shape[key]) for key, item in value.items() if key in shape}
    if isinstance(value, list) and isinstance(shape, list) and len(value) == len(shape):
        return [shaped(item, like) for item, like in zip(value, shape, strict=True)]
    return value
