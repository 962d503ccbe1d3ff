"""What is on a picture: areas, cards and arrows of the sound environment."""

from environments import declared, resolved

from mesh.graph import staging
from mesh.graph.scenes import Scene
from mesh.graph.verdicts import AS_DECLARED


def scene(focus: str | None = None, fold: str = "none", **changes: object) -> Scene:
    return staging.scene(resolved({**declared(), **changes}), fold, focus)  # type: ignore[arg-type]


def test_areas_stand_in_each_other() -> None:
    assert [(area.id, area.parent) for area in scene().areas] == [
        ("/clients", None),
        ("network/east", None),
        ("network/machines", None),
        ("network/west", None),
        ("cluster/east", "network/east"),
        ("cluster/east/finance", "cluster/east"),
        ("cluster/east/shop", "cluster/east"),
        ("cluster/west", "network/west"),
        ("cluster/west/shop", "cluster/west"),
        ("machines/ledger-0", "network/machines"),
        ("machines/vault-db", "network/machines"),
        ("/outside", None),
    ]


def test_a_network_tells_its_space_and_its_peers() -> None:
    east = scene().area["network/east"]

    assert (east.detail, east.below) == ("10.10.0.0/16 · westeurope", "peered with machines and west")


def test_a_workload_in_several_places_has_one_card_and_copies() -> None:
    found = scene()

    assert {card.id: card.area for card in found.cards if card.title in ("orders", "legacy")} == {
        "orders": "cluster/east/shop",
        "orders in cluster/west/shop": "cluster/west/shop",
        "legacy": "cluster/east/finance",
        "legacy in machines/vault-db": "machines/vault-db",
    }
    assert found.card["orders"].lines == ("gRPC 9090, HTTP 8080", "in east + west")
    assert found.card["legacy"].lines == ("HTTP/2 8081", "in east + 1 machine")


def test_the_arrows_are_the_routes_and_who_comes_from_outside() -> None:
    assert [(arrow.caller, arrow.callee, arrow.line) for arrow in scene().arrows] == [
        ("client/east/partners", "ingress/east/partners", "outside"),
        ("client/east/public", "ingress/east/public", "outside"),
        ("ingress/east/public", "storefront", "http"),
        ("ledger", "payments", "tls"),
        ("orders", "ledger", "grpc"),
        ("orders", "orders-db", "tcp"),
        ("storefront", "orders", "http"),
    ]


def test_an_arrow_tells_its_requests() -> None:
    found = next(arrow for arrow in scene().arrows if arrow.callee == "orders")

    assert found.about == "storefront → orders:8080 GET, POST /orders, /orders/*"


def test_who_may_come_is_told() -> None:
    cards = scene().card

    assert (cards["client/east/public"].title, cards["client/east/public"].lines) == (
        "the internet",
        ("203.0.113.0/24",),
    )
    assert (cards["client/east/partners"].title, cards["client/east/partners"].lines) == (
        "private clients",
        ("10.99.0.0/16",),
    )
    assert cards["ingress/east/partners"].lines == (
        *("partners.example.com", "mutual TLS, only", "a.example", "b.example", "port 80 redirects"),
    )


def test_gateways_of_one_name_in_two_clusters_are_two() -> None:
    clusters = declared()["clusters"]
    clusters["west"]["ingress"] = {"partners": clusters["east"]["ingress"]["partners"]}
    found = scene(clusters=clusters)

    assert [arrow.callee for arrow in found.arrows if arrow.line == "outside"] == [
        "ingress/east/partners",
        "ingress/east/public",
        "ingress/west/partners",
    ]
    assert {"ingress/east/partners", "ingress/west/partners"} < set(found.card)


def test_a_gateway_for_everybody_is_marked() -> None:
    clusters = declared()["clusters"]
    clusters["east"]["ingress"]["public"]["allow_from"] = ["0.0.0.0/0"]

    assert scene(clusters=clusters).card["client/east/public"].warning == "everyone may come"


