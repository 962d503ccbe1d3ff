from typing import Any

import pytest

from mesh.access.attempts import Certificate, Request
from mesh.access.istio import gateways
from mesh.access.istio.meshes import Proxy
from mesh.access.istio.services import Registry
from mesh.access.istio.virtual_services import Routed
from mesh.plan.resources import KubernetesObject
from tests.access.istio_objects import item, mesh

PROXY = Proxy("east", "ingress", {"istio": "ingress"}, "", gateway=True)
CART = "cart.shop.svc.cluster.local"
SERVICES = (
    item("Service", "shop/cart", {"ports": [{"port": 8080, "name": "http"}]}),
    item("Service", "shop/old", {"ports": [{"port": 8080, "name": "http"}]}),
    item("ServiceEntry", "shop/outside", {"hosts": ["api.example"], "ports": [{"number": 443, "name": "tls"}]}),
)
GET = Request()
SIMPLE = {"mode": "SIMPLE", "credentialName": "shop"}


def gateway(place: str, *servers: dict[str, Any], **spec: Any) -> KubernetesObject:
    return item("Gateway", place, {"selector": {"istio": "ingress"}, "servers": list(servers), **spec})


def server(*hosts: str, port: int = 443, protocol: str = "HTTPS", tls: dict[str, Any] | None = None) -> dict[str, Any]:
    said = {"port": {"number": port, "protocol": protocol, "name": "x"}, "hosts": list(hosts)}
    return said if tls is None else {**said, "tls": tls}


def bound_to(place: str, *names: str, host: str = "shop.example", to: str = CART, **rule: Any) -> KubernetesObject:
    http = [{"route": [{"destination": {"host": to, "port": {"number": 8080}}}], **rule}]
    return item("VirtualService", place, {"hosts": [host], "gateways": list(names), "http": http})


def admitted(
    *objects: KubernetesObject, host: str = "shop.example", certificate: tuple[str, ...] | None = None, port: int = 443
) -> str:
    shown = None if certificate is None else Certificate(certificate)
    return gateways.admission(mesh(*objects), PROXY, port, host, shown).outcome


def routed(*objects: KubernetesObject, host: str = "shop.example", request: Request = GET) -> Routed:
    east = mesh(*SERVICES, *objects)
    return gateways.bound(east, Registry({"east": east}), PROXY, 443, host, request)


def crosses(*objects: KubernetesObject, host: str = CART, port: int = 8080, subset: str | None = None) -> str:
    east = mesh(*SERVICES, *objects)
    return gateways.crosses(east, Registry({"east": east}), PROXY, host, port, subset).outcome


@pytest.mark.parametrize(
    ("tls", "certificate", "expected"),
    [
        ({"mode": "SIMPLE"}, None, "passes"),
        ({"mode": "MUTUAL"}, None, "stops"),
        ({"mode": "MUTUAL"}, ("a.example",), "passes"),
        ({"mode": "MUTUAL", "subjectAltNames": ["b.example"]}, ("a.example",), "stops"),
        ({"mode": "MUTUAL", "subjectAltNames": ["b.example"]}, ("a.example", "b.example"), "passes"),
        ({"mode": "OPTIONAL_MUTUAL", "subjectAltNames": ["b.example"]}, None, "passes"),
        ({"mode": "OPTIONAL_MUTUAL", "subjectAltNames": ["b.example"]}, ("a.example",), "stops"),
        ({"mode": "ISTIO_MUTUAL"}, None, "stops"),
        ({"mode": "PASSTHROUGH"}, None, "passes"),
    ],
)
def test_the_mode_says_which_clients_get_in(
    tls: dict[str, Any], certificate: tuple[str, ...] | None, expected: str
) -> None:
    assert admitted(gateway("ingress/a", server("shop.example", tls=tls)), certificate=certificate) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("shop.example", "passes"),
        ("./shop.example", "passes"),
        ("*/shop.example", "passes"),
        ("shop/*.example", "passes"),
        ("*", "passes"),
        ("other.example", "stops"),
        ("*.shop.example", "stops"),
    ],
)
def test_the_servers_hosts_are_the_names_it_answers_to(said: str, expected: str) -> None:
    assert admitted(gateway("ingress/a", server(said, tls=SIMPLE))) == expected


def test_the_closest_server_name_is_answered() -> None:
    wide = gateway("ingress/a", server("*.example", tls=SIMPLE))
    narrow = gateway("ingress/b", server("shop.example", tls={"mode": "MUTUAL"}))

    assert admitted(wide, narrow) == "stops"
    assert admitted(wide, narrow, host="other.example") == "passes"


def test_a_name_that_an_older_gateway_has_is_not_taken_again() -> None:
    old = gateway("ingress/b", server("shop.example", tls={"mode": "MUTUAL"}))
    young = gateway("ingress/c", server("shop.example", tls=SIMPLE))

    assert admitted(old, young) == "stops"


def test_a_server_with_one_name_too_many_is_left_out_with_all_its_names() -> None:
    old = gateway("ingress/b", server("shop.example", tls=SIMPLE))
    young = gateway("ingress/c", server("shop.example", "other.example", tls=SIMPLE))

    assert admitted(old, young, host="other.example") == "stops"


def test_a_gateway_of_any_namespace_counts_if_it_selects_the_proxy() -> None:
    assert admitted(gateway("anywhere/a", server("*", tls=SIMPLE))) == "passes"
    assert admitted(gateway("ingress/a", server("*", tls=SIMPLE), selector={"istio": "other"})) == "stops"
    assert admitted(gateway("ingress/a", server("*", tls=SIMPLE)), port=8443) == "stops"


