"""Helm releases of Istio's charts in the lab: as strict as Helm, and with the parts that the rest needs."""

import base64
import gzip
import json

import grpc
import pytest
import yaml
from kubernetes_calls import Calls, failure, initialization_failure, release
from pulumi.runtime.proto import provider_pb2

from mesh.lab.providers.kubernetes.cluster import Cluster, Object
from mesh.lab.providers.properties import UNKNOWN, plain

ADDRESS = {"service.beta.kubernetes.io/azure-load-balancer-ipv4": "10.10.0.5"}


def gateway(place: str, **values: object) -> Object:
    return release("istio-eastwestgateway", place, "gateway", **values)


def live(cluster: Cluster, api_version: str, kind: str, place: str, name: str) -> Object | None:
    return cluster.get({"apiVersion": api_version, "kind": kind, "metadata": {"namespace": place, "name": name}})


def statuses(cluster: Cluster, place: str, name: str = "istio-eastwestgateway") -> dict[str, str]:
    like = {"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": place}}
    found = cluster.matching(like, f"owner=helm,name={name}")
    return {item["metadata"]["name"]: item["metadata"]["labels"]["status"] for item in found}


def test_the_east_west_gateway_has_the_ports_labels_rights_and_address_that_others_rely_on(
    calls: Calls, cluster: Cluster, place: str
):
    values = {
        "networkGateway": "east",
        "service": {"annotations": ADDRESS},
        "autoscaling": {"minReplicas": 2},
        "podDisruptionBudget": {"minAvailable": 1},
    }

    made = calls.create(gateway(place, **values))

    name = "istio-eastwestgateway"
    assert made.id == f"{place}/{name}"
    service = live(cluster, "v1", "Service", place, name)
    assert service is not None
    assert [(port["name"], port["port"], port["targetPort"]) for port in service["spec"]["ports"]] == [
        ("status-port", 15021, 15021),
        ("tls", 15443, 15443),
        ("tls-istiod", 15012, 15012),
        ("tls-webhook", 15017, 15017),
    ]
    assert service["metadata"]["labels"]["topology.istio.io/network"] == "east"
    assert service["metadata"]["labels"]["istio"] == "eastwestgateway"
    assert service["spec"]["selector"] == {"app": name, "istio": "eastwestgateway"}
    assert service["status"]["loadBalancer"]["ingress"] == [{"ip": "10.10.0.5", "ipMode": "VIP"}]
    role = live(cluster, "rbac.authorization.k8s.io/v1", "Role", place, name)
    assert role is not None
    assert role["rules"] == [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "watch", "list"]}]
    assert live(cluster, "v1", "ServiceAccount", place, name) is not None
    scaler = live(cluster, "autoscaling/v2", "HorizontalPodAutoscaler", place, name)
    assert scaler is not None
    assert (scaler["spec"]["minReplicas"], scaler["spec"]["maxReplicas"]) == (2, 5)
    assert live(cluster, "policy/v1", "PodDisruptionBudget", place, name) is not None
    assert plain(made.properties)["status"]["status"] == "deployed"
    assert f"{place}/{name}" in plain(made.properties)["resourceNames"]["Service.v1"]


def test_istiods_mesh_configuration_is_the_values_over_the_charts_own(calls: Calls, cluster: Cluster, place: str):
    values = {
        "global": {"meshID": "lab", "network": "east", "multiCluster": {"clusterName": "east"}},
        "meshConfig": {"trustDomain": "shop.example", "defaultConfig": {"proxyMetadata": {"A": "b"}}},
        "pilot": {"autoscaleMin": 2},
    }

    calls.create(release("istiod", place, "istiod", **values))

    configuration = live(cluster, "v1", "ConfigMap", place, "istio")
    assert configuration is not None
    assert yaml.safe_load(configuration["data"]["mesh"]) == {
        "trustDomain": "shop.example",
        "rootNamespace": "istio-system",
        "enablePrometheusMerge": True,
        "defaultProviders": {"metrics": ["prometheus"]},
        "defaultConfig": {
            "discoveryAddress": f"istiod.{place}.svc:15012",
            "meshId": "lab",
            "proxyMetadata": {"A": "b"},
        },
    }
    service = live(cluster, "v1", "Service", place, "istiod")
    assert service is not None
    assert [(port["port"], port["targetPort"]) for port in service["spec"]["ports"]] == [
        (15010, 15010),
        (15012, 15012),
        (443, 15017),
        (15014, 15014),
    ]
    scaler = live(cluster, "autoscaling/v2", "HorizontalPodAutoscaler", place, "istiod")
    assert scaler is not None
    assert scaler["spec"]["minReplicas"] == 2, "values under pilot count as those at the top"
    assert live(cluster, "policy/v1", "PodDisruptionBudget", place, "istiod") is not None


