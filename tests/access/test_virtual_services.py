from typing import Any

import pytest

from mesh.access.attempts import Request
from mesh.access.istio import virtual_services
from mesh.access.istio.meshes import Proxy
from mesh.access.istio.services import Registry
from mesh.access.istio.virtual_services import Destination, Routed
from mesh.plan.resources import KubernetesObject
from tests.access.istio_objects import item, mesh

CART = "cart.shop.svc.cluster.local"
OLD = "old.shop.svc.cluster.local"
SERVICES = (
    item("Service", "shop/cart", {"ports": [{"port": 8080, "name": "http"}, {"port": 5432, "name": "tcp"}]}),
    item("Service", "shop/old", {"ports": [{"port": 8081, "name": "http"}]}),
    item("Service", "shop/card", {"ports": [{"port": 443, "name": "tls"}]}),
)
GET = Request(path="/items?id=1")


def leads_to(host: str, **route: Any) -> dict[str, Any]:
    return {"route": [{"destination": {"host": host}}], **route}


def service(place: str, *http: dict[str, Any], hosts: tuple[str, ...] = ("cart",), **spec: Any) -> KubernetesObject:
    return item("VirtualService", place, {"hosts": list(hosts), "http": list(http), **spec})


def routed(
    *objects: KubernetesObject,
    request: Request | None = GET,
    host: str = CART,
    port: int = 8080,
    sni: str | None = None,
    namespace: str = "shop",
) -> Routed:
    east = mesh(*SERVICES, *objects)
    proxy = Proxy("east", namespace, {"app": "web"}, "")
    return virtual_services.destinations(east, Registry({"east": east}), proxy, host, port, request, sni)


def hosts(answer: Routed) -> list[str]:
    return [destination.host for destination in answer.destinations]


def test_without_a_virtual_service_the_call_goes_where_it_was_meant_to() -> None:
    assert routed() == Routed((Destination(CART, 8080),), "", "", GET)


@pytest.mark.parametrize(
    ("match", "request_", "expected"),
    [
        ({"uri": {"exact": "/items"}}, Request(path="/items?id=1"), True),
        ({"uri": {"exact": "/items"}}, Request(path="/items/"), False),
        ({"uri": {"prefix": "/it"}}, Request(path="/items"), True),
        ({"uri": {"prefix": "/it"}}, Request(path="/IT"), False),
        ({"uri": {"prefix": "/it"}, "ignoreUriCase": True}, Request(path="/ITems"), True),
        ({"uri": {"regex": "/items/[0-9]+"}}, Request(path="/items/12"), True),
        ({"uri": {"regex": "/items"}}, Request(path="/items/12"), False),
        ({"uri": {"regex": "/ITEMS"}, "ignoreUriCase": True}, Request(path="/items"), False),
        ({"uri": {"regex": "("}}, Request(path="("), False),
        ({"method": {"exact": "POST"}}, Request(method="POST"), True),
        ({"method": {"exact": "POST"}}, Request(method="GET"), False),
        ({"headers": {"X-Version": {"exact": "2"}}}, Request(headers=(("x-version", "2"),)), True),
        ({"headers": {"X-Version": {"exact": "2"}}}, Request(), False),
        ({"headers": {"x-version": {}}}, Request(headers=(("x-version", ""),)), True),
        ({"headers": {"x-version": {}}}, Request(), False),
        ({"withoutHeaders": {"x-version": {}}}, Request(), True),
        ({"withoutHeaders": {"x-version": {"exact": "2"}}}, Request(), True),
        ({"withoutHeaders": {"x-version": {"exact": ""}}}, Request(), False),
        ({"withoutHeaders": {"x-version": {"exact": "2"}}}, Request(headers=(("x-version", "2"),)), False),
        ({"queryParams": {"id": {"exact": "1"}}}, Request(path="/a?id=1"), True),
        ({"queryParams": {"id": {"exact": "1"}}}, Request(path="/a?id=2&id=1"), False),
        ({"queryParams": {"id": {}}}, Request(path="/a?id"), True),
        ({"authority": {"prefix": "cart"}}, Request(), True),
        ({"authority": {"exact": "cart"}}, Request(host="cart"), True),
        ({"scheme": {"exact": "https"}}, Request(), False),
        ({"port": 8080}, Request(), True),
        ({"sourceLabels": {"app": "web"}}, Request(), True),
        ({"sourceNamespace": "shop"}, Request(), True),
        ({"gateways": ["mesh"], "sourceLabels": {"app": "other"}}, Request(), True),
        ({"headers": {"@request.auth.claims.group": {"exact": "a"}}}, Request(), False),
        ({"uri": {"prefix": "/items/"}}, Request(path="/items//../items/x"), True),
    ],
)
def test_a_match_holds_only_for_what_it_says(match: dict[str, Any], request_: Request, expected: bool) -> None:
    answer = routed(service("shop/cart", leads_to("old", match=[match])), request=request_)

    assert hosts(answer) == ([OLD] if expected else [])


