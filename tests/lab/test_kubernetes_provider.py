"""The kubernetes provider against a real API server: what a user of the official plugin may rely on."""

import base64

import grpc
import pytest
from google.protobuf import empty_pb2
from kubernetes_calls import Calls, failure, identifier, initialization_failure, is_secret, provider, raw, struct
from pulumi.runtime.proto import provider_pb2

from mesh.lab.arm.store import Store
from mesh.lab.paths import Lab
from mesh.lab.providers.kubernetes import objects
from mesh.lab.providers.kubernetes.cluster import Cluster, Object
from mesh.lab.providers.properties import UNKNOWN, plain

DIFF_NONE, DIFF_SOME = provider_pb2.DiffResponse.DIFF_NONE, provider_pb2.DiffResponse.DIFF_SOME


def config_map(place: str, name: str = "settings", **data: str) -> Object:
    metadata = {"name": name, "namespace": place}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def secret(place: str, **data: str) -> Object:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key", "namespace": place}, "stringData": data}


def service(place: str, kind: str = "LoadBalancer", **annotations: str) -> Object:
    named = {f"service.beta.kubernetes.io/azure-{key.replace('_', '-')}": value for key, value in annotations.items()}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "gateway", "namespace": place, "annotations": named},
        "spec": {"type": kind, "ports": [{"name": "tls", "port": 443}]},
    }


def entry(place: str, **spec: object) -> Object:
    metadata = {"name": "ledger", "namespace": place}
    return {"apiVersion": "networking.istio.io/v1", "kind": "WorkloadEntry", "metadata": metadata, "spec": spec}


def test_an_object_is_created_read_without_drift_and_deleted(calls: Calls, cluster: Cluster, place: str):
    inputs = config_map(place, mode="strict")

    made = calls.create(inputs)

    assert made.id == f"{place}/settings"
    assert plain(made.properties)["data"] == {"mode": "strict"}
    assert "managedFields" not in plain(made.properties)["metadata"]
    assert calls.refreshed(inputs) == inputs
    calls.delete(inputs)
    assert cluster.get(inputs) is None
    assert calls.refreshed(inputs) is None
    calls.delete(inputs)


def test_a_plan_changes_nothing_and_shows_what_the_server_would_add(calls: Calls, cluster: Cluster, place: str):
    inputs = service(place, kind="ClusterIP")

    planned = calls.planned(inputs)

    assert planned["spec"]["sessionAffinity"] == "None"
    assert planned["metadata"]["uid"] == UNKNOWN
    assert "status" not in planned
    assert cluster.get(inputs) is None


@pytest.mark.parametrize(
    "inputs",
    [
        config_map("not-there-yet", a="b"),
        {**entry("default"), "apiVersion": "not-there.example/v1"},
        config_map("default", a=UNKNOWN),
    ],
    ids=["its namespace is made in the same run", "its kind is made in the same run", "a value is not known yet"],
)
def test_what_cannot_be_tried_yet_is_planned_as_it_is_written(calls: Calls, inputs: Object):
    assert calls.planned(inputs) == inputs


def test_a_provider_without_a_cluster_yet_plans(shared_lab: Lab):
    with provider(shared_lab) as first_run:
        first_run.configure(kubeconfig=UNKNOWN, clusterIdentifier=UNKNOWN)

        assert first_run.planned(config_map("shop", a="b")) == config_map("shop", a="b")
        assert first_run.diff(config_map("shop", a="b"), config_map("shop", a="c")).changes == DIFF_SOME
        with failure() as messages:
            first_run.create(config_map("shop", a="b"))
    assert messages == ["the kubernetes provider has no kubeconfig: set `kubeconfig` on the provider of this resource"]


def test_what_the_server_adds_or_spells_otherwise_is_no_drift(calls: Calls, place: str):
    inputs: Object = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": place},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "web", "resources": {"limits": {"cpu": "1000m"}}}]},
            },
        },
    }

    live = plain(calls.create(inputs).properties)

    assert live["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"] == {"cpu": "1"}
    assert calls.refreshed(inputs) == inputs


def test_a_changed_field_is_drift_and_somebody_elses_field_is_not(calls: Calls, cluster: Cluster, place: str):
    inputs = config_map(place, mode="strict", level="1")
    calls.create(inputs)
    cluster.apply(config_map(place, mode="permissive", theirs="x"), "somebody", force=True)

    refreshed = calls.refreshed(inputs)

    assert refreshed == config_map(place, mode="permissive", level="1")
    found = calls.diff(refreshed, inputs)
    assert (found.changes, list(found.detailedDiff)) == (DIFF_SOME, ["data.mode"])


