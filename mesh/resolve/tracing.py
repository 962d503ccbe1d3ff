"""Declared tracing, into the model's: Zipkin as a workload, and the routes by which everybody sends it spans."""

from collections.abc import Iterable, Iterator, Mapping

from mesh import model
from mesh.declaration import spec
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem
from mesh.resolve import managed, namespaces, networks, references, workloads

_ZIPKIN: Path = ("tracing", "zipkin")
_NAME = "zipkin"
_PORT = 9411
"""The port of the program's own Zipkin."""
_SPANS = model.Request(methods=("POST",), paths=("/api/v2/spans",), hosts=())
"""All that a proxy sends: its own tracer posts them so."""


def zipkin(
    declared: Declared, by_network: Mapping[str, model.Network], by_cluster: Mapping[str, model.Cluster]
) -> tuple[model.Workload, ...]:
    """The workload that takes the spans; none where nothing is traced."""
    tracing = declared.environment.tracing
    if tracing is None:
        return ()
    place = tracing.zipkin
    port = _PORT if place.cluster else place.port
    return (
        model.Workload(
            name=_NAME,
            namespace=place.namespace,
            kind="service",
            ports=(model.Port("http", port, port, "http"),),
            labels=(("app", _NAME),),
            account=_NAME,
            services=(_NAME,),
            theirs=frozenset(),
            sidecar=place.cluster is not None,
            clusters=(by_cluster[place.cluster],) if place.cluster else (),
            machines=(),
            outside=_outside(place, by_network),
        ),
    )


def resolved(
    declared: Declared, everybody: Iterable[model.Workload], routes: Iterable[model.Route]
) -> model.Tracing | None:
    tracing = declared.environment.tracing
    if tracing is None:
        return None
    collector = next(workload for workload in everybody if workload.name == _NAME)
    senders: list[model.Workload | model.Ingress] = [
        workload for workload in everybody if workload.sidecar and workload != collector
    ]
    if collector.clusters:
        # A gateway that knew a host outside would not listen until the name resolves, so it sends to pods only.
        callers = dict.fromkeys(route.caller for route in routes)
        senders += [caller for caller in callers if isinstance(caller, model.Ingress)]
    return model.Tracing(
        zipkin=collector,
        image=tracing.zipkin.image if collector.clusters else None,
        sampling=tracing.sampling,
        namespaces=tuple(sorted(tracing.namespaces.items())),
        routes=tuple(model.Route(sender, collector, collector.ports[0], (_SPANS,)) for sender in senders),
    )


def problems(declared: Declared) -> Iterator[Problem]:
    tracing = declared.environment.tracing
    if tracing is None:
        return
    yield from _place_problems(declared, tracing.zipkin)
    yield from _name_problems(declared, tracing.zipkin)
    yield from _peering_problems(declared, tracing.zipkin)
    for namespace in tracing.namespaces:
        yield from namespaces.reference_problems(declared, ("tracing", "namespaces", namespace), namespace)


def _outside(place: spec.Zipkin, by_network: Mapping[str, model.Network]) -> model.Outside | None:
    if place.host is None:
        return None
    if place.network is None:
        return model.Outside("external", (place.host,), None, None, None)
    return managed.resolved(place.host, by_network[place.network], place.range)


def _place_problems(declared: Declared, place: spec.Zipkin) -> Iterator[Problem]:
    if place.cluster is None and place.host is None:
        yield Problem(_ZIPKIN, "it does not say where spans go", "Add cluster, and a Zipkin runs there, or host")
    if place.cluster is not None and place.host is not None:
        yield Problem((*_ZIPKIN, "host"), "cluster and host exclude each other", "Keep one")
        return
    for key, other in (("image", "cluster"), ("port", "host"), ("network", "host"), ("range", "network")):
        if key in place.model_fields_set and getattr(place, other) is None:
            yield Problem((*_ZIPKIN, key), f"{key} is only allowed with {other}", f"Remove {key}")
    for key, section in (("cluster", "clusters"), ("network", "networks")):
        if name := getattr(place, key):
            yield from references.problems(declared, (*_ZIPKIN, key), section, name)
    yield from managed.problems(declared, (*_ZIPKIN, "range"), place.network, place.range)


def _name_problems(declared: Declared, place: spec.Zipkin) -> Iterator[Problem]:
    if _NAME in declared.environment.workloads:
        yield Problem(
            ("workloads", _NAME),
            f"tracing adds a workload called {_NAME}, which every sidecar may call",
            "Choose another name, or remove the workload: the one of tracing needs no routes",
        )
    for name, workload in sorted(declared.environment.workloads.items()):
        if place.host in workloads.hosts(workload):
            yield Problem(
                (*_ZIPKIN, "host"),
                f"{place.host} is already the workload {name}; a host belongs to one",
                f"Remove the workload {name}: the one of tracing needs no routes",
            )


def _peering_problems(declared: Declared, place: spec.Zipkin) -> Iterator[Problem]:
    """Clusters are peered with each other in any case, and machines with the cluster that they join."""
    environment = declared.environment
    cluster = environment.clusters.get(place.cluster or "")
    target = cluster.network if cluster else place.network
    senders = {
        environment.machines[name].network
        for workload in environment.workloads.values()
        if workloads.has_sidecar(workload)
        for name in workload.machines
        if name in environment.machines and environment.machines[name].joins not in {place.cluster, None}
    }
    if place.network:
        senders |= {cluster.network for cluster in environment.clusters.values()}
    apart = sorted(sender for sender in senders if target and networks.are_apart(declared, sender, target))
    for sender in apart:
        yield Problem(
            (*_ZIPKIN, "cluster" if place.cluster else "network"),
            f"spans of what runs in the network {sender} go to {target}, and the two are not peered",
            f"Add {sender} to networks.{target}.peers",
        )
