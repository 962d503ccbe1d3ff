"""Parts of a plan that the judge does not know, and of which nobody can say that they are harmless."""

from collections.abc import Iterator
from typing import Any

from mesh.access.azure import treated
from mesh.access.istio import required_fields
from mesh.access.istio.meshes import is_read
from mesh.access.treatment import Untreated, untreated
from mesh.findings.context import Context
from mesh.findings.coverage import charts, machine_files, objects, references, rights
from mesh.findings.coverage.credentials import Credentials
from mesh.findings.coverage.fields import unknown
from mesh.findings.coverage.subjects import Subjects
from mesh.findings.finding import Finding, Kind
from mesh.plan import Plan

NOT_JUDGED = Kind(
    code="not-judged",
    severity="error",
    what="The plan has something that the judge neither judges nor knows to be harmless.",
    why="It may open access that no route declares, and neither the matrix nor another finding would show it.",
    example="machine/ledger-0/interface: enableIPForwarding: True is not judged",
    fix="Remove it; or check what it opens, and accept the finding up to a day.",
)
KINDS = (NOT_JUDGED,)

_SHOWN = 60


def findings(context: Context) -> Iterator[Finding]:
    yield from _of_azure(context.plan)
    for subject, text in (
        *references.unknown(context.plan),
        *rights.strange(context.plan),
        *_of_objects(context),
        *_of_releases(context),
        *_of_machines(context),
    ):
        yield Finding(NOT_JUDGED, subject, text)


def _of_azure(plan: Plan) -> Iterator[Finding]:
    for resource in plan.azure:
        table = treated.TYPES.get(resource.token)
        if table is None:
            text = f"the type {resource.token.removeprefix('azure-native:')} is not judged"
            yield Finding(NOT_JUDGED, resource.name, text)
        else:
            for field in untreated(resource.properties, table):
                if field.path == "useRemoteGateways" and _is_declared(plan, resource.name):
                    continue
                yield Finding(NOT_JUDGED, resource.name, field_text(field))


def _is_declared(plan: Plan, half: str) -> bool:
    """Whether the stack file says that a network uses the gateway of the other, and so takes what comes by it."""
    return any(
        half == f"peering/{network.name}/{peer}" for network in plan.environment.networks for peer in network.gateways
    )


def field_text(field: Untreated) -> str:
    return f"{field.path}: {_short(field.value)} is not judged" if field.known else f"{field.path} is not judged"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _of_objects(context: Context) -> Iterator[tuple[str, str]]:
    world = context.world
    subjects, credentials = Subjects(world), Credentials(world)
    for item in context.plan.objects:
        for what in objects.not_judged(item.manifest):
            yield item.name, f"{what} is not judged"
        for path in required_fields.missing(item.manifest) if is_read(item.manifest) else ():
            yield item.name, f"{path} is missing or of another type: the API server refuses the object"
        mesh, kind = world.meshes.get(item.cluster), objects.kind(item.manifest)
        if mesh is None:
            yield item.name, f"the environment has no cluster {item.cluster} with an istiod"
        else:
            for why in (*subjects.strange(kind, mesh, item), *credentials.strange(kind, mesh, item)):
                yield item.name, why


def _of_releases(context: Context) -> Iterator[tuple[str, str]]:
    for release in context.plan.releases:
        table = charts.CHARTS.get(release.chart)
        if table is None:
            yield release.name, f"the chart {release.chart} is not judged"
            continue
        for path in unknown(release.values, table):
            yield release.name, f"the value {path} is not judged"
        called = release.values.get("global", {}).get("multiCluster", {}).get("clusterName", release.cluster)
        if called != release.cluster:
            yield release.name, f"it calls the cluster {release.cluster} by the name {called}"


def _of_machines(context: Context) -> Iterator[tuple[str, str]]:
    for machine, variables in context.world.variables.items():
        for what in machine_files.not_judged(variables):
            yield f"machine/{machine}", f"the variable {what} of its sidecar is not judged"
