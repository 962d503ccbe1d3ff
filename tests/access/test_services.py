from typing import Any

import pytest

from mesh.access.istio.meshes import Mesh, Settings
from mesh.access.istio.services import Registry, Service
from mesh.plan.resources import Kubeconfig, KubernetesObject, Release
from tests.access.istio_objects import item, mesh

LEDGER = "ledger.finance.svc.cluster.local"


def remote(cluster: str, **labels: str) -> KubernetesObject:
    manifest = {
        "kind": "Secret",
        "metadata": {"name": f"remote-{cluster}", "namespace": "istio-system", "labels": labels},
        "stringData": {cluster: Kubeconfig(cluster, "token")},
    }
    return KubernetesObject(f"east/istio-system/Secret/remote-{cluster}", "east", manifest)


def service(**port: Any) -> KubernetesObject:
    return item("Service", "finance/ledger", {"selector": {"app": "ledger"}, "ports": [{"port": 9000, **port}]})


def entry(place: str, **spec: Any) -> KubernetesObject:
    ports = [{"number": 9000, "name": "grpc", "protocol": "GRPC"}]
    return item("ServiceEntry", place, {"hosts": [LEDGER], "ports": ports, **spec})


def found(*objects: KubernetesObject, host: str = LEDGER) -> tuple[Service, ...]:
    return Registry({"east": mesh(*objects)}).services("east", host)


@pytest.mark.parametrize(
    ("port", "protocol"),
    [
        ({"name": "grpc-api"}, "GRPC"),
        ({"name": "http"}, "HTTP"),
        ({"name": "GRPC-Web-x"}, "GRPC-WEB"),
        ({"name": "tcp-sql", "appProtocol": "https"}, "HTTPS"),
        ({"appProtocol": "kubernetes.io/h2c"}, "HTTP2"),
        ({"name": "sql"}, "sniffed"),
        ({"name": "sql", "port": 3306}, "TCP"),
        ({"name": "http", "port": 3306}, "HTTP"),
        ({"name": "http", "protocol": "UDP"}, "UDP"),
    ],
)
def test_a_port_of_a_service_says_its_protocol_by_field_or_name(port: dict[str, Any], protocol: str) -> None:
    assert found(service(**port))[0].ports[0].protocol == protocol


def test_an_entry_is_not_spared_the_sniffing_by_its_number() -> None:
    (database,) = found(entry("finance/ledger", ports=[{"number": 3306, "name": "tcp-sql"}]))

    assert database.ports[0].protocol == "sniffed"


def test_a_named_target_port_is_what_the_selected_pods_call_so() -> None:
    container = {"ports": [{"name": "api", "containerPort": 7000}]}
    template = {"metadata": {"labels": {"app": "ledger"}}, "spec": {"containers": [container]}}
    pods = item("Deployment", "finance/ledger", {"template": template})

    assert found(service(targetPort="api"), pods)[0].ports[0].target == 7000


def test_a_cluster_is_read_by_a_secret_with_the_label_only() -> None:
    others = {name: Mesh(name, Settings(), ()) for name in ("north", "west")}
    labelled = {"istio/multiCluster": "true"}
    east = mesh(remote("west", **labelled), remote("of another environment", **labelled), remote("north"))

    assert Registry({"east": east, **others}).connected("east") == ("east", "west")


def test_of_another_cluster_services_are_known_and_entries_are_not() -> None:
    orders = entry("shop/orders", hosts=["orders.example"])
    west = Mesh(
        "west",
        Settings(),
        tuple(KubernetesObject(f"west/{each.name}", "west", each.manifest) for each in (service(), orders)),
    )
    registry = Registry({"east": mesh(remote("west", **{"istio/multiCluster": "true"})), "west": west})

    assert [each.cluster for each in registry.services("east", LEDGER)] == ["west"]
    assert registry.services("east", "orders.example") == ()
    assert [each.cluster for each in registry.services("west", "orders.example")] == ["west"]


