"""A sound stack file, as the environment it becomes; what is refused stands in cases/."""

import time
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from environments import declared, problems, resolved

from mesh import model


def by_name(items: tuple[Any, ...], name: str) -> Any:
    return next(item for item in items if item.name == name)


def test_an_environment_has_the_stack_files_own_settings() -> None:
    environment = resolved(declared())

    assert environment.name == "shop"
    assert environment.subscription == "11111111-2222-4333-8444-555555555555"
    assert environment.location == "westeurope"
    assert environment.istio == model.Istio("1.30.4", "shop.example", package_sha256=(), canary=None)
    assert environment.tags == (("team", "shop"),)
    assert environment.namespaces == ("finance", "media", "shop")


@pytest.mark.parametrize(
    ("said", "protected"),
    [
        ({}, False),
        ({"protect": True}, True),
        ({"production": True}, True),
        ({"production": True, "protect": False}, False),
    ],
)
def test_an_environment_in_production_is_protected_unless_it_says_otherwise(
    said: dict[str, bool], protected: bool
) -> None:
    assert resolved({**declared(), **said}).protect is protected


def test_a_network_gets_the_subnets_that_something_uses() -> None:
    networks = resolved(declared()).networks

    assert by_name(networks, "east") == model.Network(
        name="east",
        location="westeurope",
        existing=None,
        space=(IPv4Network("10.10.0.0/16"),),
        subnets=(
            model.Subnet("gateways", IPv4Network("10.10.128.0/20"), "gateways", "ours"),
            model.Subnet("nodes", IPv4Network("10.10.64.0/18"), "nodes", "ours"),
        ),
        peers=("machines", "west"),
        gateways=(),
        forwarders=(),
        nat=True,
        firewall=None,
        reaches=(),
        dns=(),
    )
    assert by_name(networks, "machines").subnets == (
        model.Subnet("machines", IPv4Network("10.30.0.0/18"), "machines", "ours"),
    )


def test_a_peering_holds_for_both_whoever_names_it() -> None:
    networks = resolved(declared()).networks

    assert by_name(networks, "machines").peers == ("east", "west")
    assert by_name(networks, "west").peers == ("east", "machines")


def test_a_networks_own_location_and_subnets_win() -> None:
    environment = declared()
    environment["networks"]["west"]["subnets"] = {"nodes": "10.20.0.0/17"}

    west = by_name(resolved(environment).networks, "west")

    assert west.location == "northeurope"
    assert west.nat is False
    assert west.subnet("nodes").cidr == IPv4Network("10.20.0.0/17")


def test_a_cluster_has_every_default_filled_in() -> None:
    east = by_name(resolved(declared()).clusters, "east")

    assert east.system_pool == model.Pool("system", "Standard_D4s_v5", 3, 3, ("1", "2", "3"), "1.34")
    assert east.user_pools == (model.Pool("apps", "Standard_D8s_v5", 2, 10, (), "1.34"),)
    assert (str(east.pod_cidr), str(east.service_cidr)) == ("10.244.0.0/16", "172.16.0.0/16")
    assert str(east.dns_address) == "172.16.0.10"
    assert str(east.east_west_address) == "10.10.128.4"
    assert east.api_allow_from == ()
    assert east.ingress == (
        model.IngressGateway(
            name="partners",
            hosts=("partners.example.com",),
            address=IPv4Address("10.10.143.188"),
            allow_from=(IPv4Network("10.99.0.0/16"),),
            service_tags=(),
            front_doors=(),
            tls=model.IngressTls("mutual", "partners-tls", "others", ("a.example", "b.example"), False),
            redirect=True,
        ),
        model.IngressGateway(
            name="public",
            hosts=("shop.example.com",),
            address=None,
            allow_from=(IPv4Network("203.0.113.0/24"),),
            service_tags=(),
            front_doors=(),
            tls=model.IngressTls("mutual", "shop", "files", (), False),
            redirect=False,
        ),
    )