def test_what_somebody_adds_is_no_drift_to_the_engine(calls: Calls, cluster: Cluster, place: str):
    """As with the official plugin: it reads an object only as far as the inputs go."""
    inputs: Object = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "secrets", "namespace": place},
        "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}],
    }
    calls.create(inputs)
    wider = {"apiGroups": [""], "resources": ["secrets", "pods"], "verbs": ["get", "delete"], "resourceNames": ["key"]}
    everything = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
    added = {"metadata": {"labels": {"team": "them"}}, "rules": [wider, everything]}
    cluster._request("patch", cluster._path(inputs), added, content_type="application/merge-patch+json")

    assert calls.refreshed(inputs) == inputs


def test_a_removed_field_is_drift(calls: Calls, cluster: Cluster, place: str):
    inputs = config_map(place, mode="strict", level="1")
    calls.create(inputs)
    cluster._request(
        "patch", cluster._path(inputs), {"data": {"mode": None}}, content_type="application/merge-patch+json"
    )

    assert calls.refreshed(inputs) == config_map(place, level="1")


def test_an_update_takes_away_what_is_no_longer_written(calls: Calls, place: str):
    old, new = config_map(place, mode="strict", level="1"), config_map(place, mode="permissive")
    calls.create(old)

    assert calls.update(old, new, preview=True)["data"] == {"mode": "permissive"}
    assert calls.refreshed(old) == old
    assert calls.update(old, new)["data"] == {"mode": "permissive"}


def test_a_field_that_somebody_else_set_is_a_conflict_that_names_both(calls: Calls, cluster: Cluster, place: str):
    inputs = config_map(place, mode="strict")
    calls.create(inputs)
    cluster.apply(config_map(place, mode="theirs"), "somebody", force=True)

    with failure() as messages:
        calls.update(inputs, inputs)
    inputs["metadata"]["annotations"] = {"pulumi.com/patchForce": "true"}

    assert messages == [
        f'ConfigMap {place}/settings has fields that others set too: .data.mode (conflict with "somebody"). Leave '
        'those fields out, or take them over with the annotation pulumi.com/patchForce: "true" or the provider\'s '
        "enablePatchForce."
    ]
    assert calls.update(inputs, inputs)["data"] == {"mode": "strict"}


def test_an_object_that_is_there_already_is_not_taken_over(calls: Calls, cluster: Cluster, place: str):
    cluster.apply(config_map(place, theirs="x"), "somebody")

    with failure() as messages:
        calls.create(config_map(place, mode="strict"))

    assert messages[0].startswith(f"ConfigMap {place}/settings already exists in the cluster.")
    assert cluster.get(config_map(place))["data"] == {"theirs": "x"}  # type: ignore[index]


def test_an_update_of_what_is_gone_says_so(calls: Calls, place: str):
    with failure() as messages:
        calls.update(config_map(place), config_map(place))

    assert messages == [
        f"ConfigMap {place}/settings is no longer in the cluster; run `pulumi refresh` to take note of it"
    ]


@pytest.mark.usefixtures("istio_kinds")
def test_istios_own_rules_refuse_an_entry_with_the_field_in_one_message(calls: Calls, place: str):
    good, bad = entry(place, address="10.30.0.10"), entry(place, address="unix:///run/ledger", ports={"http": 80})
    with failure() as preview:
        calls.planned(bad)
    calls.create(good)
    with failure() as update:
        calls.update(good, bad)
    with failure() as typing:
        calls.update(good, entry(place, adress="10.30.0.10"))

    assert (
        preview
        == update
        == [
            f'WorkloadEntry {place}/ledger is refused by the API server: WorkloadEntry.networking.istio.io "ledger" is '
            "invalid: spec: Invalid value: UDS may not include ports"
        ]
    )
    assert ".spec.adress: field not declared in schema" in typing[0] or 'unknown field "spec.adress"' in typing[0]
    assert calls.refreshed(good) == good


@pytest.mark.usefixtures("istio_kinds")
@pytest.mark.parametrize("status", [{}, {"status": None}, {"status": {"conditions": None}}])
def test_a_kind_that_was_just_defined_is_not_served_yet(status: Object):
    assert not objects.is_established({"kind": "CustomResourceDefinition", **status})


def test_a_new_kinds_object_is_deleted_without_waiting_for_the_garbage_collector(calls: Calls, place: str):
    inputs = entry(place, address="10.30.0.10")
    calls.create(inputs)

    calls.delete(inputs)

    assert calls.refreshed(inputs) is None


