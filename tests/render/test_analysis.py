"""The objects of every stack have none of the faults that `istioctl analyze` tells from files."""

import copy
from pathlib import Path
from typing import Any

import analysis
import pytest

from mesh import names
from mesh.files import stacks
from mesh.lab.providers.kubernetes.charts import values
from mesh.render import plan

STACKS = sorted(path.name.split(".")[1] for path in (Path(__file__).parents[2] / "stacks").glob("Pulumi.*.yaml"))


def clusters(stack: str) -> dict[str, analysis.Cluster]:
    environment = stacks.environment(Path(__file__).parents[2] / "stacks" / f"Pulumi.{stack}.yaml")
    found = plan(environment)
    labels = [{"app": workload.name} for workload in environment.workloads if workload.sidecar]
    return {
        cluster.name: analysis.Cluster(
            manifests=copy.deepcopy([dict(item.manifest) for item in found.objects if item.cluster == cluster.name]),
            releases={item.release: dict(item.values) for item in found.releases if item.cluster == cluster.name},
            labels=[
                *labels,
                {"istio": "eastwestgateway"},
                *({"istio": names.ingress_gateway(gateway)} for gateway in cluster.ingress),
            ],
        )
        for cluster in environment.clusters
    }


ALL = {stack: clusters(stack) for stack in STACKS}


def test_the_three_stacks_are_looked_at() -> None:
    assert {"dev", "lab", "prod"} <= ALL.keys()


@pytest.mark.parametrize("code", analysis.CODES)
@pytest.mark.parametrize(("stack", "cluster"), [(stack, cluster) for stack in ALL for cluster in ALL[stack]])
def test_nothing_is_found(stack: str, cluster: str, code: str) -> None:
    assert list(analysis.CODES[code](ALL[stack][cluster])) == []


@pytest.mark.parametrize("stack", STACKS)
def test_the_charts_know_every_value_they_are_given(stack: str) -> None:
    found = plan(stacks.environment(Path(__file__).parents[2] / "stacks" / f"Pulumi.{stack}.yaml"))

    assert [key for release in found.releases for key in values.unknown_keys(release.chart, release.values)] == []


@pytest.mark.parametrize("stack", STACKS)
def test_services_are_the_same_in_every_cluster(stack: str) -> None:
    """IST0170"""
    assert analysis.services_in_conflict(list(ALL[stack].values())) == []


def manifest(kind: str, name: str, namespace: str, spec: Any) -> Any:
    return {"kind": kind, "metadata": {"name": name, "namespace": namespace, "labels": {}}, "spec": spec}


ORDERS = "orders.shop.svc.cluster.local"
EAST_WEST = {"istio": "eastwestgateway"}
SERVER = {"port": {"number": 443}, "tls": {"credentialName": "shop"}, "hosts": ["new.example"]}
TO_ORDERS = {"route": [{"destination": {"host": ORDERS, "port": {"number": 8080}}}]}


def virtual_service(name: str = "new", **spec: Any) -> Any:
    return manifest("VirtualService", name, "shop", {"hosts": [ORDERS], **spec})


def gateway(name: str, **server: Any) -> Any:
    return manifest("Gateway", name, "istio-system", {"selector": EAST_WEST, "servers": [{**SERVER, **server}]})


def entry(name: str, protocol: str) -> Any:
    ports = [{"number": 77, "protocol": protocol}]
    return manifest("ServiceEntry", name, "shop", {"hosts": ["a.example"], "ports": ports})


TWO_PORTS = manifest("Service", "two", "shop", {"ports": [{"name": "http"}, {"name": "tcp-2"}]})
FAULTS: list[tuple[str, list[Any]]] = [
    ("IST0101", [virtual_service(http=[{"route": [{"destination": {"host": "nobody"}}]}])]),
    ("IST0101", [virtual_service(gateways=["nowhere"])]),
    ("IST0101", [manifest("Gateway", "g", "shop", {"selector": {"istio": "nothing"}, "servers": []})]),
    ("IST0109", [virtual_service(), virtual_service("other")]),
    ("IST0110", [manifest("Sidecar", name, "shop", {}) for name in "ab"]),
    (
        "IST0112",
        [TWO_PORTS, virtual_service(tcp=[{"route": [{"destination": {"host": "two.shop.svc.cluster.local"}}]}])],
    ),
    ("IST0118", [manifest("Service", "s", "shop", {"ports": [{"name": "sql"}]})]),
    (
        "IST0123",
        [{"kind": "Namespace", "metadata": {"name": "n", "labels": {"istio-injection": "", "istio.io/rev": ""}}}],
    ),
    ("IST0127", [manifest("AuthorizationPolicy", "p", "shop", {"selector": {"matchLabels": {"app": "nobody"}}})]),
    (
        "IST0128",
        [manifest("DestinationRule", "d", "shop", {"host": ORDERS, "trafficPolicy": {"tls": {"mode": "SIMPLE"}}})],
    ),
    ("IST0130", [virtual_service(http=[TO_ORDERS, {"match": [{"uri": {"exact": "/a"}}], **TO_ORDERS}])]),
    ("IST0132", [gateway("g"), virtual_service(gateways=["istio-system/g"])]),
    ("IST0138", [gateway("g"), gateway("h", hosts=["other.example"])]),
    ("IST0145", [gateway("g"), gateway("h", tls={})]),
    ("IST0159", [manifest("Telemetry", name, "shop", {}) for name in "ab"]),
    ("IST0162", [gateway("g")]),
    ("IST0174", [manifest("DestinationRule", "d", "shop", {"host": "nobody"})]),
    ("IST0177", [entry("a", "TCP"), entry("b", "HTTP")]),
]


@pytest.mark.parametrize(("code", "planted"), FAULTS, ids=[code for code, _ in FAULTS])
def test_a_planted_fault_is_found(code: str, planted: list[Any]) -> None:
    sound = ALL["lab"]["east"]
    faulty = analysis.Cluster([*sound.manifests, *planted], sound.releases, sound.labels)

    assert list(analysis.CODES[code](faulty)) != []


def test_tcp_entries_need_addresses_where_none_are_given_out() -> None:
    sound = ALL["lab"]["east"]
    releases = copy.deepcopy(sound.releases)
    del releases["istiod"]["meshConfig"]["defaultConfig"]["proxyMetadata"]["PILOT_ENABLE_IP_AUTOALLOCATE"]

    assert "finance/orders-db" in list(
        analysis.CODES["IST0134"](analysis.Cluster(sound.manifests, releases, sound.labels))
    )


def test_every_code_has_a_planted_fault() -> None:
    assert {code for code, _ in FAULTS} | {"IST0134"} == analysis.CODES.keys()
