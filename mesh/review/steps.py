"""The engine's events → what a run would do to each resource. No value is taken: names, types and paths only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Operation = Literal["delete", "replace", "create", "update", "import"]
OPERATIONS: tuple[Operation, ...] = ("delete", "replace", "create", "update", "import")
"""The gravest first."""
_OPERATIONS: Mapping[str, Operation] = {
    "create": "create",
    "update": "update",
    "delete": "delete",
    "import": "import",
    "replace": "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "import-replacement": "replace",
}


@dataclass(frozen=True)
class Step:
    operation: Operation
    name: str
    """In the state, such as pool/east/apps."""
    type: str
    """Such as containerservice:AgentPool."""
    paths: tuple[str, ...] = ()
    """The properties that change."""
    causes: tuple[str, ...] = ()
    """Those that make a replacement of it."""
    deleted_first: bool = False
    """Whether what is replaced is gone before its successor comes."""
    is_retained: bool = False
    """Whether only the program forgets what it no longer declares."""


@dataclass
class Steps:
    """Fed with events."""

    _found: dict[str, Step] = field(default_factory=dict)

    def see(self, event: Mapping[str, Any]) -> None:
        metadata = event.get("resourcePreEvent", {}).get("metadata", {})
        operation = _OPERATIONS.get(metadata.get("op", ""))
        if operation and _is_real(metadata):
            urn = metadata["urn"]
            known = self._found.get(urn)
            self._found[urn] = _merged(known, _step(operation, metadata)) if known else _step(operation, metadata)

    @property
    def all(self) -> tuple[Step, ...]:
        """The gravest first, each resource once."""
        return tuple(
            sorted(self._found.values(), key=lambda step: (OPERATIONS.index(step.operation), step.type, step.name))
        )


def steps(events: Iterable[Mapping[str, Any]]) -> tuple[Step, ...]:
    found = Steps()
    for event in events:
        found.see(event)
    return found.all


def _step(operation: Operation, metadata: Mapping[str, Any]) -> Step:
    paths = metadata.get("detailedDiff") or metadata.get("diffs") or ()
    return Step(
        operation,
        metadata["urn"].rpartition("::")[2],
        _type(metadata["type"]),
        tuple(sorted(paths)) if operation in ("update", "replace") else (),
        tuple(sorted(metadata.get("keys") or ())),
        deleted_first=metadata["op"] == "delete-replaced",
        is_retained=bool((metadata.get("old") or {}).get("retainOnDelete")),
    )


def _merged(before: Step, after: Step) -> Step:
    """The steps of one replacement; which of them comes first says what is there meanwhile."""
    operation = before.operation if before.operation == after.operation else "replace"
    paths, causes = ({*before.paths, *after.paths}, {*before.causes, *after.causes})
    return replace(before, operation=operation, paths=tuple(sorted(paths)), causes=tuple(sorted(causes)))


def _type(token: str) -> str:
    """Without its package, and the version of its module: `networking.istio.io:VirtualService`."""
    package, module, kind = token.split(":")
    module = module.partition("/")[0]
    return f"{module}:{kind}" if module and module != "index" else f"{package}:{kind}"


def _is_real(metadata: Mapping[str, Any]) -> bool:
    """Components and providers exist only in the state."""
    resource = metadata.get("new") or metadata.get("old") or {}
    return bool(resource.get("custom")) and not metadata["type"].startswith("pulumi:")
