"""Changes behind the program's back, each in its class with the calls that it opens or breaks."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import environments
import pytest
from live_environments import Behind, live_of

from mesh.plan import Plan
from mesh.render import plan as planned
from mesh.review.drift.classes import Classed
from mesh.review.drift.report import drift

FILE = Path(__file__).parents[2] / "stacks/Pulumi.lab.yaml"
GROUP = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network"
SECURITY, NETWORKING = "security.istio.io/v1", "networking.istio.io/v1"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned(environments.lab_without_network_policies())


def found(plan: Plan, change: Callable[[Behind], Any]) -> tuple[Classed, ...]:
    behind = Behind(live_of(plan))
    change(behind)
    return drift("lab", plan, behind.live, {}).found


def rule(name: str, port: str, source: str = "*") -> dict[str, Any]:
    return {
        "name": name, "access": "Allow", "direction": "Inbound", "priority": 100, "protocol": "Tcp",
        "sourceAddressPrefix": source, "sourcePortRange": "*",
        "destinationAddressPrefix": "*", "destinationPortRange": port,
    }  # fmt: skip


def test_what_is_as_it_was_made_is_no_drift(plan: Plan) -> None:
    assert found(plan, lambda behind: None) == ()


WIDENING: list[tuple[str, Callable[[Behind], Any], str]] = [
    (
        "nsg/east/nodes",
        lambda behind: behind.azure["nsg/east/nodes"]["securityRules"].append(rule("ssh", "22")),
        "at Tcp 22 is allowed inbound at subnet/east/nodes",
    ),
    (
        "subnet/west/nodes",
        lambda behind: behind.azure["subnet/west/nodes"].pop("networkSecurityGroup"),
        "is closed by nothing",
    ),
    (
        "network/east/virtualNetworkPeerings/hub",
        lambda behind: behind.azure["network/east"].update(
            virtualNetworkPeerings=[{"name": "hub", "remoteVirtualNetwork": {"id": "/subscriptions/x/hub"}}]
        ),
        "given to the other network too",
    ),
    (
        "cluster/west",
        lambda behind: behind.azure["cluster/west"].update(disableLocalAccounts=False, apiServerAccessProfile={"a": 1}),
        "who reaches the API server",
    ),
    (
        "east/shop/AuthorizationPolicy/orders",
        lambda behind: behind.object("east/shop/AuthorizationPolicy/orders")["spec"]["rules"].append(
            {"from": [{"source": {"principals": ["*"]}}]}
        ),
        "cart → orders:8080 * /*",
    ),
    (
        "east/istio-system/AuthorizationPolicy/deny-by-default",
        lambda behind: behind.object("east/istio-system/AuthorizationPolicy/deny-by-default")["spec"].update(
            rules=[{}]
        ),
        "cart → orders:8080 * /*",
    ),
    (
        "west/shop/AuthorizationPolicy/orders",
        lambda behind: behind.object("west/shop/AuthorizationPolicy/orders")["metadata"].update(
            annotations={"istio.io/dry-run": "true"}
        ),
        "enforces nothing",
    ),
    (
        "west/istio-system/PeerAuthentication/default",
        lambda behind: behind.object("west/istio-system/PeerAuthentication/default")["spec"].update(
            mtls={"mode": "PERMISSIVE"}
        ),
        "it says PERMISSIVE",
    ),
    (
        "east/shop/Sidecar/cart",
        lambda behind: behind.object("east/shop/Sidecar/cart")["spec"]["egress"][0]["hosts"].append("*/*"),
        "cart → orders-db:5432",
    ),
    (
        "west/shop/RoleBinding/catalog-token",
        lambda behind: behind.object("west/shop/RoleBinding/catalog-token")["subjects"].append(
            {"kind": "User", "name": "mallory"}
        ),
        "take the identity of a workload",
    ),
    (
        "east/istio-system/Secret/cacerts",
        lambda behind: behind.object("east/istio-system/Secret/cacerts")["data"].update({"ca-crl.pem": "AA=="}),
        "whose certificates are believed",
    ),
    (
        "east/shop/EnvoyFilter/no-rbac",
        lambda behind: behind.add("east", "networking.istio.io/v1alpha3", "EnvoyFilter", "shop", "no-rbac", spec={}),
        "it can change every call of what it selects",
    ),
    (
        "east/shop/AuthorizationPolicy/more",
        lambda behind: behind.add(
            "east", SECURITY, "AuthorizationPolicy", "shop", "more",
            spec={
                "selector": {"matchLabels": {"app": "cart"}},
                "rules": [{"from": [{"source": {"principals": ["lab.shop.example/ns/shop/sa/orders"]}}]}],
            },
        ),
        "orders to cart:8080",
    ),
    (
        "east/shop/Service/open",
        lambda behind: behind.add(
            "east", "v1", "Service", "shop", "open",
            spec={"type": "LoadBalancer", "selector": {"app": "orders"}, "ports": [{"port": 8080}]},
        ),
        "reached from outside the cluster",
    ),
    (
        "east/istio-system/Secret/istio-remote-secret-mine",
        lambda behind: behind.add(
            "east", "v1", "Secret", "istio-system", "istio-remote-secret-mine",
            metadata={"labels": {"istio/multiCluster": "true"}}, data={"mine": "AA=="},
        ),
        "who runs that one can answer for any host",
    ),
    (
        "east/istio-system/Secret/istio-remote-secret-west",
        lambda behind: behind.object("east/istio-system/Secret/istio-remote-secret-west")["data"].update(west="AA=="),
        "whose certificates are believed, or which cluster an istiod reads",
    ),
    (
        "subnet/east/nodes",
        lambda behind: behind.azure["subnet/east/nodes"].update(routeTable={"id": f"{GROUP}/routeTables/by-hand"}),
        "routeTables/by-hand, which the plan does not have",
    ),
    (
        "west/istio-system/PeerAuthentication/default",
        lambda behind: behind.object("west/istio-system/PeerAuthentication/default")["spec"].update(
            selector={"matchLabels": {"app": "cart"}}
        ),
        "cluster/west: Istio's default: PERMISSIVE, as no PeerAuthentication says otherwise",
    ),
    (
        "west/Namespace/shop",
        lambda behind: behind.object("west/Namespace/shop")["metadata"].update(labels={"istio-injection": "disabled"}),
        "pods that start from now on may have no sidecar",
    ),
    (
        "west/shop/HTTPRoute.gateway/x",
        lambda behind: behind.add("west", "gateway.networking.k8s.io/v1", "HTTPRoute", "shop", "x", spec={}),
        "not judged",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "change", "opened"), WIDENING, ids=[case[0] for case in WIDENING])
def test_what_opens_calls_is_told_with_the_calls(
    plan: Plan, subject: str, change: Callable[[Behind], Any], opened: str
) -> None:
    (item,) = found(plan, change)

    assert (item.of, item.change.subject) == ("widens access", subject.replace(".gateway", ""))
    assert any(opened in text for text in item.opens), item.opens


BREAKING: list[tuple[str, Callable[[Behind], Any], str]] = [
    (
        "west/partners/AuthorizationPolicy/partner-api",
        lambda behind: behind.delete("west/partners/AuthorizationPolicy/partner-api"),
        "ingress/partners to partner-api:8080",
    ),
    (
        "peering/east/machines",
        lambda behind: behind.azure.update({"peering/east/machines": None}),
        "orders to orders-db:5432",
    ),
    (
        "east/shop/ServiceAccount/cart",
        lambda behind: behind.delete("east/shop/ServiceAccount/cart"),
        "pods of this account do not start",
    ),
    (
        "east/shop/Service/orders",
        lambda behind: behind.delete("east/shop/Service/orders"),
        "orders:8080",
    ),
]


@pytest.mark.parametrize(("subject", "change", "broken"), BREAKING, ids=[case[0] for case in BREAKING])
def test_what_stops_calls_is_told_with_the_calls(
    plan: Plan, subject: str, change: Callable[[Behind], Any], broken: str
) -> None:
    (item,) = found(plan, change)

    assert (item.of, item.change.subject, item.opens) == ("breaks calls", subject, ())
    assert any(broken in text for text in item.breaks), item.breaks


HARMLESS: list[tuple[str, Callable[[Behind], Any]]] = [
    ("network/west", lambda behind: behind.azure["network/west"]["tags"].update(cost="17")),
    (
        "east/shop/Service/cart",
        lambda behind: behind.object("east/shop/Service/cart")["metadata"].update(annotations={"team": "a"}),
    ),
    (
        "east/shop/AuthorizationPolicy/cart",
        lambda behind: behind.object("east/shop/AuthorizationPolicy/cart")["metadata"].update(labels={"team": "a"}),
    ),
]


@pytest.mark.parametrize(("subject", "change"), HARMLESS, ids=[case[0] for case in HARMLESS])
def test_what_changes_no_call_is_cosmetic_and_drift_all_the_same(
    plan: Plan, subject: str, change: Callable[[Behind], Any]
) -> None:
    (item,) = found(plan, change)

    assert (item.of, item.change.subject, item.opens, item.breaks) == ("cosmetic", subject, (), ())


NOISE: list[tuple[str, Callable[[Behind], Any], str]] = [
    (
        "cluster/east",
        lambda behind: behind.azure["cluster/east"]["agentPoolProfiles"][0].update(count=7),
        "the autoscaler chooses how many nodes there are",
    ),
    (
        "east/finance/WorkloadEntry/ledger-0-10.30.0.10",
        lambda behind: behind.add(
            "east", NETWORKING, "WorkloadEntry", "finance", "ledger-0-10.30.0.10",
            metadata={"annotations": {"istio.io/autoRegistrationGroup": "ledger-machines"}},
            spec={"address": "10.30.0.10"},
        ),
        "a machine of the environment has registered itself",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "change", "why"), NOISE, ids=[case[0] for case in NOISE])
def test_what_changes_by_itself_is_expected(
    plan: Plan, subject: str, change: Callable[[Behind], Any], why: str
) -> None:
    (item,) = found(plan, change)

    assert (item.of, item.change.subject, item.reason) == ("expected", subject, why)


def test_an_entry_of_a_machine_that_is_gone_is_drift(plan: Plan) -> None:
    (item,) = found(
        plan,
        lambda behind: behind.add(
            "east", NETWORKING, "WorkloadEntry", "finance", "ledger-9",
            metadata={"annotations": {"istio.io/autoRegistrationGroup": "ledger-machines"}},
            spec={"address": "10.30.0.99", "labels": {"app": "ledger"}},
        ),
    )  # fmt: skip

    assert item.of != "expected"
    assert item.change.note == "at 10.30.0.99"


def test_what_the_engine_alone_sees_is_told(plan: Plan) -> None:
    (item,) = drift("lab", plan, live_of(plan), {"nsg/east/nodes": ("securityRules",)}).found

    assert (item.of, item.change.note) == ("cosmetic", "the engine's refresh says so")


def with_part(behind: Behind, part: dict[str, Any], **changed: Any) -> None:
    """A release has made a part, which is live as somebody, or a controller, changed it."""
    (istiod,) = (record for record in behind.records["east"] if record.name == "istiod")
    behind.records["east"].remove(istiod)
    behind.records["east"].append(replace(istiod, parts=(part,)))
    behind.objects["east"].append({**part, **changed})


def webhook(**content: Any) -> dict[str, Any]:
    """As Istio's own chart makes one."""
    service = {"name": "istiod", "namespace": "istio-system", "path": "/inject"}
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "istio-sidecar-injector"},
        "webhooks": [{"name": "namespace.sidecar-injector.istio.io", "clientConfig": {"service": service}, **content}],
    }


