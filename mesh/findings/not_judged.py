"""Parts of a plan that the judge does not know, and of which nobody can say that they are harmless."""

from collections.abc import Iterator
from typing import Any

from mesh.access.azure import treated
from mesh.access.treatment import Untreated, untreated
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.plan import Plan

NOT_JUDGED = Kind(
    code="not-judged",
    severity="error",
    what="The plan has something that the judge neither judges nor knows to be harmless.",
    why="It may open access that no route declares, and neither the matrix nor another finding would show it.",
    example="machine/ledger-0/interface: enableIPForwarding: True is not judged",
    fix="Remove it; or check what it opens, and accept the finding up to a day.",
)
KINDS = (NOT_JUDGED,)

_SHOWN = 60


def findings(context: Context) -> Iterator[Finding]:
    yield from _of_azure(context.plan)


def _of_azure(plan: Plan) -> Iterator[Finding]:
    for resource in plan.azure:
        table = treated.TYPES.get(resource.token)
        if table is None:
            text = f"the type {resource.token.removeprefix('azure-native:')} is not judged"
            yield Finding(NOT_JUDGED, resource.name, text)
        else:
            for field in untreated(resource.properties, table):
                yield Finding(NOT_JUDGED, resource.name, field_text(field))


def field_text(field: Untreated) -> str:
    return f"{field.path}: {_short(field.value)} is not judged" if field.known else f"{field.path} is not judged"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
