"""The VM sizes that the simulated regions offer, by name, with what they hold."""

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Size:
    cores: int
    memory: float
    """GiB"""


def architecture(name: str) -> Literal["x64", "Arm64"]:
    """By the letter p behind the number of cores (vm-naming-conventions)."""
    match = re.match(r"standard_[a-z]\d+([a-z]*)", name.lower())
    return "Arm64" if match and "p" in match[1] else "x64"


def boots_first_generation(name: str) -> bool:
    """Sizes from version 6 on, and those of Arm, boot by UEFI alone."""
    return architecture(name) == "x64" and not re.search(r"_v([6-9]|\d\d)$", name.lower())


_GENERAL = (2, 4, 8, 16, 32, 48, 64, 96)
_MEMORY = (2, 4, 8, 16, 20, 32, 48, 64, 96)
_COMPUTE = (2, 4, 8, 16, 32, 48, 64, 72)
_STORAGE = (8, 16, 32, 48, 64, 80)

_FAMILIES: tuple[tuple[str, tuple[int, ...], float], ...] = (
    *((f"Standard_D{{}}{kind}", _GENERAL, 4) for kind in ("s_v3", "as_v4", "ds_v4", "s_v4")),
    *((f"Standard_D{{}}{kind}", _GENERAL, 4) for kind in ("s_v5", "ds_v5", "as_v5", "ads_v5", "ps_v5", "pds_v5")),
    *((f"Standard_D{{}}{kind}", _GENERAL, 4) for kind in ("s_v6", "ds_v6", "as_v6", "ads_v6", "ps_v6", "pds_v6")),
    *((f"Standard_D{{}}{kind}", _GENERAL, 2) for kind in ("ls_v5", "lds_v5", "ls_v6", "lds_v6", "als_v6", "alds_v6")),
    *((f"Standard_E{{}}{kind}", _MEMORY, 8) for kind in ("s_v3", "s_v5", "ds_v5", "as_v5", "ads_v5", "ps_v5")),
    *((f"Standard_E{{}}{kind}", _MEMORY, 8) for kind in ("s_v6", "ds_v6", "as_v6", "ads_v6")),
    ("Standard_F{}s_v2", _COMPUTE, 2),
    ("Standard_L{}s_v3", _STORAGE, 8),
    ("Standard_L{}as_v3", _STORAGE, 8),
)

_BURSTABLE_AND_OLD = {
    "Standard_A1_v2": Size(1, 2),
    "Standard_A2_v2": Size(2, 4),
    "Standard_B1ls": Size(1, 0.5),
    "Standard_B1s": Size(1, 1),
    "Standard_B1ms": Size(1, 2),
    "Standard_B2s": Size(2, 4),
    "Standard_B2ms": Size(2, 8),
    "Standard_B4ms": Size(4, 16),
    "Standard_B8ms": Size(8, 32),
    "Standard_B2ts_v2": Size(2, 1),
    "Standard_B2ls_v2": Size(2, 4),
    "Standard_B2s_v2": Size(2, 8),
    "Standard_B4s_v2": Size(4, 16),
    "Standard_DS1_v2": Size(1, 3.5),
    "Standard_DS2_v2": Size(2, 7),
    "Standard_DS3_v2": Size(4, 14),
    "Standard_DS4_v2": Size(8, 28),
    "Standard_D2_v2": Size(2, 7),
}

SIZES = _BURSTABLE_AND_OLD | {
    name.format(cores): Size(cores, cores * gib_per_core)
    for name, counts, gib_per_core in _FAMILIES
    for cores in counts
}

_FOLDED = {name.lower(): size for name, size in SIZES.items()}


def size(name: str) -> Size | None:
    """Sizes match whatever their casing."""
    return _FOLDED.get(name.lower())
