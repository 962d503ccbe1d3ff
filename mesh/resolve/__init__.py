"""A stack file, into the environment it declares; or all of its problems at once."""

import re
from collections.abc import Iterator
from dataclasses import replace

from mesh import model, names
from mesh.declaration import declared as declarations
from mesh.declaration import includes, spelling
from mesh.declaration.declared import Declared
from mesh.declaration.problems import ENVIRONMENT, Invalid, Problem
from mesh.declaration.stack_file import Document
from mesh.resolve import (
    acceptances,
    api_server,
    approvals,
    azure_settings,
    clusters,
    istio,
    machines,
    name_collisions,
    namespaces,
    networks,
    outside_hosts,
    ranges_behind,
    routes,
    teams,
    theirs,
    tracing,
    traffic,
    workloads,
)


def environment(document: Document, name: str) -> model.Environment:
    """Raises Invalid. The name is the stack's."""
    declared, problems = declarations.read(document)
    found = [*_name_problems(name), *_unread(document), *document.faults, *problems]
    if declared:
        found += [_from_the_top(problem) for problem in _cross_problems(declared)]
    if not found and declared:
        resolved = _environment(declared, name)
        found = [
            _from_the_top(problem)
            for problem in (*name_collisions.problems(resolved), *azure_settings.problems(resolved))
        ]
        if not found:
            return resolved
    raise Invalid(document.located(found))


def _environment(declared: Declared, name: str) -> model.Environment:
    by_network = networks.resolved(declared)
    by_cluster = clusters.resolved(declared, by_network)
    by_machine = machines.resolved(declared, by_network, by_cluster)
    by_workload = workloads.resolved(declared, by_network, by_cluster, by_machine)
    found = (*by_workload.values(), *tracing.zipkin(declared, by_network, by_cluster))
    opened = routes.resolved(declared, by_cluster, by_workload)
    environment = declared.environment
    return model.Environment(
        name=name,
        subscription=declared.subscription,
        location=environment.location,
        resource_group=environment.resource_group or names.resource_group(name),
        existing_group=environment.resource_group is not None,
        istio=istio.resolved(environment.istio),
        tags=tuple(sorted(environment.tags.items())),
        networks=tuple(by_network.values()),
        clusters=tuple(by_cluster.values()),
        machines=tuple(by_machine.values()),
        workloads=tuple(sorted(found, key=lambda workload: workload.name)),
        routes=opened,
        traffic=traffic.resolved(declared, by_workload),
        tracing=tracing.resolved(declared, found, opened),
        access_logs=environment.access_logs,
        observing=namespaces.observing(declared),
        production=environment.production,
        protect=environment.production if environment.protect is None else environment.protect,
        accepted=acceptances.resolved(environment.accept),
        approved=approvals.resolved(environment.approve),
        theirs=theirs.resolved(environment.theirs),
        azure=azure_settings.resolved(declared),
    )


def _cross_problems(declared: Declared) -> Iterator[Problem]:
    yield from acceptances.problems(declared)
    yield from approvals.problems(declared)
    yield from networks.problems(declared)
    yield from clusters.problems(declared)
    yield from machines.problems(declared)
    yield from workloads.problems(declared)
    yield from outside_hosts.problems(declared)
    yield from api_server.problems(declared)
    yield from ranges_behind.problems(declared)
    yield from routes.problems(declared)
    yield from traffic.problems(declared)
    yield from teams.problems(declared)
    yield from namespaces.problems(declared)
    yield from istio.problems(declared)
    yield from tracing.problems(declared)


def _unread(document: Document) -> Iterator[Problem]:
    """Nothing is silently left out where somebody reads the stack file alone."""
    if not document.is_whole and includes.patterns(document):
        message = "the files that it names are not read here"
        yield Problem((*ENVIRONMENT, "include"), message, "Give the stack file by its path")


def _from_the_top(problem: Problem) -> Problem:
    return replace(problem, path=(*ENVIRONMENT, *problem.path))


def _name_problems(name: str) -> Iterator[Problem]:
    if not re.fullmatch(r"[a-z]([a-z0-9-]*[a-z0-9])?", name) or len(name) > names.ENVIRONMENT_MAX:
        yield Problem(
            (),
            f"the environment cannot be called {spelling.shown(name)}: its name has lower-case letters, digits and "
            f"hyphens, begins with a letter, and has at most {names.ENVIRONMENT_MAX} characters",
            "Rename the file: Pulumi.NAME.yaml, such as Pulumi.prod.yaml",
        )