def test_in_plain_text_a_redirect_lets_nobody_in() -> None:
    redirect = gateway("ingress/a", server("shop.example", port=80, protocol="HTTP", tls={"httpsRedirect": True}))
    plain = gateway("ingress/a", server("shop.example", port=80, protocol="HTTP"))

    steps = [
        gateways.admission(mesh(each), PROXY, 80, "shop.example", None, plaintext=True) for each in (redirect, plain)
    ]

    assert [step.outcome for step in steps] == ["stops", "passes"]


def test_tls_is_not_for_a_plain_client_nor_the_reverse() -> None:
    east = mesh(gateway("ingress/a", server("*", tls=SIMPLE), server("*", port=80, protocol="HTTP")))

    assert gateways.admission(east, PROXY, 443, "a", None, plaintext=True).outcome == "stops"
    assert gateways.admission(east, PROXY, 80, "a", None).outcome == "stops"


@pytest.mark.parametrize(
    ("place", "name", "hosts", "bound"),
    [
        ("ingress/v", "a", "shop.example", True),
        ("shop/v", "a", "shop.example", False),
        ("shop/v", "ingress/a", "shop.example", True),
        ("shop/v", "ingress/a", "./shop.example", False),
        ("shop/v", "ingress/a", "shop/shop.example", True),
        ("shop/v", "a.ingress.svc.cluster.local", "*", True),
        ("shop/v", "mesh", "*", False),
    ],
)
def test_a_virtual_service_is_bound_by_name_where_the_server_admits_its_namespace(
    place: str, name: str, hosts: str, bound: bool
) -> None:
    answer = routed(gateway("ingress/a", server(hosts, tls=SIMPLE)), bound_to(place, name))

    assert [each.host for each in answer.destinations] == ([CART] if bound else [])


def test_a_host_of_the_gateway_that_nobody_routes_is_404() -> None:
    answer = routed(gateway("ingress/a", server("*", tls=SIMPLE)), bound_to("ingress/v", "a"), host="other.example")

    assert (answer.destinations, answer.by) == ((), "east/ingress/Gateway/a: server 1")


def test_virtual_services_of_one_host_are_merged_with_what_takes_everything_last() -> None:
    old = "old.shop.svc.cluster.local"
    everything = bound_to("ingress/a", "a", match=[{"uri": {"prefix": "/"}}])
    some = bound_to("ingress/b", "a", to=old, match=[{"uri": {"prefix": "/old"}}])
    writing = bound_to("ingress/c", "a", to=old, match=[{"method": {"exact": "POST"}}])
    open_ = gateway("ingress/a", server("*", tls=SIMPLE))

    requests = [Request(path="/old/1"), Request(path="/new"), Request(path="/new", method="POST")]
    answers = [routed(open_, everything, some, writing, request=request) for request in requests]

    assert [answer.destinations[0].host for answer in answers] == [old, CART, old]


def test_what_passes_through_follows_the_server_name() -> None:
    istiod = item("Service", "istio-system/istiod", {"ports": [{"port": 15012, "name": "https-dns"}]})
    open_ = gateway(
        "ingress/a", server("istiod.istio-system.svc", port=15012, protocol="TLS", tls={"mode": "PASSTHROUGH"})
    )
    route = [{"destination": {"host": "istiod.istio-system.svc.cluster.local", "port": {"number": 15012}}}]
    tls = [{"match": [{"port": 15012, "sniHosts": ["istiod.istio-system.svc"]}], "route": route}]
    spec = {"hosts": ["istiod.istio-system.svc"], "gateways": ["a"], "tls": tls}
    east = mesh(istiod, open_, item("VirtualService", "ingress/istiod", spec))

    answer = gateways.bound(east, Registry({"east": east}), PROXY, 15012, "istiod.istio-system.svc", None)

    assert [(each.host, each.port, each.lost) for each in answer.destinations] == [
        ("istiod.istio-system.svc.cluster.local", 15012, "")
    ]


def cross(*hosts: str, mode: str = "AUTO_PASSTHROUGH", port: int = 15443) -> KubernetesObject:
    return gateway("ingress/cross", server(*hosts, port=port, protocol="TLS", tls={"mode": mode}))


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        (("*.local",), "passes"),
        ((CART,), "passes"),
        (("old.shop.svc.cluster.local",), "stops"),
        # Its namespace is no part of a server name: istiod drops it.
        (("finance/*",), "passes"),
    ],
)
def test_other_networks_reach_the_hosts_that_the_gateway_lists(hosts: tuple[str, ...], expected: str) -> None:
    assert crosses(cross(*hosts)) == expected


def test_only_auto_passthrough_carries_other_networks() -> None:
    assert crosses(cross("*.local", mode="PASSTHROUGH")) == "stops"
    assert crosses() == "stops"


def test_only_ports_and_subsets_of_services_inside_the_mesh_are_carried() -> None:
    rule = item("DestinationRule", "shop/cart", {"host": "cart", "subsets": [{"name": "v1"}]})

    assert crosses(cross("*"), port=9090) == "stops"
    assert crosses(cross("*"), host="api.example", port=443) == "stops"
    assert crosses(cross("*"), subset="v1") == "stops"
    assert crosses(cross("*"), rule, subset="v1") == "passes"
