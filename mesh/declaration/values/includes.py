"""Patterns of the files that a stack file includes."""

from typing import Annotated

from pydantic import AfterValidator

from mesh.declaration import include_patterns
from mesh.declaration.values.rule import wrong


def _sound(pattern: str) -> str:
    if fault := include_patterns.fault(pattern):
        raise wrong(*fault)
    return pattern


IncludePattern = Annotated[str, AfterValidator(_sound)]