def test_a_machine_without_a_sidecar_is_marked() -> None:
    cards = scene().card

    assert (cards["orders-db"].warning, cards["orders-db"].sidecar) == ("no sidecar", False)
    assert (cards["ledger"].warning, cards["ledger"].sidecar) == ("", True)
    assert (cards["invoices-db"].warning, cards["invoices-db"].sidecar) == ("", False)


def test_a_namespace_that_is_only_observed_is_marked() -> None:
    found = scene(namespaces={"shop": {"enforcement": "observe"}})

    assert {area.id for area in found.areas if area.warning} == {"cluster/east/shop", "cluster/west/shop"}


def test_a_focus_shows_a_workload_and_its_neighbours() -> None:
    found = scene(focus="ledger")

    assert [card.id for card in found.cards] == ["ledger", "orders", "orders in cluster/west/shop", "payments"]
    assert [(arrow.caller, arrow.callee) for arrow in found.arrows] == [("ledger", "payments"), ("orders", "ledger")]
    assert "cluster/east/finance" not in found.area


def test_many_are_folded_by_namespace_and_their_routes_counted() -> None:
    routes = [*declared()["routes"], {"from": "storefront", "to": "ledger", "http": [{"paths": ["/*"]}]}]
    found = scene(fold="namespace", routes=routes)

    assert [(arrow.caller, arrow.callee, arrow.count) for arrow in found.arrows if arrow.line == "grpc"] == [
        ("shop cluster/east", "finance network/machines", 2)
    ]
    assert found.card["shop cluster/east"].lines == ("2 workloads", "some also in west", "1 route inside")
    assert {area.kind for area in found.areas} == {"clients", "network", "cluster", "outside"}


def test_places_are_folded_into_a_card_each() -> None:
    found = scene(fold="place")

    assert {card.id: card.lines for card in found.cards if card.look in ("workload", "database", "external")} == {
        "east cluster/east": ("3 workloads", "of 2 namespaces", "some also in west + 1 machine", "1 route inside"),
        "machines databases/machines": ("1 database", "managed by Azure"),
        "machines network/machines": ("1 workload",),
        "machines network/machines without sidecar": ("1 workload",),
        "outside outside": ("1 service",),
    }
    assert ("east cluster/east", "machines network/machines", "grpc") in [
        (arrow.caller, arrow.callee, arrow.line) for arrow in found.arrows
    ]


def test_what_has_too_many_arrows_by_namespace_is_folded_by_place() -> None:
    workloads = {
        f"w{number}": {"cluster": "east", "namespace": f"n{number % 15}", "ports": {"http": 80}} for number in range(45)
    }
    routes = [
        {"from": f"w{caller}", "to": f"w{callee}", "http": [{"paths": ["/*"]}]}
        for caller in range(15)
        for callee in range(15, 23)
        if (callee - caller) % 15
    ]

    def first(count: int) -> Scene:
        stack = {**declared(), "workloads": workloads, "routes": routes[:count]}
        return staging.legible(resolved(stack), None, AS_DECLARED)[0]

    # Two arrows are those of the clients.
    assert len(first(98).arrows) == 100
    assert [card.lines for card in first(99).cards if card.look == "workload"] == [
        ("45 workloads", "of 15 namespaces", "99 routes inside")
    ]


def test_routes_inside_a_folded_card_are_not_drawn() -> None:
    found = scene(fold="namespace")

    assert [arrow for arrow in found.arrows if arrow.caller == arrow.callee] == []
    assert len(found.arrows) == len(scene().arrows) - 1


def test_what_has_no_sidecar_is_folded_apart() -> None:
    cards = scene(fold="namespace").card

    assert cards["finance network/machines"].sidecar
    assert cards["finance network/machines without sidecar"].warning == "no sidecar"


def test_an_environment_folds_by_itself_beyond_forty_workloads() -> None:
    def many(count: int) -> Scene:
        workloads = {
            f"w{number}": {"cluster": "east", "namespace": "shop", "ports": {"http": 80}} for number in range(count)
        }
        return staging.legible(resolved({**declared(), "workloads": workloads, "routes": []}), None, AS_DECLARED)[0]

    assert len([card for card in many(40).cards if card.look == "workload"]) == 40
    assert [card.lines for card in many(41).cards if card.look == "workload"] == [("41 workloads",)]