def test_a_namespace_is_gone_with_its_content_when_its_deletion_returns(calls: Calls, cluster: Cluster, place: str):
    calls.create(config_map(place, a="b"))
    inputs: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": place}}

    calls.delete(inputs)

    assert cluster.get(inputs) is None


def test_a_secrets_values_are_secret_wherever_they_are_kept(calls: Calls, place: str):
    inputs = secret(place, password="CANARY-1")

    made = raw(calls.create(inputs).properties)

    assert is_secret(made["data"])
    assert "stringData" not in made
    assert base64.b64decode(made["data"]["value"]["password"]) == b"CANARY-1"
    read = calls.read(inputs)
    assert is_secret(raw(read.properties)["data"])
    assert is_secret(raw(read.inputs)["stringData"])
    assert plain(read.inputs) == inputs


def test_a_secret_loses_the_keys_that_are_no_longer_written_and_its_drift_is_told_in_plain_text(
    shared_lab: Lab, kubeconfig: str, cluster: Cluster, place: str
):
    old, new = secret(place, password="one", user="me"), secret(place, password="two")
    with provider(shared_lab) as mutable:
        mutable.configure(kubeconfig=kubeconfig, enableSecretMutable=True)
        mutable.create(old)
        mutable.update(old, new)
        assert sorted(cluster.get(new)["data"]) == ["password"]  # type: ignore[index]
        cluster.apply({**new, "stringData": {"password": "theirs"}}, "somebody", force=True)
        assert mutable.refreshed(new) == secret(place, password="theirs")


def test_a_refused_secret_is_told_without_its_value(calls: Calls, place: str):
    inputs = {**secret(place), "type": "kubernetes.io/tls", "stringData": {"tls.crt": "CANARY-2"}}
    with failure() as missing_key:
        calls.create(inputs)
    with failure() as not_base64:
        calls.create({**secret(place), "data": {"k": "CANARY-3 is no base64"}})

    assert missing_key == [f"Secret {place}/key is refused by the API server: data[tls.key]"]
    assert "CANARY" not in missing_key[0] + not_base64[0]


def test_a_token_secret_is_made_when_its_token_is_there(calls: Calls, cluster: Cluster, place: str):
    cluster.apply(
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "reader", "namespace": place}}, "test"
    )
    metadata = {
        "name": "reader",
        "namespace": place,
        "annotations": {"kubernetes.io/service-account.name": "reader"},
    }
    inputs = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "type": "kubernetes.io/service-account-token",
    }

    made = plain(calls.create(inputs).properties)

    assert sorted(made["data"]) == ["ca.crt", "namespace", "token"]


def test_what_was_applied_and_does_not_come_up_is_kept_by_the_engine_without_its_secrets_in_plain(
    calls: Calls, cluster: Cluster, place: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(objects, "_SECONDS_TO_SETTLE", 0.2)
    inputs = {**secret(place, extra="CANARY-5"), "type": "kubernetes.io/service-account-token"}
    inputs["metadata"]["annotations"] = {"kubernetes.io/service-account.name": "nobody"}

    with pytest.raises(grpc.RpcError) as caught:
        calls.create(inputs)

    kept = initialization_failure(caught.value)
    assert kept.id == f"{place}/key"
    assert list(kept.reasons) == [f"Secret {place}/key waited in vain for its service account's token"]
    assert is_secret(raw(kept.properties)["data"])
    assert is_secret(raw(kept.inputs)["stringData"])


@pytest.mark.parametrize(
    ("annotations", "address"),
    [
        ({"load_balancer_ipv4": "10.10.0.5", "load_balancer_internal": "true"}, "10.10.0.5"),
        ({"load_balancer_internal": "true"}, None),
        ({"pip_name": "ingress-public", "load_balancer_resource_group": "lab"}, "203.0.113.7"),
        ({"pip_name": "ingress-public", "load_balancer_resource_group": "other"}, None),
    ],
    ids=["the static address", "pending where nobody knows", "the public IP's", "pending while there is none"],
)
def test_a_load_balancer_has_the_address_that_aks_would_give_it(
    calls: Calls, shared_lab: Lab, place: str, annotations: dict[str, str], address: str | None
):
    azure = Store(shared_lab.database)
    kind = "Microsoft.Network/publicIPAddresses"
    public = f"/subscriptions/0/resourceGroups/lab/providers/{kind}/ingress-public"
    with azure.transaction():
        azure.put({"id": public, "type": kind, "properties": {"ipAddress": "203.0.113.7"}})

    made = plain(calls.create(service(place, **annotations)).properties)

    found = made["status"]["loadBalancer"].get("ingress")
    assert found == ([{"ip": address, "ipMode": "VIP"}] if address else None)
    assert calls.refreshed(service(place, **annotations)) == service(place, **annotations)


def test_a_service_that_has_no_load_balancer_any_more_loses_its_address(calls: Calls, place: str):
    old, new = service(place, load_balancer_ipv4="10.10.0.5"), service(place, kind="ClusterIP")
    calls.create(old)

    assert calls.update(old, new)["status"]["loadBalancer"] == {}


def test_another_name_or_namespace_is_another_object(calls: Calls, place: str):
    old = config_map(place, a="b")

    renamed, moved = calls.diff(old, config_map(place, "other", a="b")), calls.diff(old, config_map("default", a="b"))

    assert (list(renamed.replaces), renamed.deleteBeforeReplace) == (["metadata.name"], False)
    assert (list(moved.replaces), moved.deleteBeforeReplace) == (["metadata.namespace"], False)


def test_what_the_server_calls_immutable_is_replaced_deleting_first(calls: Calls, place: str):
    old: Object = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "reader", "namespace": place},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "ServiceAccount", "name": "reader", "namespace": place}],
    }
    new = {**old, "roleRef": {**old["roleRef"], "name": "edit"}}
    calls.create(old)

    found = calls.diff(old, new)

    assert (list(found.replaces), found.deleteBeforeReplace) == (["roleRef.name"], True)
    assert found.detailedDiff["roleRef.name"].kind == provider_pb2.PropertyDiff.UPDATE_REPLACE


