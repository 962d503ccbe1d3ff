"""The Kubernetes versions that the simulated AKS offers, and which follows which."""

import re

OFFERED = {
    "1.32": ("1.32.7", "1.32.9", "1.32.10"),
    "1.33": ("1.33.4", "1.33.5", "1.33.6"),
    "1.34": ("1.34.1", "1.34.2", "1.34.3"),
    "1.35": ("1.35.0", "1.35.1"),
    "1.36": ("1.36.0",),
}
"""By minor version, the patches, the newest last; `az aks get-versions` tells what a real region offers."""

LONG_TERM_ONLY = ("1.32", "1.33")
"""Minors that only clusters of the premium tier with the long-term support plan may still run."""

DEFAULT = "1.34"

_FORM = re.compile(r"(\d+\.\d+)(\.\d+)?")


def resolved(version: str) -> str | None:
    """The full version that runs where this one is asked for; None where it is not offered."""
    form = _FORM.fullmatch(version)
    if not form:
        return None
    patches = OFFERED.get(form[1], ())
    if form[2] is None:
        return patches[-1] if patches else None
    return version if version in patches else None


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


def minor(version: str) -> int:
    return numbers(version)[1]


def is_upgrade_allowed(current: str, wanted: str) -> bool:
    """Never back, never past a minor version."""
    return numbers(wanted) >= numbers(current) and minor(wanted) - minor(current) <= 1


def is_long_term_only(version: str) -> bool:
    return version.startswith(tuple(f"{minor}." for minor in LONG_TERM_ONLY))