def test_a_clusters_own_ranges_and_addresses_win() -> None:
    west = by_name(resolved(declared()).clusters, "west")

    assert (str(west.pod_cidr), str(west.service_cidr)) == ("100.64.0.0/16", "172.17.0.0/20")
    assert str(west.dns_address) == "172.17.0.10"
    assert str(west.east_west_address) == "10.20.128.20"
    assert west.kubernetes == "1.35.2"


def test_a_machine_is_created_unless_it_exists() -> None:
    machines = resolved(declared()).machines

    created = by_name(machines, "ledger-0").created
    assert created.size == "Standard_D2s_v5"
    assert created.image == "Canonical:ubuntu-24_04-lts:server:latest"
    assert created.ssh_key.startswith("ssh-ed25519 AAAA")
    assert created.zone == "1"
    assert by_name(machines, "vault-db").created is None
    assert by_name(machines, "vault-db").joins.name == "west"


def test_a_machine_joins_the_only_cluster_unasked() -> None:
    environment = declared()
    del environment["clusters"]["west"], environment["machines"]["ledger-0"]["joins"]
    environment["machines"]["vault-db"]["joins"] = "east"
    environment["workloads"]["orders"]["cluster"] = "east"

    assert by_name(resolved(environment).machines, "ledger-0").joins.name == "east"


def test_a_workload_has_what_runs_it() -> None:
    workloads = resolved(declared()).workloads

    assert [cluster.name for cluster in by_name(workloads, "orders").clusters] == ["east", "west"]
    assert [machine.name for machine in by_name(workloads, "legacy").machines] == ["vault-db"]
    assert [cluster.name for cluster in by_name(workloads, "legacy").clusters] == ["east"]
    assert by_name(workloads, "invoices-db").outside.hosts == ("inv.postgres.database.azure.com",)
    assert by_name(workloads, "invoices-db").outside.network.name == "machines"
    assert by_name(workloads, "thumbnails").outside == model.Outside(
        "function", ("thumbs.azurewebsites.net",), None, None, None
    )
    assert by_name(workloads, "payments").outside == model.Outside(
        "external", ("a.payments.example", "b.payments.example"), None, None, None
    )


def test_only_what_runs_in_the_mesh_with_a_sidecar_has_one() -> None:
    sidecars = {workload.name: workload.sidecar for workload in resolved(declared()).workloads}

    assert sidecars == {
        "invoices-db": False,
        "ledger": True,
        "legacy": True,
        "orders": True,
        "orders-db": False,
        "payments": False,
        "storefront": True,
        "thumbnails": False,
    }


@pytest.mark.parametrize(
    ("name", "protocol"),
    [
        ("http", "http"),
        ("http-admin", "http"),
        ("http2", "http2"),
        ("grpc", "grpc"),
        ("https", "tls"),
        ("tls", "tls"),
        ("sql", "tcp"),
        ("redis-cache", "tcp"),
        ("tcp-raw", "tcp"),
    ],
)
def test_a_ports_name_tells_its_protocol(name: str, protocol: str) -> None:
    environment = declared()
    environment["workloads"]["thumbnails"]["ports"] = {name: 8443}

    assert by_name(resolved(environment).workloads, "thumbnails").ports == (model.Port(name, 8443, 8443, protocol),)


def test_a_database_speaks_tcp_whatever_its_ports_name() -> None:
    environment = declared()
    environment["workloads"]["invoices-db"]["ports"] = {"main": 5432}

    assert by_name(resolved(environment).workloads, "invoices-db").port("main").protocol == "tcp"


