"""Properties that a stack file sets as Azure's API writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AzureSettings:
    """Of one part of the environment."""

    of: str
    """A resource by its name in the plan, such as pool/east/apps; of a system pool pool/east/system."""
    token: str
    """azure-native's type, without its package: containerservice:AgentPool."""
    place: tuple[str | int, ...]
    """Where the stack file says it."""
    properties: Mapping[str, Any]

    def __hash__(self) -> int:
        """By the part: a mapping has no hash."""
        return hash(self.of)