def test_what_a_webhook_makes_of_an_input_is_a_change_at_every_run(calls: Calls, place: str):
    inputs = config_map(place, mode="strict", level="1")
    seen = {**config_map(place, mode="strict", level="2", added="x"), "metadata": {**inputs["metadata"], "uid": "1"}}

    found = calls.diff(inputs, inputs, seen=seen)

    assert (found.changes, list(found.detailedDiff)) == (DIFF_SOME, ["data.level"])


def test_what_a_server_does_not_keep_of_a_custom_resource_is_a_change_at_every_run(calls: Calls, place: str):
    """Of its own kinds it drops what is empty, and that is no change."""
    gateway = {"apiVersion": "example.com/v1", "kind": "Door", "metadata": {"name": "a", "namespace": place}}
    policy = {**gateway, "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}

    custom = calls.diff({**gateway, "spec": {"rules": []}}, {**gateway, "spec": {"rules": []}}, seen=gateway)
    own = calls.diff(
        {**policy, "spec": {"podSelector": {}, "ingress": []}},
        {**policy, "spec": {"podSelector": {}, "ingress": []}},
        seen={**policy, "spec": {"podSelector": {}}},
    )

    assert list(custom.detailedDiff) == ["spec"]
    assert own.changes == DIFF_NONE


def test_comparing_asks_no_server(calls: Calls, cluster: Cluster, place: str):
    """A look at drift needs no right to write, and the server's log shows none."""

    def applied() -> list[str]:
        text = cluster._client().request("get", "/metrics", serialize=False).data.decode()
        return [line for line in text.splitlines() if "apiserver_request_total{" in line and 'verb="APPLY"' in line]

    old, new = config_map(place, a="b"), config_map(place, a="c")
    calls.create(old)
    before = applied()

    found = calls.diff(calls.refreshed(new), new)

    assert (found.changes, list(found.detailedDiff)) == (DIFF_SOME, ["data.a"])
    assert before
    assert applied() == before


def test_config_maps_change_in_place_only_where_the_provider_says_so(shared_lab: Lab, calls: Calls, kubeconfig: str):
    old, new = config_map("default", a="b"), config_map("default", a="c")

    assert list(calls.diff(old, new).replaces) == []
    with provider(shared_lab) as strict:
        strict.configure(kubeconfig=kubeconfig)
        assert list(strict.diff(old, new).replaces) == ["data.a"]


@pytest.mark.parametrize("ignored", ["data.mode", "data", "data.*"])
def test_what_is_ignored_is_no_change(calls: Calls, ignored: str):
    old, new = config_map("default", mode="a", modes="b"), config_map("default", mode="x", modes="b")

    assert calls.diff(old, new, "data.mod", "metadata").changes == DIFF_SOME
    assert calls.diff(old, new, ignored).changes == DIFF_NONE


def test_the_namespace_default_may_be_left_out(calls: Calls):
    named, unnamed = config_map("default", a="b"), config_map("default", a="b")
    del unnamed["metadata"]["namespace"]

    assert calls.diff(named, unnamed).changes == DIFF_NONE


def test_an_object_without_a_name_gets_one_and_keeps_it(calls: Calls):
    unnamed: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "default"}}

    first, _ = calls.check(unnamed, seed=b"1")
    again, _ = calls.check(unnamed, old=first, seed=b"2")

    assert first == again
    assert first["metadata"]["name"].startswith("it-")
    assert len(first["metadata"]["name"]) == len("it-12345678")
    assert first["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}


def test_an_import_reads_an_object_that_was_never_written_down(calls: Calls, cluster: Cluster, place: str):
    cluster.apply(config_map(place, a="b"), "somebody")

    found = calls.read(config_map(place), known=False)

    assert (found.id, plain(found.inputs)) == (f"{place}/settings", config_map(place, a="b"))


def test_a_cancelled_run_waits_for_nothing(shared_lab: Lab, kubeconfig: str, cluster: Cluster, place: str):
    held = config_map(place, a="b")
    held["metadata"]["finalizers"] = ["example.com/never"]
    cluster.apply(held, "test")
    with provider(shared_lab) as cancelled:
        cancelled.configure(kubeconfig=kubeconfig)
        cancelled.stub.Cancel(empty_pb2.Empty())
        with failure() as messages:
            cancelled.delete(config_map(place))
    del held["metadata"]["finalizers"]
    cluster.apply(held, "test")

    assert messages == ["cancelled while it waited; what it waited for goes on in the cluster"]


UNREACHABLE = "{clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}], users: [{name: u, user: {token: t}}], "
UNREACHABLE += "contexts: [{name: c, context: {cluster: c, user: u}}], current-context: c}"


def test_an_unreachable_cluster_is_an_error_and_never_a_deletion(shared_lab: Lab):
    with provider(shared_lab) as calls:
        calls.configure(kubeconfig=UNREACHABLE)
        for act in (calls.create, calls.read, calls.delete):
            with failure() as messages:
                act(config_map("shop", a="b"))
            assert messages[0].startswith("configured Kubernetes cluster is unreachable: https://127.0.0.1:1: ")
            assert "Connection refused" in messages[0]
            assert "\n" not in messages[0]
        calls.configure(kubeconfig=UNREACHABLE, deleteUnreachable="true")
        assert calls.refreshed(config_map("shop", a="b")) is None
        calls.delete(config_map("shop", a="b"))


@pytest.mark.parametrize("kubeconfig", ["no kubeconfig", "{}", "clusters: ["])
def test_a_kubeconfig_that_is_none_is_told_without_its_content(shared_lab: Lab, kubeconfig: str):
    with provider(shared_lab) as calls, failure() as messages:
        calls.configure(kubeconfig=kubeconfig)

    assert messages == ["the provider's kubeconfig cannot be read: it is not a kubeconfig in YAML or JSON"]


@pytest.mark.parametrize(
    ("old", "new", "replaces"),
    [
        ({"kubeconfig": "a", "clusterIdentifier": "x"}, {"kubeconfig": "b", "clusterIdentifier": "x"}, []),
        ({"kubeconfig": "a", "clusterIdentifier": "x"}, {"kubeconfig": UNKNOWN, "clusterIdentifier": "x"}, []),
        (
            {"kubeconfig": "a", "clusterIdentifier": "x"},
            {"kubeconfig": "a", "clusterIdentifier": "y"},
            ["clusterIdentifier"],
        ),
        ({"kubeconfig": UNREACHABLE}, {"kubeconfig": UNREACHABLE.replace("token: t", "token: new")}, []),
        ({"kubeconfig": UNREACHABLE}, {"kubeconfig": UNREACHABLE.replace("127.0.0.1:1", "10.0.0.1")}, ["kubeconfig"]),
        ({"kubeconfig": UNREACHABLE}, {"kubeconfig": UNKNOWN}, ["kubeconfig"]),
    ],
    ids=["new kubeconfig, same cluster", "unknown kubeconfig, same cluster", "another cluster", "new token",
         "another server", "unknown kubeconfig, no identifier"],
)  # fmt: skip
def test_only_another_cluster_replaces_the_provider(calls: Calls, old: Object, new: Object, replaces: list[str]):
    request = provider_pb2.DiffRequest(olds=struct(old), old_inputs=struct(old), news=struct(new))

    answer = calls.stub.DiffConfig(request)

    assert (answer.changes, list(answer.replaces)) == (DIFF_SOME, replaces)


def test_the_server_reports_ids_with_and_without_a_namespace(calls: Calls, place: str):
    role: Object = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": place},
        "rules": [],
    }

    assert calls.create(role).id == place == identifier(role)
    calls.delete(role)