def test_the_certificate_that_istiod_writes_into_its_webhook_is_expected(plan: Plan) -> None:
    signed = webhook()["webhooks"][0]
    signed["clientConfig"] = {**signed["clientConfig"], "caBundle": "AA=="}

    (item,) = found(plan, lambda behind: with_part(behind, webhook(), webhooks=[signed]))

    assert (item.of, item.reason) == ("expected", "istiod writes the certificate of its authority there")
    assert item.change.subject == "east/release/istiod: MutatingWebhookConfiguration/istio-sidecar-injector"


def test_what_else_somebody_changes_of_a_webhook_is_told(plan: Plan) -> None:
    (item,) = found(
        plan,
        lambda behind: with_part(
            behind, webhook(failurePolicy="Fail"), webhooks=webhook(failurePolicy="Ignore")["webhooks"]
        ),
    )

    assert (item.of, item.opens) == ("widens access", ("not judged: which pods get a sidecar",))


def test_a_route_table_that_is_declared_and_taken_off_its_subnet_is_told(plan: Plan) -> None:
    """Declared as the platform writes it, under `azure:`."""
    table = {"id": f"{GROUP}/routeTables/theirs"}
    routed = replace(
        plan,
        azure=tuple(
            replace(item, properties={**item.properties, "routeTable": table})
            if item.name == "subnet/east/nodes"
            else item
            for item in plan.azure
        ),
    )

    (item,) = found(routed, lambda behind: behind.azure["subnet/east/nodes"].pop("routeTable"))

    assert (item.of, item.change.subject, item.change.paths) == ("widens access", "subnet/east/nodes", ("routeTable",))
    assert item.opens == (
        "not judged: its packets go another way than is declared, through whose hands nobody here sees",
    )
