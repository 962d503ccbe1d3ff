"""One attempt, followed through plans that were changed: where a call ends, and on whose word."""

from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import environments
import pytest
from changed_plans import with_metadata, with_properties, with_release, with_spec, without

from mesh.access.attempts import Attempt, Certificate, Request
from mesh.access.judge import Judge
from mesh.access.world import World
from mesh.plan import Plan
from mesh.render import plan

LAB = plan(environments.lab_without_network_policies())
PARTNER = Certificate(("partner.example.com",))


def ends(changed: Plan, attempt: Attempt) -> set[tuple[str, str, str]]:
    """Each way of an attempt with what stops it; nothing, where it passes."""
    verdict = Judge(World(changed)).verdict(attempt)
    return {(way.source, way.destination, way.stopped_by.by if way.stopped_by else "") for way in verdict.ways}


def item(name: str) -> Any:
    return next(each for each in (*LAB.objects, *LAB.azure, *LAB.releases) if each.name == name)


def without_rule(group: str, *names: str) -> Plan:
    rules = [rule for rule in item(group).properties["securityRules"] if rule["name"] not in names]
    return with_properties(LAB, item(group), securityRules=rules)


def test_a_machine_that_cannot_reach_its_istiod_neither_calls_nor_answers():
    closed = without_rule("nsg/machines/machines", "machine-ledger-0-to-gateway-east-15012-out")
    stopped_by = "nsg/machines/machines: deny-virtual-network-out"

    assert ends(closed, Attempt("ledger", "payments", 443)) == {("machine/ledger-0", "payments", stopped_by)}
    assert ends(closed, Attempt("orders", "ledger", 9000, Request("POST", "/ledger.Ledger/Book"))) == {
        ("cluster/east", "machine/ledger-0", stopped_by),
        ("cluster/west", "machine/ledger-0", stopped_by),
    }


def test_a_machine_whose_group_is_gone_registers_nowhere():
    gone = without(LAB, "east/finance/WorkloadGroup/ledger-machines")

    assert ends(gone, Attempt("orders", "ledger", 9000, Request("POST", "/ledger.Ledger/Book"))) == {
        ("cluster/east", "ledger.finance.svc.cluster.local", "east/finance/ServiceEntry/ledger"),
        ("cluster/west", "ledger.finance.svc.cluster.local", "west/finance/ServiceEntry/ledger"),
    }


def test_pods_of_a_cluster_that_is_not_read_get_no_calls():
    unread = without(LAB, "east/istio-system/Secret/istio-remote-secret-west")

    assert ends(unread, Attempt("cart", "orders", 8080, Request("POST", "/orders"))) == {
        ("cluster/east", "cluster/east", "")
    }


def test_a_host_that_the_east_west_gateway_does_not_list_is_not_carried_on():
    gateway = item("west/istio-system/Gateway/cross-network")
    server = gateway.manifest["spec"]["servers"][0]
    narrowed = with_spec(
        LAB, gateway, {**gateway.manifest["spec"], "servers": [{**server, "hosts": ["other.example"]}]}
    )

    assert ends(narrowed, Attempt("cart", "orders", 8080, Request("POST", "/orders"))) == {
        ("cluster/east", "cluster/east", ""),
        ("cluster/east", "cluster/west", "west/istio-system/Gateway/cross-network: server 1"),
    }


def test_clusters_without_a_common_authority_do_not_believe_each_other():
    apart = without(LAB, "west/istio-system/Secret/cacerts")

    assert ends(apart, Attempt("cart", "orders", 8080, Request("POST", "/orders"))) == {
        ("cluster/east", "cluster/east", ""),
        ("cluster/east", "cluster/west", "west/istio-system/Secret/cacerts"),
    }


def test_pods_of_a_namespace_without_injection_have_no_sidecar_to_speak_for_them():
    namespace = item("east/Namespace/shop")
    labels = {"topology.istio.io/network": "cluster-east"}
    bare = with_metadata(LAB, namespace, labels=labels)

    assert ends(bare, Attempt("storefront", "catalog", 8080, Request("GET", "/catalog/7"))) == {
        ("cluster/east", "machine/catalog-0", "west/istio-system/PeerAuthentication/default: STRICT"),
        ("cluster/east", "cluster/west", "network/east"),
    }


def test_a_strangler_route_leads_a_call_to_another_workload_too():
    assert ends(LAB, Attempt("storefront", "shop-legacy", 8081, Request("GET", "/catalog/7"))) == {
        ("cluster/east", "machine/monolith", ""),
        ("cluster/east", "machine/catalog-0 (catalog)", ""),
        ("cluster/east", "cluster/west (catalog)", ""),
    }


