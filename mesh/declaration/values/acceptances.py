"""Values of an accepted finding: its code, its subjects, its reason, its last day."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from mesh.declaration import spelling
from mesh.declaration.values.rule import Rule, wrong
from mesh.findings.codes import ACCEPTABLE


def _known_finding(code: str) -> str:
    if code not in ACCEPTABLE:
        raise wrong(
            f"{spelling.shown(code)} is not a finding that can be accepted",
            spelling.suggestion(code, ACCEPTABLE, "docs/findings.md lists them"),
        )
    return code


FindingCode = Annotated[str, AfterValidator(_known_finding), WithJsonSchema({"enum": sorted(ACCEPTABLE)})]
Subject = Annotated[
    str,
    Rule(
        r"\S(.*\S)?", "it is what a finding is about", "Write it as mesh check does, such as cart to orders:8080", 200
    ),
]
Reason = Annotated[str, Field(min_length=1, max_length=300)]


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise wrong(f"{spelling.shown(text)} is not a day", 'Write it as "2027-03-31", in quotes') from None


Day = Annotated[
    str,
    AfterValidator(_day),
    WithJsonSchema({"type": "string", "format": "date"}),
]
