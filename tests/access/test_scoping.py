from typing import Any

import pytest

from mesh.access.istio import scoping
from mesh.access.istio.meshes import Proxy
from mesh.access.istio.scoping import Known
from mesh.access.istio.services import Registry
from mesh.plan.resources import KubernetesObject
from tests.access.istio_objects import item, mesh

CART = "cart.shop.svc.cluster.local"
LEDGER = "ledger.finance.svc.cluster.local"

HTTP = [{"port": 8080, "name": "http"}]
CART_SERVICE = item("Service", "shop/cart", {"selector": {"app": "cart"}, "ports": HTTP})
LEDGER_SERVICE = item("Service", "finance/ledger", {"selector": {"app": "ledger"}, "ports": HTTP})


def sidecar(place: str, *hosts: str, **spec: Any) -> KubernetesObject:
    return item("Sidecar", place, {"egress": [{"hosts": list(hosts)}], **spec})


def known(
    *objects: KubernetesObject,
    host: str = LEDGER,
    port: int = 8080,
    namespace: str = "shop",
    gateway: bool = False,
    **settings: Any,
) -> Known:
    east = mesh(CART_SERVICE, LEDGER_SERVICE, *objects, **{"outbound": "REGISTRY_ONLY", **settings})
    proxy = Proxy("east", namespace, {"app": "web"}, "", gateway)
    return scoping.knowledge(east, Registry({"east": east}), proxy, host, port)


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (["*/*"], True),
        (["./*"], False),
        (["finance/*"], True),
        (["finance/ledger.finance.svc.cluster.local"], True),
        (["finance/*.finance.svc.cluster.local"], True),
        (["finance/*.shop.svc.cluster.local"], False),
        (["shop/ledger.finance.svc.cluster.local"], False),
        (["*/ledger.finance.svc.cluster.local"], True),
        (["~/*"], False),
        (["*/*", "~/*"], False),
        (["*/*", "~finance/*"], False),
        (["*/*", "~shop/*"], True),
    ],
)
def test_a_host_is_known_by_its_namespace_and_name(listed: list[str], expected: bool) -> None:
    assert known(sidecar("shop/web", *listed)).known is expected


def test_without_a_sidecar_everything_is_known() -> None:
    answer = known()

    assert (answer.known, answer.by) == (True, "Istio's default: no Sidecar applies")


@pytest.mark.parametrize(
    ("objects", "by"),
    [
        (["shop/all", "istio-system/mesh"], "east/shop/Sidecar/all"),
        (["finance/all", "istio-system/mesh"], "east/istio-system/Sidecar/mesh"),
        (["shop/all", "shop/selecting"], "east/shop/Sidecar/selecting"),
        (["shop/other", "istio-system/mesh"], "east/istio-system/Sidecar/mesh"),
    ],
)
def test_the_closest_sidecar_applies(objects: list[str], by: str) -> None:
    selectors = {"shop/selecting": {"app": "web"}, "shop/other": {"app": "cart"}}
    sidecars = [
        sidecar(place, "~/*", **({"workloadSelector": {"labels": selectors[place]}} if place in selectors else {}))
        for place in objects
    ]

    answer = known(*sidecars)

    assert (answer.known, answer.by) == (False, by)


def test_the_meshs_sidecar_means_the_callers_namespace_by_a_dot() -> None:
    everywhere = sidecar("istio-system/default", "./*")

    assert known(everywhere, host=CART).known
    assert not known(everywhere, host=LEDGER).known


def test_of_two_sidecars_that_select_the_older_applies() -> None:
    young = item("Sidecar", "shop/a", {"egress": [{"hosts": ["*/*"]}]}, creationTimestamp="2026-02-01T00:00:00Z")
    old = item("Sidecar", "shop/b", {"egress": [{"hosts": ["~/*"]}]}, creationTimestamp="2026-01-01T00:00:00Z")

    assert known(young, old).by == "east/shop/Sidecar/b"


def test_an_unknown_host_is_dropped_or_passed_on_as_the_policy_says() -> None:
    narrow = sidecar("shop/web", "./*")
    own = sidecar("shop/web", "./*", outboundTrafficPolicy={"mode": "ALLOW_ANY"})
    unsaid = sidecar("shop/web", "./*", outboundTrafficPolicy={})

    answers = [
        known(narrow),
        known(narrow, outbound="ALLOW_ANY"),
        known(own),
        known(unsaid, outbound="ALLOW_ANY"),
    ]

    assert [answer.known for answer in answers] == [False, True, True, False]
    assert [answer.service for answer in answers] == [None, None, None, None]


def test_a_port_that_the_service_does_not_have_is_unknown() -> None:
    answer = known(port=9090)

    assert (answer.known, answer.text) == (
        False,
        "east/finance/Service/ledger has no port 9090: it is dropped (REGISTRY_ONLY)",
    )


def test_a_listener_with_a_port_is_alone_there() -> None:
    egress = [{"port": {"number": 8080, "protocol": "HTTP", "name": "http"}, "hosts": ["./*"]}, {"hosts": ["*/*"]}]

    answer = known(item("Sidecar", "shop/web", {"egress": egress}))

    assert (answer.known, answer.by) == (False, "east/shop/Sidecar/web: egress 1")


def test_a_listener_that_catches_nothing_makes_nothing_known() -> None:
    egress = [{"hosts": ["*/*"], "captureMode": "NONE", "bind": "127.0.0.1"}]

    assert not known(item("Sidecar", "shop/web", {"egress": egress})).known


@pytest.mark.parametrize(
    ("host", "namespace"),
    [("ledger", "finance"), ("ledger.finance", "shop"), ("ledger.finance.svc", "shop"), ("LEDGER.finance", "shop")],
)
def test_a_service_is_known_by_its_short_names(host: str, namespace: str) -> None:
    service = known(host=host, namespace=namespace).service

    assert service is not None
    assert service.host == LEDGER


def test_a_short_name_is_that_of_the_callers_own_namespace() -> None:
    assert not known(host="ledger", namespace="shop").known


def test_gateways_mind_no_sidecar_but_what_is_exported() -> None:
    narrow = sidecar("shop/web", "~/*")

    assert known(narrow, gateway=True).known
    assert not known(narrow, gateway=True, export_services=(".",)).known


def test_of_several_namespaces_the_callers_own_has_the_host() -> None:
    spec = {"hosts": [LEDGER], "ports": [{"number": 8080, "name": "http", "protocol": "HTTP"}]}

    own = known(item("ServiceEntry", "shop/mine", spec)).service
    other = known(item("ServiceEntry", "media/theirs", spec)).service

    assert own is not None
    assert own.origin == "east/shop/ServiceEntry/mine"
    assert other is not None
    assert other.origin == "east/finance/Service/ledger"


def test_an_exact_host_that_is_not_seen_leaves_the_wildcard_that_is() -> None:
    def entry(name: str, host: str, *to: str) -> KubernetesObject:
        ports = [{"number": 443, "name": "tls", "protocol": "TLS"}]
        return item("ServiceEntry", f"finance/{name}", {"hosts": [host], "ports": ports, "exportTo": list(to)})

    exact, wildcard = entry("exact", "api.pay.example", "finance"), entry("wide", "*.pay.example", "*")

    answer = known(exact, wildcard, host="api.pay.example", port=443)

    assert (answer.known, answer.service and answer.service.origin) == (True, "east/finance/ServiceEntry/wide")
