"""Helm releases → what differs between the plan, Helm's own record, and the objects that the release made."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import yaml

from mesh.plan import Plan
from mesh.plan.resources import Release
from mesh.review.drift import changes, objects
from mesh.review.drift.changes import Change
from mesh.review.drift.differences import Difference, differences
from mesh.review.drift.live import Live, Properties, Record, key

_OF_THE_SERVICE = ("loadBalancerSourceRanges", "externalTrafficPolicy", "type", "ports", "externalIPs")
"""What the gateway chart hands on from its values to its Service, and the judge reads there."""
_COMPARED_AS_DECLARED = ("CustomResourceDefinition",)
"""Of which an API server fills in too much to tell an addition."""


def changed(plan: Plan, live: Live) -> Iterator[Change]:
    for release in plan.releases:
        if release.cluster not in live.records:
            continue
        record = record_of(release, live)
        if record is None:
            yield Change(release.name, "Release", "missing", (), changes.without(release.name))
            continue
        differing = tuple(_recorded(release, record))
        if differing:
            yield Change(release.name, "Release", "changed", differing, _with_values_of(record, release.name))
        yield from _parts(release, record, live)


def parts(plan: Plan, live: Live) -> Iterator[tuple[str, Properties]]:
    """By cluster, what the releases of the plan have made."""
    for release in plan.releases:
        if record := record_of(release, live):
            yield from ((release.cluster, placed(part, record)) for part in record.parts)


def record_of(release: Release, live: Live) -> Record | None:
    return next(
        (
            record
            for record in live.records.get(release.cluster, ())
            if (record.namespace, record.name) == (release.namespace, release.release)
        ),
        None,
    )


def _recorded(release: Release, record: Record) -> Iterator[Difference]:
    for field, declared, found in (
        ("chart", release.chart, record.chart),
        ("version", release.version, record.version),
        ("status", "deployed", record.status),
    ):
        if declared != found:
            yield Difference(field, "changed", declared, found)
    yield from differences({"values": dict(release.values)}, {"values": dict(record.values)})


def _with_values_of(record: Record, name: str) -> Callable[[Plan], Plan]:
    return changes.with_values(name, lambda _: dict(record.values))


def _parts(release: Release, record: Record, live: Live) -> Iterator[Change]:
    by_key = {key(item): item for item in live.objects[release.cluster]}
    for part in record.parts:
        declared = placed(part, record)
        kind, subject = declared["kind"], part_name(release, declared)
        found = by_key.get(key(declared))
        if found is None:
            yield Change(subject, kind, "missing", (), _lost(release, kind), "release")
            continue
        differing = objects.compared(declared, found)
        if kind in _COMPARED_AS_DECLARED:
            differing = tuple(one for one in differing if one.kind != "added")
        if differing:
            yield Change(subject, kind, "changed", differing, _with(release, declared, found), "release")


def part_name(release: Release, part: Properties) -> str:
    """As drift names what a release has made."""
    metadata = part["metadata"]
    place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return f"{release.name}: {place}{part['kind']}/{metadata['name']}"


def placed(part: Properties, record: Record) -> Properties:
    """Helm puts what names no namespace into the release's own, where its kind is in namespaces at all."""
    metadata = part["metadata"]
    cluster_wide = part["kind"].startswith("Cluster") or part["kind"].endswith(("Configuration", "Definition"))
    if metadata.get("namespace") or cluster_wide or part["kind"] == "Namespace":
        return part
    return {**part, "metadata": {**metadata, "namespace": record.namespace}}


def _lost(release: Release, kind: str) -> Callable[[Plan], Plan]:
    """Without its Service or Deployment a gateway, or an istiod, is as if it were not there."""
    return changes.without(release.name) if kind in ("Service", "Deployment") else changes.unchanged


def _with(release: Release, declared: Properties, found: Properties) -> Callable[[Plan], Plan]:
    """As if the release had been given what its objects say now, where the judge reads its values."""
    if release.chart == "gateway" and declared["kind"] == "Service":
        spec, annotations = found.get("spec") or {}, found["metadata"].get("annotations") or {}
        service = {name: spec[name] for name in _OF_THE_SERVICE if name in spec}

        def with_service(release: Release) -> dict[str, Any]:
            kept = {
                name: value
                for name, value in (release.values.get("service") or {}).items()
                if name not in _OF_THE_SERVICE
            }
            known = (kept.get("annotations") or {}).keys()
            own = {name: value for name, value in annotations.items() if name in known or "azure" in name}
            return {**release.values, "service": {**kept, **service, "annotations": own}}

        return changes.with_values(release.name, with_service)
    if release.chart == "istiod" and declared["kind"] == "ConfigMap" and "mesh" in (found.get("data") or {}):
        mesh = _settings(found["data"]["mesh"])
        return changes.with_values(release.name, lambda release: {**release.values, "meshConfig": mesh})
    return changes.unchanged


def _settings(text: Any) -> Mapping[str, Any]:
    try:
        settings = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    return settings if isinstance(settings, Mapping) else {}
