"""Acceptances of findings: declaration → model."""

from collections.abc import Iterable, Iterator
from datetime import date

from mesh import model
from mesh.declaration import spec
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Problem
from mesh.findings.codes import ACCEPTABLE
from mesh.resolve import references


def resolved(accepted: Iterable[spec.Acceptance]) -> tuple[model.Acceptance, ...]:
    return tuple(
        model.Acceptance(
            acceptance.finding,
            acceptance.subjects,
            acceptance.reason,
            date.fromisoformat(acceptance.until) if acceptance.until else None,
        )
        for acceptance in accepted
    )


def problems(declared: Declared) -> Iterator[Problem]:
    accepted = declared.environment.accept
    for position, acceptance in enumerate(accepted):
        path = ("accept", position)
        if ACCEPTABLE[acceptance.finding] == "error" and acceptance.until is None:
            yield Problem(
                path,
                f"{acceptance.finding} is an error: it can be accepted only for a time",
                'Add until: with the day by which it will be fixed, such as "2027-03-31"',
            )
        yield from references.repetitions((*path, "of"), acceptance.subjects, "subject")