@pytest.mark.parametrize(
    "match",
    [{"port": 9090}, {"sourceLabels": {"app": "other"}}, {"sourceNamespace": "media"}, {"gateways": ["ingress"]}],
)
def test_a_virtual_service_that_says_nothing_of_this_caller_and_port_changes_nothing(match: dict[str, Any]) -> None:
    assert hosts(routed(service("shop/cart", leads_to("old", match=[match])))) == [CART]


def test_the_first_rule_that_matches_leads() -> None:
    answer = routed(service("shop/cart", leads_to("cart", match=[{"uri": {"exact": "/x"}}]), leads_to("old")))

    assert (answer.by, answer.destinations) == ("east/shop/VirtualService/cart: http 2", (Destination(OLD, 8081),))


def test_where_no_rule_matches_the_answer_is_404() -> None:
    answer = routed(service("shop/cart", leads_to("old", match=[{"uri": {"exact": "/x"}}])))

    assert (answer.destinations, answer.by) == ((), "east/shop/VirtualService/cart")
    assert answer.text.endswith("matches GET /items?id=1 of cart.shop.svc.cluster.local:8080: the proxy answers 404")


@pytest.mark.parametrize(
    "rule",
    [
        {"redirect": {"uri": "/new"}},
        {"directResponse": {"status": 503}},
        leads_to("old", fault={"abort": {"httpStatus": 500, "percentage": {"value": 100}}}),
        {"route": [{"destination": {"host": "old"}, "weight": 0}, {"destination": {"host": "cart"}, "weight": 0}]},
    ],
)
def test_what_the_proxy_answers_itself_reaches_nobody(rule: dict[str, Any]) -> None:
    answer = routed(service("shop/cart", rule))

    assert (answer.destinations, answer.by) == ((), "east/shop/VirtualService/cart: http 1")


@pytest.mark.parametrize("abort", [{"percentage": {"value": 50}}, {}])
def test_an_abort_of_some_calls_or_of_none_lets_the_others_through(abort: dict[str, Any]) -> None:
    assert hosts(routed(service("shop/cart", leads_to("old", fault={"abort": {"httpStatus": 500, **abort}})))) == [OLD]


def test_calls_are_shared_by_weight_and_none_go_to_a_weight_of_nothing() -> None:
    shares = [("cart", 3), ("old", 1), ("card", 0)]
    route = [{"destination": {"host": host, "port": {"number": 8081}}, "weight": weight} for host, weight in shares]

    answer = routed(service("shop/cart", {"route": route}))

    assert [(each.host, each.weight, each.lost) for each in answer.destinations] == [
        (CART, 75, "east/shop/Service/cart has no port 8081"),
        (OLD, 25, ""),
    ]


def test_a_destination_that_nobody_knows_is_lost() -> None:
    (destination,) = routed(service("shop/cart", leads_to("nobody"))).destinations

    assert destination.lost == "the istiod of cluster east knows no nobody.shop.svc.cluster.local that shop may see"


@pytest.mark.parametrize(
    ("place", "exported_to", "seen"),
    [
        ("shop/cart", ["."], True),
        ("media/cart", ["."], False),
        ("media/cart", ["shop"], True),
        ("media/cart", ["*"], True),
        ("shop/cart", ["~"], False),
    ],
)
def test_a_virtual_service_counts_where_it_is_exported_to(place: str, exported_to: list[str], seen: bool) -> None:
    answer = routed(service(place, leads_to(OLD), hosts=(CART,), exportTo=exported_to))

    assert hosts(answer) == [OLD if seen else CART]


def test_a_virtual_service_that_the_sidecar_does_not_import_does_not_count() -> None:
    foreign = service("media/cart", leads_to(OLD), hosts=(CART,))
    narrow = item("Sidecar", "shop/web", {"egress": [{"hosts": [f"shop/{CART}"]}]})

    assert hosts(routed(foreign)) == [OLD]
    assert hosts(routed(foreign, narrow)) == [CART]


