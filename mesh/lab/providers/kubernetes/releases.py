"""The life of a Helm release under Pulumi. Only Istio's charts are known here, and of those the parts the lab needs."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from mesh.lab.paths import Lab
from mesh.lab.providers.differences import differences, pruned, without_ignored
from mesh.lab.providers.kubernetes import load_balancers, release_records
from mesh.lab.providers.kubernetes.charts import REPOSITORY, Chart, rendered
from mesh.lab.providers.kubernetes.cluster import Cluster, Object, name_of
from mesh.lab.providers.kubernetes.object_changes import Changes
from mesh.lab.providers.kubernetes.objects import is_established
from mesh.lab.providers.kubernetes.release_records import Record
from mesh.lab.providers.plugin import Failure, InitializationFailure
from mesh.lab.providers.properties import UNKNOWN, Properties, has_unknown, message

_MANAGER = "helm"
_OWNER_NAME = "meta.helm.sh/release-name"
_OWNER_NAMESPACE = "meta.helm.sh/release-namespace"
_KEEP = "helm.sh/resource-policy"
_IN_PROGRESS = ("pending-install", "pending-upgrade", "pending-rollback")
_SECONDS_TO_BE_ESTABLISHED = 60


def changes(old: Properties, new: Properties, ignored: Iterable[str]) -> Changes:
    changed = tuple(without_ignored(differences(old, new), ignored))
    replacing = frozenset(item for item in changed if item.path[0] in ("name", "namespace"))
    return Changes(changed, replacing, delete_first=False)


def identifier(inputs: Properties) -> str:
    return f"{inputs['namespace']}/{inputs['name']}"


def planned(inputs: Properties) -> Properties:
    return inputs | {"status": UNKNOWN, "resourceNames": UNKNOWN}


def installed(cluster: Cluster, lab: Lab, inputs: Properties) -> Properties:
    chart = _chart(inputs)
    _ensure_namespace(cluster, inputs)
    if any(record.status != "uninstalled" for record in release_records.recorded(cluster, chart.namespace, chart.name)):
        raise Failure(f"Helm release {identifier(inputs)}: cannot re-use a name that is still in use")
    parts = _owned(rendered(chart, lab), chart)
    for part in parts:
        _refuse_foreign(part, cluster.get(part), chart)
    record = Record(
        chart.name,
        chart.namespace,
        1,
        "pending-install",
        chart.kind,
        chart.version,
        chart.values,
        parts,
        first_deployed=release_records.now(),
    )
    return _deployed(cluster, lab, record, None, inputs)


def upgraded(cluster: Cluster, lab: Lab, inputs: Properties) -> Properties:
    chart = _chart(inputs)
    records = release_records.recorded(cluster, chart.namespace, chart.name)
    if not records:
        raise Failure(f'Helm release {identifier(inputs)}: "{chart.name}" has no deployed releases')
    last = records[-1]
    if last.status in _IN_PROGRESS:
        raise Failure(
            f"Helm release {identifier(inputs)}: another operation (install/upgrade/rollback) is in progress: "
            f"{_way_out(last)}"
        )
    parts = _owned(rendered(chart, lab), chart)
    before = {_key(part) for part in last.parts}
    for part in parts:
        if _key(part) not in before:
            _refuse_foreign(part, cluster.get(part), chart)
    record = last.next(
        status="pending-upgrade", chart=chart.kind, version=chart.version, values=chart.values, parts=parts
    )
    return _deployed(cluster, lab, record, last, inputs)


def read(cluster: Cluster, id: str, inputs: Properties) -> tuple[Properties, Properties] | None:
    """Inputs and state by the newest record; None where the release is gone.

    A value that somebody adds is no drift, as with the official plugin, which compares by a three-way merge.
    """
    namespace, _, name = id.rpartition("/")
    records = release_records.recorded(cluster, namespace or "default", name)
    if not records or records[-1].status == "uninstalled":
        return None
    last = records[-1]
    known = inputs or {"repositoryOpts": {"repo": REPOSITORY}, "name": last.name, "namespace": last.namespace}
    inputs_of_record = {**known, "chart": last.chart, "version": last.version}
    values = pruned(last.values, known.get("values") or {}) if inputs else last.values
    if values or known.get("values"):
        inputs_of_record["values"] = values
    state = _state(inputs_of_record, last)
    if last.status != "deployed":
        reason = f"Helm release {last.namespace}/{last.name} is not deployed: {_way_out(last)}"
        raise InitializationFailure(reason, identifier(inputs_of_record), message(inputs_of_record), message(state))
    return inputs_of_record, state


def uninstalled(cluster: Cluster, id: str, timeout: float) -> None:
    """Removes a release's parts, but those that ask to be kept, and then its records. Gone already is fine."""
    namespace, _, name = id.rpartition("/")
    records = release_records.recorded(cluster, namespace or "default", name)
    if records:
        last = release_records.write(cluster, _with_status(records[-1], "uninstalling"))
        for part in reversed(last.parts):
            if not _is_kept(part):
                cluster.delete(part, "Background", timeout)
    for record in records:
        release_records.delete(cluster, record)


