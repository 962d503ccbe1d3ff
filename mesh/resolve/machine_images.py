"""A created machine's size and image, as the problems that Azure would have with them: processor, generation.

Created machines start with TrustedLaunch (mesh/render/machines.py), which Azure has for x64 sizes and images of
Generation 2. Images are known by how their publishers name them; of others nothing is said.
"""

import re
from collections.abc import Iterator

from mesh.declaration import spec
from mesh.declaration.problems import Problem

# https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions: p stands for an Arm processor.
_FEATURES = re.compile(r"Standard_[A-Z]+[0-9]+(-[0-9]+)?(?P<features>[a-z]*)")
_ARM64 = re.compile(r"(^|[^a-z0-9])(arm64|aarch64)([^a-z0-9]|$)", re.IGNORECASE)
_SECOND = re.compile(r"gen-?2|g2$|-2nd", re.IGNORECASE)
# Canonical's offers up to 22.04 and Debian's have both generations, and name the second one; later ones of Canonical's
# name the first one.
_NAMES_THE_SECOND = re.compile(r"canonical:(ubuntuserver|0001-com-ubuntu-server-\w+)|debian:debian-\d+", re.IGNORECASE)
_FIRST = re.compile(r"gen-?1$", re.IGNORECASE)


def problems(name: str, machine: spec.Machine) -> Iterator[Problem]:
    """Of a machine that is created and has a size."""
    place = ("machines", name)
    if machine.size and _is_arm64_size(machine.size):
        yield Problem(
            (*place, "size"),
            f"{machine.size} has an Arm64 processor; created machines start with TrustedLaunch, which Azure does not "
            "support on Arm64",
            f"Choose an x64 size, such as {_x64(machine.size)}",
        )
    if _ARM64.search(machine.image):
        yield Problem(
            (*place, "image"),
            f"{machine.image} is for Arm64 processors; created machines are x64",
            "Choose the x64 image, such as Canonical:ubuntu-24_04-lts:server:latest",
        )
    elif _is_first_generation(machine.image):
        yield Problem(
            (*place, "image"),
            f"{machine.image} is a Generation 1 image; created machines start with TrustedLaunch, which needs "
            "Generation 2",
            f"Choose the Generation 2 image, such as {_second_generation(machine.image)}",
        )


def _is_arm64_size(size: str) -> bool:
    found = _FEATURES.match(size)
    return found is not None and "p" in found["features"]


def _x64(size: str) -> str:
    """Standard_D2s_v5 for Standard_D2ps_v5."""
    features = _FEATURES.match(size)
    assert features is not None
    start, end = features.span("features")
    return size[:start] + size[start:end].replace("p", "") + size[end:]


def _is_first_generation(image: str) -> bool:
    publisher, offer, sku, _ = image.split(":")
    if _NAMES_THE_SECOND.fullmatch(f"{publisher}:{offer}"):
        return not _SECOND.search(sku)
    return bool(_FIRST.search(sku))


def _second_generation(image: str) -> str:
    publisher, offer, sku, _ = image.split(":")
    known = _NAMES_THE_SECOND.fullmatch(f"{publisher}:{offer}")
    second = f"{sku.replace('.', '_').lower()}-gen2" if known else re.sub(_FIRST, "", sku).rstrip("-_")
    return f"{publisher}:{offer}:{second}:latest"