@pytest.mark.usefixtures("istio_kinds")
def test_the_kinds_outlive_the_release_that_brought_them(calls: Calls, cluster: Cluster):
    definitions = cluster.matching(
        {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {}},
        "app.kubernetes.io/managed-by=Helm",
    )

    assert len(definitions) == 15
    assert {item["metadata"]["annotations"]["helm.sh/resource-policy"] for item in definitions} == {"keep"}


def test_the_record_is_the_one_that_helm_reads(calls: Calls, cluster: Cluster, place: str):
    calls.create(gateway(place, networkGateway="east"))

    secret = live(cluster, "v1", "Secret", place, "sh.helm.release.v1.istio-eastwestgateway.v1")
    assert secret is not None
    assert secret["type"] == "helm.sh/release.v1"
    assert secret["metadata"]["labels"] == {
        "name": "istio-eastwestgateway",
        "owner": "helm",
        "status": "deployed",
        "version": "1",
    }
    content = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"]))))
    assert content["chart"]["metadata"]["version"] == "1.30.4"
    assert content["config"] == {"networkGateway": "east"}
    assert content["info"]["status"] == "deployed"
    assert "kind: Service" in yaml.safe_dump_all(yaml.safe_load_all(content["manifest"]))


def test_other_values_are_a_new_revision_that_takes_old_parts_away(calls: Calls, cluster: Cluster, place: str):
    old = gateway(place, networkGateway="east", autoscaling={"minReplicas": 2}, podDisruptionBudget={"minAvailable": 1})
    new = gateway(place, networkGateway="east")
    calls.create(old)

    state = calls.update(old, new)

    assert (state["status"]["revision"], state["status"]["status"]) == (2, "deployed")
    assert statuses(cluster, place) == {
        "sh.helm.release.v1.istio-eastwestgateway.v1": "superseded",
        "sh.helm.release.v1.istio-eastwestgateway.v2": "deployed",
    }
    assert live(cluster, "policy/v1", "PodDisruptionBudget", place, "istio-eastwestgateway") is None
    assert calls.refreshed(new) == new
    assert calls.refreshed(old) == new, "what is recorded is what there is"


def test_an_uninstalled_release_leaves_nothing_of_its_own(calls: Calls, cluster: Cluster, place: str):
    inputs = gateway(place, networkGateway="east")
    calls.create(inputs)

    calls.delete(inputs)

    assert statuses(cluster, place) == {}
    for api_version, kind in (
        ("v1", "Service"),
        ("v1", "ServiceAccount"),
        ("apps/v1", "Deployment"),
        ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ):
        assert live(cluster, api_version, kind, place, "istio-eastwestgateway") is None
    assert calls.refreshed(inputs) is None
    calls.delete(inputs)


def test_a_name_in_use_is_refused_in_helms_words(calls: Calls, place: str):
    inputs = gateway(place, networkGateway="east")
    calls.create(inputs)

    with failure() as messages:
        calls.create(inputs)

    assert messages == [f"Helm release {place}/istio-eastwestgateway: cannot re-use a name that is still in use"]


def test_a_missing_namespace_is_refused_unless_the_release_may_create_it(calls: Calls, place: str):
    elsewhere = f"{place}-2"
    with failure() as messages:
        calls.create(gateway(elsewhere, networkGateway="east"))

    assert messages == [
        f'Helm release {elsewhere}/istio-eastwestgateway: namespaces "{elsewhere}" not found; '
        "create it before, or set createNamespace"
    ]
    calls.create({**gateway(elsewhere, networkGateway="east"), "createNamespace": True})


def test_what_somebody_else_made_is_not_taken_into_a_release(calls: Calls, cluster: Cluster, place: str):
    metadata = {"name": "istio-eastwestgateway", "namespace": place}
    cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}, "somebody")

    with failure() as messages:
        calls.create(gateway(place, networkGateway="east"))

    assert messages[0].startswith(
        f"Helm release {place}/istio-eastwestgateway: ServiceAccount {place}/istio-eastwestgateway exists and cannot "
        "be imported into the current release: invalid ownership metadata;"
    )
    assert statuses(cluster, place) == {}


def test_a_failed_install_is_recorded_and_kept_by_the_engine_to_be_mended(calls: Calls, cluster: Cluster, place: str):
    bad = gateway(place, service={"ports": [{"name": "https", "port": 443_000, "protocol": "TCP"}]})
    with pytest.raises(grpc.RpcError) as caught:
        calls.create(bad)

    kept = initialization_failure(caught.value)

    assert "was recorded, but failed: " in kept.reasons[0]
    assert "spec.ports[0].port" in kept.reasons[0]
    assert kept.id == f"{place}/istio-eastwestgateway"
    assert list(statuses(cluster, place).values()) == ["failed"]
    calls.update(bad, gateway(place, networkGateway="east"))
    assert sorted(statuses(cluster, place).values()) == ["deployed", "superseded"]


