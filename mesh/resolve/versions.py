"""Versions that a split, headers and a mirror name, into what is wrong with them."""

from collections.abc import Iterator

from mesh.declaration import spec, spelling
from mesh.declaration.problems import Path, Problem
from mesh.declaration.spec.traffic import Traffic


def problems(path: Path, name: str, callee: spec.Workload, traffic: Traffic) -> Iterator[Problem]:
    if traffic.split:
        yield from _split_problems((*path, "split"), name, callee, traffic.split)
    seen: dict[tuple[str, str], str] = {}
    for position, match in enumerate(traffic.headers):
        place = (*path, "headers", position)
        if match.to not in traffic.split:
            yield _weightless((*place, "to"), match.to, traffic)
        key = match.header, match.value
        if key in seen:
            yield Problem(place, f"{match.header}: {match.value} goes to {seen[key]} already", "Keep one")
        seen.setdefault(key, match.to)


def _weightless(path: Path, version: str, traffic: Traffic) -> Problem:
    if traffic.split:
        fix = spelling.suggestion(version, traffic.split, f"Add {version}: 0 to the split")
        return Problem(path, f"the version {version} has no share in the split", fix)
    return Problem(
        path,
        f"without a split, the calls without the header go to {version} too",
        f"Add split: {{v1: 100, {version}: 0}}, with the existing versions",
    )


def _split_problems(path: Path, name: str, callee: spec.Workload, split: dict[str, int]) -> Iterator[Problem]:
    total = sum(split.values())
    if total != 100:
        yield Problem(path, f"the shares add up to {total} percent, not to 100", "Change one of them")
    if callee.machines:
        yield Problem(
            path,
            f"versions are labels of pods, and {name} runs on machines, which would get no call",
            "Declare what runs on the machines as another workload, and move paths by strangler",
        )
    if len(split) == 1:
        yield Problem(path, "one version is no split", "Add the other version, with its share, or remove split")
