"""A nested value, held against a table of its fields: what in it is neither judged nor harmless."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mesh.access.treatment import Harmless, Judged


@dataclass(frozen=True)
class Only:
    """Judged where it has one of these values: with others nobody works out what it does."""

    values: tuple[Any, ...]


Field = Judged | Harmless | Only | Mapping[str, Any]
"""Of a mapping, each of its keys with a Field; `*` stands for all others. Of a list, what each item is."""
JUDGED = Judged()


def only(*values: Any) -> Only:
    return Only(values)


def unknown(value: Any, field: Field | None, path: str = "") -> Iterator[str]:
    """The paths in a value that are neither judged nor harmless: `spec.http[0].match[1].queryParams`."""
    if value is None or isinstance(field, Judged | Harmless):
        return  # to Kubernetes, a field that is null is not there
    if field is not None and isinstance(value, list | tuple):
        for position, item in enumerate(value):
            yield from unknown(item, field, f"{path}[{position}]")
    elif isinstance(field, Mapping) and isinstance(value, Mapping):
        for key, item in value.items():
            yield from unknown(item, field.get(key, field.get("*")), f"{path}.{key}" if path else str(key))
    elif isinstance(field, Only):
        if value not in field.values:
            yield f"{path}: {value}"
    else:
        yield path
