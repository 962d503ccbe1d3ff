"""Objects on a real API server → put back; what it refuses is named, and the others are put back all the same."""

from collections.abc import Iterator
from typing import Any

import environments
import pytest

from mesh.lab.providers.kubernetes.cluster import Cluster as Server
from mesh.lab.providers.kubernetes.refusals import Refused
from mesh.live.clusters import Cluster
from mesh.plan import Plan
from mesh.plan.resources import KubernetesObject, Release
from mesh.render import plan as planned
from mesh.repair import objects
from mesh.review.drift import objects as compared
from mesh.review.drift import releases
from mesh.review.drift.changes import Change, ObjectAddress
from mesh.review.drift.classes import Classed
from mesh.review.drift.live import Deployed, Live, Record
from mesh.review.drift.repairs import Repair

Object = dict[str, Any]
ENVIRONMENT = planned(environments.lab_without_network_policies()).environment
PROGRAM = "pulumi-kubernetes"


@pytest.fixture
def east(kubeconfig: str) -> Iterator[Cluster]:
    connected = Cluster("east", kubeconfig)
    yield connected
    connected.close()


def role(place: str, name: str, *verbs: str) -> Object:
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": list(verbs)}
    metadata = {"name": name, "namespace": place}
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": metadata, "rules": [rule]}


def plan_of(*manifests: Object) -> Plan:
    items = (KubernetesObject(f"east/Role/{item['metadata']['name']}", "east", item) for item in manifests)
    return Plan(environment=ENVIRONMENT, azure=(), releases=(), objects=tuple(items), machines=())


def looked(plan: Plan, east: Cluster) -> tuple[Live, list[Repair]]:
    """What is live now, and how each difference is put back."""
    found = east.objects([item.manifest for item in plan.objects])
    deployed = {item.name: Deployed(item.manifest, {"__fieldManager": PROGRAM}) for item in plan.objects}
    live = Live(azure={}, objects={"east": found}, records={}, deployed=deployed)
    return live, [repair(change) for change in compared.changed(plan, live)]


def repair(change: Change) -> Repair:
    means = "deletion" if change.address else "cluster"
    return Repair(Classed(change, "widens access"), means, "")


def put_back(plan: Plan, live: Live, found: list[Repair], east: Cluster) -> tuple[list[str], list[str]]:
    """Names of those that are refused, and what is said."""
    said: list[str] = []
    refused = objects.put_back(plan, live, found, {"east": east}, said.append)
    return [one.change.subject for one in refused], said


def refused_by_policy(server: Server, place: str, name: str) -> None:
    """A ValidatingAdmissionPolicy of somebody else, which takes no change of the object: 422."""
    group = {"apiVersion": "admissionregistration.k8s.io/v1", "metadata": {"name": f"{place}-{name}"}}
    rule = {"apiGroups": ["rbac.authorization.k8s.io"], "apiVersions": ["v1"], "resources": ["roles"]}
    policy = {
        "failurePolicy": "Fail",
        "matchConstraints": {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": place}},
            "resourceRules": [{**rule, "operations": ["UPDATE", "DELETE"], "resourceNames": [name]}],
        },
        "validations": [{"expression": "false", "message": "frozen over the holidays"}],
    }
    binding = {"policyName": f"{place}-{name}", "validationActions": ["Deny"]}
    server.apply({**group, "kind": "ValidatingAdmissionPolicy", "spec": policy}, "somebody", force=True)
    server.apply({**group, "kind": "ValidatingAdmissionPolicyBinding", "spec": binding}, "somebody", force=True)
    frozen = {**role(place, name), "metadata": {"name": name, "namespace": place, "labels": {"try": "it"}}}

    def is_at_work() -> bool:
        try:
            server._request("patch", server._path(frozen), {"metadata": {"labels": {"try": "it"}}}, [("dryRun", "All")],
                            "application/merge-patch+json")  # fmt: skip
        except Refused as refusal:
            return "frozen over the holidays" in str(refusal)
        return False

    server.wait(is_at_work, 60, lambda: "the policy is not at work")


def test_what_the_server_refuses_is_named_and_the_others_are_put_back(
    east: Cluster, cluster: Server, place: str
) -> None:
    plan = plan_of(role(place, "first", "get"), role(place, "second", "get"))
    for item in plan.objects:
        cluster.apply(item.manifest, PROGRAM, force=True)
    for name in ("first", "second"):
        cluster.apply(role(place, name, "get", "delete"), "somebody", force=True)
    refused_by_policy(cluster, place, "first")
    live, found = looked(plan, east)

    refused, said = put_back(plan, live, found, east)

    assert refused == ["east/Role/first"]
    assert said == ["east/Role/first is refused (east: Invalid)", "east/Role/second is put back"]
    assert cluster.get(role(place, "second"))["rules"] == role(place, "second", "get")["rules"]
    assert cluster.get(role(place, "first"))["rules"] == role(place, "first", "get", "delete")["rules"]