def _way_out(record: Record) -> str:
    if record.status not in _IN_PROGRESS:
        return f"revision {record.revision} is {record.status}; the next update tries again"
    return (
        f"revision {record.revision} is {record.status}. If the run that did so was interrupted, delete its record, "
        f"Secret {record.namespace}/{release_records.name_of(record)}, and run `pulumi refresh`"
    )


def _chart(inputs: Properties) -> Chart:
    if has_unknown(inputs):
        raise Failure(f"Helm release {inputs.get('name')}: some inputs are still unknown")
    return Chart(
        kind=inputs["chart"],
        version=inputs["version"],
        name=inputs["name"],
        namespace=inputs["namespace"],
        values=inputs.get("values") or {},
    )


def _ensure_namespace(cluster: Cluster, inputs: Properties) -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": inputs["namespace"]}}
    if cluster.get(namespace) is not None:
        return
    if not inputs.get("createNamespace"):
        raise Failure(
            f'Helm release {identifier(inputs)}: namespaces "{inputs["namespace"]}" not found; '
            "create it before, or set createNamespace"
        )
    cluster.apply(namespace, _MANAGER)


def _owned(parts: list[Object], chart: Chart) -> tuple[Object, ...]:
    """The parts with Helm's marks, by which it knows what is its own."""
    return tuple(_marked(part, chart) for part in parts)


def _marked(part: Object, chart: Chart) -> Object:
    metadata = part["metadata"]
    labels = {**(metadata.get("labels") or {}), "app.kubernetes.io/managed-by": "Helm"}
    owner = {_OWNER_NAME: chart.name, _OWNER_NAMESPACE: chart.namespace}
    annotations = {**(metadata.get("annotations") or {}), **owner}
    return {**part, "metadata": {**metadata, "labels": labels, "annotations": annotations}}


def _refuse_foreign(part: Object, live: Object | None, chart: Chart) -> None:
    if live is None:
        return
    annotations = live["metadata"].get("annotations") or {}
    if (annotations.get(_OWNER_NAME), annotations.get(_OWNER_NAMESPACE)) != (chart.name, chart.namespace):
        raise Failure(
            f"Helm release {chart.namespace}/{chart.name}: {name_of(part)} exists and cannot be imported into the "
            f'current release: invalid ownership metadata; annotation validation error: key "{_OWNER_NAME}" '
            f'must equal "{chart.name}": current value is "{annotations.get(_OWNER_NAME, "")}"'
        )


def _deployed(cluster: Cluster, lab: Lab, record: Record, before: Record | None, inputs: Properties) -> Properties:
    """Applies a revision and records how that went, before it, in between and after it, as Helm does."""
    release_records.write(cluster, record)
    try:
        _apply(cluster, lab, record, before)
    except Failure as failure:
        failed = release_records.write(cluster, _with_status(record, "failed"))
        text = f"Helm release {record.namespace}/{record.name} was recorded, but failed: {failure}"
        if inputs.get("atomic") and before is None:
            uninstalled(cluster, identifier(inputs), 60)
            raise Failure(text) from failure
        state = _state(inputs, failed)
        raise InitializationFailure(text, identifier(inputs), message(inputs), message(state)) from failure
    if before is not None:
        release_records.write(cluster, _with_status(before, "superseded"))
    return _state(inputs, release_records.write(cluster, _with_status(record, "deployed")))


def _apply(cluster: Cluster, lab: Lab, record: Record, before: Record | None) -> None:
    live = [cluster.apply(part, _MANAGER, force=True) for part in record.parts]
    definitions = [part for part in live if part["kind"] == "CustomResourceDefinition"]
    for definition in definitions:
        _wait_until_established(cluster, definition)
    if definitions:
        cluster.forget_kinds()
    for service in (part for part in live if part["kind"] == "Service"):
        load_balancers.with_address(cluster, lab, service)
    now = {_key(part) for part in record.parts}
    for part in before.parts if before else ():
        if _key(part) not in now and not _is_kept(part):
            cluster.delete(part, "Background", 60)


def _wait_until_established(cluster: Cluster, definition: Object) -> None:
    cluster.wait(
        lambda: is_established(cluster.get(definition) or definition),
        _SECONDS_TO_BE_ESTABLISHED,
        lambda: f"{name_of(definition)} is not served in time",
    )


def _with_status(record: Record, status: str) -> Record:
    return replace(record, status=status)


def _key(part: Object) -> tuple[str, str, str, str]:
    metadata = part["metadata"]
    return (part["apiVersion"], part["kind"], metadata.get("namespace", ""), metadata["name"])


def _is_kept(part: Object) -> bool:
    return bool((part["metadata"].get("annotations") or {}).get(_KEEP) == "keep")


def _state(inputs: Properties, record: Record) -> Properties:
    names: dict[str, list[str]] = {}
    for part in record.parts:
        metadata = part["metadata"]
        within = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
        names.setdefault(f"{part['kind']}.{part['apiVersion']}", []).append(f"{within}{metadata['name']}")
    status: dict[str, Any] = {
        "name": record.name,
        "namespace": record.namespace,
        "chart": record.chart,
        "version": record.version,
        "appVersion": record.version,
        "revision": record.revision,
        "status": record.status,
    }
    return inputs | {"status": status, "resourceNames": names}