def test_a_caller_that_only_one_of_them_lets_in_is_told_so():
    policy = item("west/shop/AuthorizationPolicy/catalog")
    closed = with_spec(LAB, policy, {key: value for key, value in policy.manifest["spec"].items() if key != "rules"})
    attempt = Attempt("storefront", "shop-legacy", 8081, Request("GET", "/catalog/7"))
    verdict = Judge(World(closed)).verdict(attempt)

    assert (verdict.allowed, verdict.possible) == (False, True)


def test_an_entry_at_another_address_leads_to_nobody_known():
    entry = item("east/finance/WorkloadEntry/orders-db-orders-db-0")
    moved = with_spec(LAB, entry, {**entry.manifest["spec"], "address": "10.30.0.99"})

    assert ends(moved, Attempt("orders", "orders-db", 5432)) == {
        ("cluster/east", "10.30.0.99 (nobody known)", "nsg/east/nodes: deny-virtual-network-out"),
        ("cluster/west", "10.30.0.99 (nobody known)", "nsg/west/nodes: deny-virtual-network-out"),
    }


def test_a_sidecar_that_passes_on_the_unknown_leaves_the_rest_to_the_network():
    istiod = item("east/release/istiod")
    config = {**istiod.values["meshConfig"], "outboundTrafficPolicy": {"mode": "ALLOW_ANY"}}
    loose = with_release(LAB, replace(istiod, values={**istiod.values, "meshConfig": config}))

    assert ends(loose, Attempt("cart", "orders-db", 5432)) == {("cluster/east", "machine/orders-db-0", "")}
    assert ends(loose, Attempt("cart", "reports-db", 3306)) == {
        ("cluster/east", "machine/reports-db-0", "nsg/east/nodes: deny-virtual-network-out")
    }


@pytest.mark.parametrize(
    ("request_", "certificate", "stopped_by"),
    [
        (Request("GET", "/v1/stock"), PARTNER, ""),
        (
            Request("GET", "/v1/stock"),
            Certificate(("stranger.example",)),
            "west/istio-ingress/Gateway/ingress-partners: server 1: subjectAltNames",
        ),
        (Request("GET", "/v1/stock"), None, "west/istio-ingress/Gateway/ingress-partners: server 1"),
        (
            Request("POST", "/v1/stock"),
            PARTNER,
            "west/istio-ingress/AuthorizationPolicy/ingress-partners: no rule matches",
        ),
        (
            Request("GET", "/v1/stock", host="other.example"),
            PARTNER,
            "west/istio-ingress/Gateway/ingress-partners: server 1",
        ),
    ],
    ids=["as declared", "another client", "no certificate", "another method", "another host"],
)
def test_a_client_gets_in_as_the_gateway_says(request_: Request, certificate: Certificate | None, stopped_by: str):
    attempt = Attempt("ingress/partners", "partner-api", 8080, request_, certificate)

    assert {by for _, _, by in ends(LAB, attempt)} == {stopped_by}


def test_a_client_from_elsewhere_is_stopped_before_the_gateway():
    attempt = Attempt(
        "ingress/public", "storefront", 8080, Request(), Certificate(("any",)), IPv4Network("198.51.100.0/24")
    )

    assert ends(LAB, attempt) == {
        ("clients at 198.51.100.0/24", "storefront", "nsg/east/nodes: DenyAllInBound"),
    }


def test_a_gateway_leads_clients_only_where_it_is_told_to():
    attempt = Attempt("ingress/public", "cart", 8080, Request("GET", "/cart"), Certificate(("any",)))

    assert ends(LAB, attempt) == {
        ("clients at 203.0.113.0/24", "cart", "east/istio-ingress/VirtualService/shop.example.com: http 1")
    }


def test_a_gateway_sends_its_own_spans():
    attempt = Attempt("gateway/public", "zipkin", 9411, Request("POST", "/api/v2/spans"))

    assert ends(LAB, attempt) == {("cluster/east", "cluster/east", "")}


def test_a_workload_outside_calls_nobody():
    assert ends(LAB, Attempt("invoices-db", "ledger", 9000)) == {("invoices-db", "ledger", "invoices-db")}


def test_a_managed_database_is_where_no_machine_is():
    attempt = Attempt("cart", "invoices-db", 5432, around_sidecar=True)
    place = "invoices.postgres.database.azure.com, in network machines"

    assert ends(LAB, attempt) == {("cluster/east", place, "nsg/east/nodes: deny-virtual-network-out")}


@pytest.mark.parametrize("dropped", ["load-balancer-internal", "load-balancer-ipv4"])
def test_a_gateway_at_an_address_that_nobody_chose_is_reached_by_no_rule(dropped: str):
    release = item("west/release/istio-eastwestgateway")
    annotations = {
        key: value for key, value in release.values["service"]["annotations"].items() if not key.endswith(dropped)
    }
    moved = with_release(LAB, replace(release, values={**release.values, "service": {"annotations": annotations}}))

    assert {by for _, _, by in ends(moved, Attempt("cart", "orders", 8080, Request("POST", "/orders")))} == {
        "",
        "nsg/west/nodes: DenyAllInBound",
    }