def test_what_changes_between_the_look_and_the_repair_is_put_back_too(
    east: Cluster, cluster: Server, place: str
) -> None:
    plan = plan_of(role(place, "first", "get"))
    cluster.apply(plan.objects[0].manifest, PROGRAM, force=True)
    added = {"rules": [*role(place, "first", "get")["rules"], *role(place, "first", "delete")["rules"]]}
    patch = ("patch", cluster._path(role(place, "first")))
    cluster._request(*patch, added, content_type="application/merge-patch+json")
    live, found = looked(plan, east)
    labelled = {"metadata": {"labels": {"team": "theirs"}}}
    cluster._request(*patch, labelled, content_type="application/merge-patch+json")

    refused, said = put_back(plan, live, found, east)

    assert (refused, said) == ([], ["east/Role/first is put back"])
    assert looked(plan, east)[1] == []


def test_a_write_over_a_version_that_was_not_seen_is_tried_again_on_the_newer_one(
    east: Cluster, cluster: Server, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """409: somebody writes at each of the first two tries."""
    plan = plan_of(role(place, "first", "get"))
    cluster.apply(plan.objects[0].manifest, PROGRAM, force=True)
    cluster.apply({**role(place, "first", "get"), "metadata": {"name": "first", "namespace": place,
                   "labels": {"team": "theirs"}}}, "somebody", force=True)  # fmt: skip
    live, found = looked(plan, east)
    replace, tried = east.replace, list[int]()

    def replaced(manifest: Object, manager: str) -> Object:
        tried.append(len(tried))
        if len(tried) < 3:
            change = {"metadata": {"annotations": {"tried": str(len(tried))}}}
            cluster._request("patch", cluster._path(manifest), change, content_type="application/merge-patch+json")
        return replace(manifest, manager)

    monkeypatch.setattr(east, "replace", replaced)

    refused, said = put_back(plan, live, found, east)

    assert (refused, said) == ([], ["east/Role/first is put back"])
    assert tried == [0, 1, 2]
    assert looked(plan, east)[1] == []


def test_what_is_named_and_gone_already_is_fine_and_what_is_kept_is_named(
    east: Cluster, cluster: Server, place: str
) -> None:
    kept = role(place, "kept", "get")
    cluster.apply(kept, "somebody", force=True)
    refused_by_policy(cluster, place, "kept")
    plan = plan_of()
    found = [
        repair(Change(f"east/Role/{name}", "Role", "unowned", (), lambda plan: plan, "nobody", address=ObjectAddress(
            "east", kept["apiVersion"], "Role", place, name)))
        for name in ("gone", "kept")
    ]  # fmt: skip

    refused, said = put_back(plan, looked(plan, east)[0], found, east)

    assert refused == ["east/Role/kept"]
    assert said == ["east/Role/gone is deleted", "east/Role/kept is refused (east: Invalid)"]
    assert cluster.get(kept) is not None


def test_a_part_of_a_release_that_is_missing_is_made_again_as_helm_marks_it(
    east: Cluster, cluster: Server, place: str
) -> None:
    part = role(place, "part", "get")
    record = Record(place, "istiod", "istiod", "1.30.4", "deployed", {}, (part,))
    release = Release("east/release/istiod", "east", "istiod", place, "istiod", "1.30.4", {})
    plan = Plan(environment=ENVIRONMENT, azure=(), releases=(release,), objects=(), machines=())
    live = Live(azure={}, objects={"east": ()}, records={"east": (record,)}, deployed={})
    found = [repair(change) for change in releases.changed(plan, live)]

    refused, said = put_back(plan, live, found, east)

    subject = f"east/release/istiod: {place}/Role/part"
    assert (refused, said) == ([], [f"{subject} is put back"])
    made = cluster.get(part)
    assert made["rules"] == part["rules"]
    assert made["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "Helm"}
    assert made["metadata"]["annotations"] == {
        "meta.helm.sh/release-name": "istiod",
        "meta.helm.sh/release-namespace": place,
    }
    again = Live(azure={}, objects={"east": (made,)}, records={"east": (record,)}, deployed={})
    assert list(releases.changed(plan, again)) == []
