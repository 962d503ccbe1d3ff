"""Marketplace images, as far as their names say: the processor they are for, and how they boot."""

from dataclasses import dataclass
from typing import Literal

from mesh.lab.arm.resource_types import Body


@dataclass(frozen=True)
class Image:
    architecture: Literal["x64", "Arm64"]
    generation: Literal["1", "2"]


def image(reference: Body) -> Image | None:
    """None of one that is not known: of another publisher, or of the user's own."""
    publisher, offer, sku = (str(reference.get(part) or "").lower() for part in ("publisher", "offer", "sku"))
    if publisher not in ("canonical", "debian"):
        return None
    if "arm64" in sku or "arm64" in offer:
        return Image("Arm64", "2")
    # From 24.04 on, Canonical's plain images are of Generation 2; before, as Debian's, of Generation 1.
    of_second = not sku.endswith("gen1") if offer.startswith("ubuntu-") else "gen2" in sku
    return Image("x64", "2" if of_second else "1")