def test_a_sidecar_imports_a_virtual_service_whose_wildcard_is_over_what_it_lists() -> None:
    wild = service("shop/a", leads_to("old"), hosts=("*.shop.svc.cluster.local",))
    narrow = item("Sidecar", "shop/web", {"egress": [{"hosts": [f"shop/{CART}"]}]})

    assert hosts(routed(wild, narrow)) == [OLD]


def test_a_private_virtual_service_comes_before_one_for_all() -> None:
    for_all = service("shop/a", leads_to("cart"))
    private = service("shop/b", leads_to("old"), exportTo=["."])

    assert hosts(routed(for_all, private)) == [OLD]


def test_one_bound_to_a_gateway_alone_is_not_for_sidecars() -> None:
    assert hosts(routed(service("shop/cart", leads_to("old"), gateways=["ingress"]))) == [CART]
    assert hosts(routed(service("shop/cart", leads_to("old"), gateways=["ingress", "mesh"]))) == [OLD]


def test_a_host_named_itself_comes_before_a_wildcard() -> None:
    wild = service("shop/a", leads_to("old"), hosts=("*.shop.svc.cluster.local",))
    exact = service("shop/b", leads_to("cart"))

    assert routed(wild).by == "east/shop/VirtualService/a: http 1"
    assert routed(wild, exact).by == "east/shop/VirtualService/b: http 1"


def test_of_two_for_a_host_the_first_that_speaks_of_the_port_counts() -> None:
    silent = service("shop/a", leads_to("old", match=[{"port": 9090}]))
    second = service("shop/b", leads_to("cart"))
    third = service("shop/c", leads_to("old"))

    assert routed(silent, second, third).by == "east/shop/VirtualService/b: http 1"


def test_a_delegate_answers_within_what_its_root_matches() -> None:
    root = service("shop/cart", {"match": [{"uri": {"prefix": "/items"}}], "delegate": {"name": "team"}})
    inside = item("VirtualService", "shop/team", {"http": [leads_to("old", match=[{"uri": {"prefix": "/items/old"}}])]})
    outside = item("VirtualService", "shop/team", {"http": [leads_to("old", match=[{"uri": {"prefix": "/x"}}])]})

    assert hosts(routed(root, inside, request=Request(path="/items/old/1"))) == [OLD]
    assert hosts(routed(root, inside, request=Request(path="/items/new"))) == []
    assert hosts(routed(root, outside, request=Request(path="/x"))) == [CART]


def test_only_a_virtual_service_without_hosts_is_delegated_to() -> None:
    root = service("shop/cart", {"delegate": {"name": "team"}})
    other = service("shop/team", leads_to("old"), hosts=("old",))

    assert hosts(routed(root, other)) == [CART]


def test_the_callee_gets_the_request_as_it_is_rewritten() -> None:
    rule = leads_to(
        "old",
        match=[{"uri": {"prefix": "/v1/"}}],
        rewrite={"uri": "/", "authority": "old.example"},
        headers={"request": {"set": {"X-From": "cart"}, "remove": ["x-secret"]}},
    )

    answer = routed(service("shop/cart", rule), request=Request(path="/v1/a?b=1", headers=(("x-secret", "1"),)))

    assert answer.request == Request(path="/a?b=1", host="old.example", headers=(("x-from", "cart"),))


def test_a_copy_goes_to_a_mirror() -> None:
    answer = routed(service("shop/cart", leads_to("cart", mirror={"host": "old"})))

    assert answer.mirrored == (Destination(OLD, 8081, weight=0),)


def test_what_is_not_http_is_refused_at_an_http_port() -> None:
    assert routed(request=None).destinations == ()


def test_http_at_a_tcp_port_follows_the_tcp_rules() -> None:
    database = service("shop/cart", leads_to("cart"), tcp=[leads_to("old", match=[{"port": 5432}])])

    assert hosts(routed(database, port=5432)) == [OLD]
    assert hosts(routed(database, port=5432, request=None)) == [OLD]


@pytest.mark.parametrize(
    ("sni", "expected"),
    [("a.example", [OLD]), ("b.example", [CART]), ("example", []), (None, [])],
)
def test_tls_follows_the_closest_server_name(sni: str | None, expected: list[str]) -> None:
    tls = [
        leads_to("cart", match=[{"sniHosts": ["*.example"]}]),
        leads_to("old", match=[{"sniHosts": ["a.example"]}]),
    ]

    answer = routed(service("shop/card", hosts=("card",), tls=tls), host="card.shop", port=443, request=None, sni=sni)

    assert hosts(answer) == expected