def test_routes_hold_what_they_connect_sorted() -> None:
    routes = resolved(declared()).routes

    assert [
        (route.caller.name if isinstance(route.caller, model.Workload) else "ingress", route.callee.name)
        for route in routes
    ] == [
        ("ledger", "payments"),
        ("orders", "ledger"),
        ("orders", "orders-db"),
        ("storefront", "orders"),
        ("ingress", "storefront"),
    ]
    to_orders = routes[3]
    assert to_orders.port == model.Port("http", 8080, 8080, "http")
    assert to_orders.requests == (model.Request(("GET", "POST"), ("/orders", "/orders/*"), ()),)
    assert routes[2].requests == ()


def test_an_ingress_route_holds_its_gateway_and_cluster() -> None:
    caller = resolved(declared()).routes[4].caller

    assert isinstance(caller, model.Ingress)
    assert (caller.cluster.name, caller.gateway.name) == ("east", "public")


def test_an_ingress_may_be_named_with_its_cluster() -> None:
    environment = declared()
    environment["routes"][0]["from"] = "ingress/east/public"

    assert resolved(environment).routes == resolved(declared()).routes


def test_the_order_in_the_file_changes_nothing() -> None:
    def backwards(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: backwards(value[key]) for key in reversed(value)}
        return [backwards(item) for item in reversed(value)] if isinstance(value, list) else value

    assert resolved(backwards(declared())) == resolved(declared())


def test_nothing_declared_is_a_sound_environment() -> None:
    environment = resolved({"location": "westeurope", "istio": {"version": "1.31.0"}})

    assert environment.networks == environment.clusters == environment.routes == ()
    assert environment.istio.trust_domain == "cluster.local"


def test_what_hangs_on_a_broken_part_is_not_reported_again() -> None:
    environment = declared()
    environment["networks"]["machines"]["space"] = "10.30.0.1/16"

    assert problems(environment) == [
        "networks.machines.space: 10.30.0.1/16 has host bits set: a range begins at its first address"
    ]


def test_what_hangs_on_a_broken_section_is_not_reported_again() -> None:
    environment = declared()
    environment["clusters"] = ["east", "west"]

    assert problems(environment) == ["clusters: it is a list, but must be a mapping"]


@pytest.mark.parametrize("name", ["", "Prod", "1st", "a" * 37, "prod-", "prod eu"])
def test_an_environment_has_a_name_that_azure_takes(name: str) -> None:
    assert len(problems(declared(), name)) == 1


@pytest.mark.parametrize(
    "password", ["hunter2-the-password", "-----BEGIN PRIVATE KEY-----\nTUlJ\n-----END PRIVATE KEY-----"]
)
@pytest.mark.parametrize("key", ["ssh_key", "password", "location"])
def test_what_may_be_a_secret_is_not_repeated(key: str, password: str) -> None:
    environment = declared()
    environment[key] = password

    text = " ".join(problems(environment))

    assert text
    assert "TUlJ" not in text
    assert key == "location" or "hunter2" not in text


def test_two_thousand_workloads_take_seconds() -> None:
    environment = declared()
    environment["workloads"] |= {
        f"service-{number}": {"cluster": "east", "namespace": f"team-{number % 50}", "ports": {"http": 8080}}
        for number in range(2000)
    }
    environment["routes"] += [
        {"from": f"service-{number}", "to": f"service-{(number * 7 + 1) % 2000}", "http": [{"paths": ["/*"]}]}
        for number in range(2000)
        if (number * 7 + 1) % 2000 != number
    ]
    started = time.process_time()

    assert len(resolved(environment).workloads) == 2008
    assert time.process_time() - started < 5


def test_thousands_of_unknown_names_take_seconds() -> None:
    environment = declared()
    environment["workloads"] |= {
        f"service-{number}": {"cluster": "east", "namespace": "shop", "ports": {"http": 8080}} for number in range(1000)
    }
    environment["routes"] += [
        {"from": f"servize-{number}", "to": "orders", "port": "http", "http": [{"paths": ["/*"]}]}
        for number in range(1000)
    ]
    started = time.process_time()

    assert len(problems(environment)) == 1000
    assert time.process_time() - started < 5
