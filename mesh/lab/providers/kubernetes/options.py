"""What the provider's configuration says about objects."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """What the provider's configuration says about objects, by the official provider's rules."""

    namespace: str | None
    config_maps_mutable: bool
    secrets_mutable: bool
    force: bool
    upsert: bool