def test_a_wildcard_answers_where_no_entry_is_for_the_host_itself() -> None:
    wide = entry("a/wide", hosts=["*.example"])
    narrow = entry("a/narrow", hosts=["*.pay.example"])
    exact = entry("a/exact", hosts=["api.pay.example"])

    def origins(host: str) -> list[str]:
        return [each.origin for each in found(wide, narrow, exact, host=host)]

    assert origins("api.pay.example") == ["east/a/ServiceEntry/exact"]
    assert origins("other.pay.example") == ["east/a/ServiceEntry/narrow"]
    assert origins("other.example") == ["east/a/ServiceEntry/wide"]
    assert origins("example") == []


def test_the_services_of_the_charts_are_known() -> None:
    istiod = Release("east/release/istiod", "east", "istiod", "istio-system", "istiod", "1.30.4", {"revision": "next"})
    registry = Registry({"east": Mesh("east", Settings(), (), (istiod,))})

    (service,) = registry.services("east", "istiod-next.istio-system.svc.cluster.local")

    assert service.selector == {"app": "istiod", "istio.io/rev": "next"}
    assert [port.number for port in service.ports] == [15010, 15012, 443, 15014]


@pytest.mark.parametrize(
    ("exported_to", "seen"),
    [
        (["*"], True),
        (["."], False),
        (["shop"], True),
        (["~"], False),
        (["~", "shop"], False),
        (["media"], False),
        ([], True),
    ],
)
def test_an_entry_is_seen_where_it_is_exported_to(exported_to: list[str], seen: bool) -> None:
    assert found(entry("finance/ledger", exportTo=exported_to))[0].seen_in("shop") is seen


def test_what_does_not_say_is_exported_as_the_mesh_says() -> None:
    east = mesh(service(), entry("finance/other"), export_services=(".",))

    seen = [each.seen_in("shop") for each in Registry({"east": east}).services("east", LEDGER)]

    assert seen == [False, False]


def test_a_service_of_another_name_leads_to_it() -> None:
    alias = item("Service", "finance/ledger", {"type": "ExternalName", "externalName": "ledger.example"})

    (service,) = found(alias)

    assert (service.alias_of, service.resolution, service.selector) == ("ledger.example", "ALIAS", None)


def test_entries_of_one_host_and_namespace_that_are_alike_have_the_ports_of_both() -> None:
    more = [{"number": 9001, "name": "http", "protocol": "HTTP"}]
    other = entry("finance/b", ports=more)

    def numbers(second: KubernetesObject) -> list[list[int]]:
        return [[port.number for port in each.ports] for each in found(entry("finance/a"), second)]

    assert numbers(other) == [[9000, 9001], [9001]]
    assert numbers(entry("finance/b", ports=more, resolution="DNS")) == [[9000], [9001]]
    assert numbers(entry("finance/b", ports=more, exportTo=["."])) == [[9000], [9001]]
    assert numbers(entry("shop/b", ports=more)) == [[9000], [9001]]


def test_whether_a_service_is_exported_says_the_own_cluster() -> None:
    annotations = {"networking.istio.io/exportTo": "~"}
    own = item("Service", "finance/ledger", {"ports": [{"port": 9000}]}, annotations=annotations)
    west = Mesh("west", Settings(), (KubernetesObject("west/ledger", "west", service().manifest),))
    registry = Registry({"east": mesh(own, remote("west", **{"istio/multiCluster": "true"})), "west": west})

    assert [(each.cluster, each.seen_in("shop")) for each in registry.services("east", LEDGER)] == [
        ("east", False),
        ("west", False),
    ]
    assert [each.seen_in("shop") for each in registry.services("west", LEDGER)] == [True]


def test_an_entry_without_hosts_declares_nothing() -> None:
    assert found(item("ServiceEntry", "finance/ledger", None)) == ()
