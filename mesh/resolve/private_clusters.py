"""Private API servers, into the model's; and the problems of those who have to reach them."""

from collections.abc import Iterator

from mesh import model
from mesh.declaration import spec, spelling
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Problem
from mesh.resolve import api_ranges, existing

_ZONE = "azmk8s.io"


def resolved(declared: Declared, private: spec.PrivateApi | None) -> model.PrivateApi | None:
    if private is None:
        return None
    if private.zone in ("system", "none"):
        return model.PrivateApi("system" if private.zone == "system" else "none")
    return model.PrivateApi(existing.resolved(existing.ZONE, spec.Existing(id=private.zone), declared.subscription))


def problems(declared: Declared, name: str, cluster: spec.Cluster) -> Iterator[Problem]:
    if cluster.private is None:
        return
    path, zone = ("clusters", name, "private"), cluster.private.zone
    if cluster.api_allow_from:
        yield Problem(
            ("clusters", name, "api_allow_from"),
            "the API server is private, and no public range reaches it",
            "Remove api_allow_from, or private",
        )
    if zone == "system":
        yield from _unresolved(declared, name, cluster)
    elif zone != "none":
        yield from existing.problems((*path, "zone"), existing.ZONE, spec.Existing(id=zone))
        if not zone.lower().rpartition("/")[2].endswith(f".{_ZONE}"):
            yield Problem(
                (*path, "zone"),
                f"AKS takes zones called privatelink.REGION.{_ZONE}, or below it",
                f"Name a zone such as privatelink.westeurope.{_ZONE}",
            )


def _unresolved(declared: Declared, name: str, cluster: spec.Cluster) -> Iterator[Problem]:
    outside = sorted(reader for reader, network in api_ranges.readers(declared, name) if network != cluster.network)
    if outside:
        yield Problem(
            ("clusters", name, "private"),
            f"{spelling.listed(outside)} cannot resolve the name of this API server: AKS links its own zone to the "
            f"network {cluster.network} alone",
            "Write private: {zone: none}, or the id of a private DNS zone",
        )