def test_an_atomic_install_that_fails_leaves_nothing(calls: Calls, cluster: Cluster, place: str):
    bad = gateway(place, service={"ports": [{"name": "https", "port": 443_000, "protocol": "TCP"}]})
    with failure():
        calls.create({**bad, "atomic": True})

    assert statuses(cluster, place) == {}
    assert live(cluster, "v1", "ServiceAccount", place, "istio-eastwestgateway") is None


def test_an_interrupted_upgrade_blocks_the_next_in_helms_words(calls: Calls, cluster: Cluster, place: str):
    inputs = gateway(place, networkGateway="east")
    calls.create(inputs)
    name = "sh.helm.release.v1.istio-eastwestgateway.v1"
    record = live(cluster, "v1", "Secret", place, name)
    assert record is not None
    content = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(record["data"]["release"]))))
    content["info"]["status"] = "pending-upgrade"
    changed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(content).encode()))).decode()
    manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": record["metadata"]}
    del manifest["metadata"]["managedFields"]
    cluster.apply({**manifest, "type": record["type"], "data": {"release": changed}}, "helm", force=True)

    with failure() as messages:
        calls.update(inputs, gateway(place, networkGateway="west"))

    assert messages == [
        f"Helm release {place}/istio-eastwestgateway: another operation (install/upgrade/rollback) is in progress: "
        "revision 1 is pending-upgrade. If the run that did so was interrupted, delete its record, "
        f"Secret {place}/{name}, and run `pulumi refresh`"
    ]
    with pytest.raises(grpc.RpcError) as caught:
        calls.read(inputs)
    kept = initialization_failure(caught.value)
    assert kept.reasons[0].startswith(f"Helm release {place}/istio-eastwestgateway is not deployed: revision 1 is ")
    assert plain(kept.properties)["status"]["status"] == "pending-upgrade"
    calls.delete(inputs)
    assert statuses(cluster, place) == {}


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        (
            {"chart": "ztunnel"},
            {"chart": "the lab has no chart 'ztunnel'; it has Istio's: base, gateway, istiod"},
        ),
        (
            {"repositoryOpts": {"repo": "https://example.com"}},
            {
                "repositoryOpts": "the lab stands in for one chart repository only: set repo to "
                "https://istio-release.storage.googleapis.com/charts, not 'https://example.com'"
            },
        ),
        (
            {"version": "1.30.*"},
            {
                "version": "an exact version is needed, such as 1.30.4, not '1.30.*': others change by themselves",
            },
        ),
        (
            {"values": {"netwrokGateway": "east", "service": {"anotations": {}}}},
            {
                "values.netwrokGateway": "chart gateway has no value netwrokGateway; there it knows: affinity, "
                "annotations, autoscaling, env, global, kind, labels, name, networkGateway, networkGatewayPorts, "
                "nodeSelector, podAnnotations, podDisruptionBudget, rbac, replicaCount, resources, service, "
                "serviceAccount, terminationGracePeriodSeconds, tolerations, topologySpreadConstraints, volumeMounts, "
                "volumes",
                "values.service.anotations": "chart gateway has no value service.anotations; there it knows: "
                "annotations, clusterIP, externalIPs, externalTrafficPolicy, healthCheckNodePort, "
                "internalTrafficPolicy, ipFamilies, ipFamilyPolicy, loadBalancerClass, loadBalancerIP, "
                "loadBalancerSourceRanges, ports, type",
            },
        ),
        ({"values": {"networkGateway": UNKNOWN}, "version": UNKNOWN}, {}),
    ],
    ids=["a chart", "a repository", "a version", "values", "nothing that is not known yet"],
)
def test_what_helm_or_the_chart_would_not_take_is_refused_at_the_preview(
    calls: Calls, change: Object, problems: dict[str, str]
):
    assert calls.check({**gateway("istio-system"), **change})[1] == problems


def test_a_release_is_planned_without_a_cluster_and_its_status_is_not_known(calls: Calls):
    inputs = gateway("not-there-yet", networkGateway="east")

    assert calls.planned(inputs) == {**inputs, "status": UNKNOWN, "resourceNames": UNKNOWN}


def test_values_are_an_upgrade_and_another_name_a_replacement(calls: Calls):
    old = gateway("istio-system", networkGateway="east")

    upgrade = calls.diff(old, gateway("istio-system", networkGateway="west"))
    renamed = calls.diff(old, {**old, "name": "other"})

    assert list(upgrade.detailedDiff) == ["values.networkGateway"]
    assert list(upgrade.replaces) == []
    assert list(renamed.replaces) == ["name"]
    assert renamed.changes == provider_pb2.DiffResponse.DIFF_SOME
