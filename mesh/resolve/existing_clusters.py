"""Clusters that others made: problems of what a file says of them."""

from collections.abc import Iterator

from mesh.declaration import spec
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Problem
from mesh.resolve import existing

_OWNERS = ("kubernetes", "pools", "api_allow_from")


def problems(declared: Declared, name: str, cluster: spec.Cluster) -> Iterator[Problem]:
    path = ("clusters", name)
    if cluster.existing is None:
        if cluster.kubernetes is None:
            yield Problem(
                path,
                "the key kubernetes is missing",
                'Add kubernetes: with a version such as "1.34", or existing: for a cluster that is there already',
            )
        return
    yield from existing.problems((*path, "existing"), existing.CLUSTER, cluster.existing)
    here = existing.subscription(cluster.existing, declared.subscription)
    if here != declared.subscription:
        yield Problem(
            (*path, "existing"),
            f"it is in the subscription {here}, and the stack in {declared.subscription}; credentials are read in the "
            "subscription of the stack alone",
            "Declare a stack in its subscription",
        )
    for key in _OWNERS:
        if key in cluster.model_fields_set:
            yield Problem((*path, key), f"the cluster exists already, and {key} is its owner's", f"Remove {key}")
    network = declared.environment.networks.get(cluster.network)
    if network and network.existing is None:
        yield Problem(
            (*path, "network"),
            f"the cluster exists already, and its network {cluster.network} would be created",
            f"Add existing: {{group: …, name: …}} to networks.{cluster.network}",
        )
    for gateway, ingress in sorted(cluster.ingress.items()):
        if not ingress.internal:
            yield Problem(
                (*path, "ingress", gateway),
                "the cluster exists already, and its identity has no right to a public address that is created here",
                "Add internal: true, and let a firewall or front door lead clients to its address",
            )
