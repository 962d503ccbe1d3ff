"""What the pictures tell of plans that were changed: routes that they stop, and calls that they open besides."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import environments
import pytest

from mesh.files import stacks
from mesh.graph import staging
from mesh.graph.scenes import Scene
from mesh.graph.verdicts import AS_DECLARED, verdicts
from mesh.plan import Plan
from mesh.render import plan

STACKS = sorted((Path(__file__).parents[2] / "stacks").glob("Pulumi.*.yaml"))
LAB = plan(environments.lab_without_network_policies())
NOBODY: dict[str, Any] = {"rules": []}
EVERYBODY: dict[str, Any] = {"rules": [{}]}


def with_spec(name: str, changed: dict[str, Any], whole: Plan = LAB) -> Plan:
    """Of an object in each cluster."""
    assert any(item.name.partition("/")[2] == name for item in whole.objects)
    objects = (
        replace(item, manifest={**item.manifest, "spec": {**item.manifest["spec"], **changed}})
        if item.name.partition("/")[2] == name
        else item
        for item in whole.objects
    )
    return replace(whole, objects=tuple(objects))


def with_resource(name: str, changed: dict[str, Any], whole: Plan = LAB) -> Plan:
    azure = (
        replace(item, properties={**item.properties, **changed}) if item.name == name else item for item in whole.azure
    )
    return replace(whole, azure=tuple(azure))


def with_rule_for_the_internet(name: str, whole: Plan) -> Plan:
    rule = {
        "name": "added",
        "direction": "Inbound",
        "access": "Allow",
        "protocol": "*",
        "sourceAddressPrefix": "Internet",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "*",
        "priority": 100,
    }
    group = next(item for item in whole.azure if item.name == name)
    return with_resource(name, {"securityRules": [*group.properties["securityRules"], rule]}, whole)


def with_service(name: str, changed: dict[str, Any], whole: Plan = LAB) -> Plan:
    assert any(item.name == name for item in whole.releases)
    releases = (
        replace(item, values={**item.values, "service": {**item.values["service"], **changed}})
        if item.name == name
        else item
        for item in whole.releases
    )
    return replace(whole, releases=tuple(releases))


def scene(changed: Plan, fold: str = "none", focus: str | None = None) -> Scene:
    return staging.scene(changed.environment, fold, focus, verdicts(changed))  # type: ignore[arg-type]


def arrows(found: Scene) -> list[tuple[str, str, str, int]]:
    """Those that are not as declared."""
    return [
        (arrow.caller, arrow.callee, arrow.line, arrow.count)
        for arrow in found.arrows
        if arrow.line in ("stopped", "open")
    ]


def exposed() -> Plan:
    """A machine with a public address, whose sidecar asks nobody for anything."""
    changed = with_spec("istio-system/PeerAuthentication/default", {"mtls": {"mode": "PERMISSIVE"}})
    changed = with_rule_for_the_internet(
        "nsg/machines/machines", with_spec("shop/AuthorizationPolicy/catalog", EVERYBODY, changed)
    )
    interface = next(item for item in changed.azure if item.name == "interface/catalog-0")
    address = {**interface.properties["ipConfigurations"][0], "publicIPAddress": {"id": "somewhere"}}
    return with_resource("interface/catalog-0", {"ipConfigurations": [address]}, changed)


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.name)
def test_the_stacks_are_as_declared(path: Path) -> None:
    assert verdicts(plan(stacks.environment(path))) == AS_DECLARED


def test_a_route_that_its_policy_refuses_is_stopped() -> None:
    found = scene(with_spec("finance/AuthorizationPolicy/ledger", NOBODY))

    assert arrows(found) == [("orders", "ledger", "stopped", 1)]
    assert found.warning == "1 route stopped"
    assert [arrow for arrow in found.arrows if arrow.callee == "ledger" and arrow.line == "grpc"] == []


def test_a_stopped_arrow_tells_what_stops_it() -> None:
    found = scene(with_spec("finance/AuthorizationPolicy/ledger", NOBODY))
    about = next(arrow.about for arrow in found.arrows if arrow.line == "stopped")

    assert about.startswith("orders → ledger:9000 POST /ledger.Ledger/*: POST ")
    assert "is stopped by east/finance/AuthorizationPolicy/ledger" in about


def test_a_route_that_works_for_some_of_its_requests_is_stopped() -> None:
    policy = next(item for item in LAB.objects if item.name == "east/shop/AuthorizationPolicy/orders")
    legacy = {"from": policy.manifest["spec"]["rules"][2]["from"], "to": [{"operation": {"paths": ["/orders"]}}]}
    changed = with_spec("shop/AuthorizationPolicy/orders", {"rules": [*policy.manifest["spec"]["rules"][:2], legacy]})

    assert ("shop-legacy", "orders", "stopped", 1) in arrows(scene(changed))


def test_a_stopped_route_from_a_gateway_begins_at_its_card() -> None:
    found = scene(with_spec("shop/AuthorizationPolicy/storefront", NOBODY))

    assert arrows(found) == [("ingress/east/public", "storefront", "stopped", 1)]


def test_a_call_that_no_route_declares_is_open() -> None:
    changed = with_spec("shop/AuthorizationPolicy/catalog", EVERYBODY)
    changed = with_spec("shop/Sidecar/cart", {"egress": [{"hosts": ["shop/*"]}]}, changed)
    found = scene(changed)

    assert ("cart", "catalog", "open", 1) in arrows(found)
    assert next(arrow.about for arrow in found.arrows if (arrow.caller, arrow.callee) == ("cart", "catalog")) == (
        "cart → catalog:8080 * /*, by west/shop/AuthorizationPolicy/catalog: rule 1"
    )


def test_a_database_that_a_sidecar_is_told_of_is_open() -> None:
    changed = with_spec("shop/Sidecar/cart", {"egress": [{"hosts": ["finance/orders-db.finance.svc.cluster.local"]}]})
    found = scene(changed)

    assert arrows(found) == [("cart", "orders", "stopped", 1), ("cart", "orders-db", "open", 1)]
    assert next(arrow.about for arrow in found.arrows if arrow.line == "open").startswith(
        "cart → orders-db:5432 tcp, by "
    )


def test_what_everybody_may_call_while_it_is_observed_is_not_open() -> None:
    watched = replace(LAB.environment, observing=("shop",))
    changed = with_spec("shop/AuthorizationPolicy/catalog", EVERYBODY, replace(LAB, environment=watched))

    assert arrows(scene(changed)) == []


def test_requests_beyond_the_declared_ones_are_open_beside_the_route() -> None:
    found = scene(with_spec("shop/AuthorizationPolicy/catalog", EVERYBODY))

    assert arrows(found) == [("storefront", "catalog", "open", 1)]
    assert found.warning == "1 call open that no route declares"
    assert ("storefront", "catalog", "http") in [(arrow.caller, arrow.callee, arrow.line) for arrow in found.arrows]


def test_a_machine_that_the_internet_reaches_is_open_to_anybody() -> None:
    found = scene(exposed())

    assert ("/anybody", "catalog", "open", 1) in arrows(found)
    assert found.card["/anybody"].area == "/clients"


def test_an_east_west_gateway_with_a_public_address_is_open_to_anybody() -> None:
    public = {"annotations": {"service.beta.kubernetes.io/azure-pip-name": "east-ingress-public"}}
    changed = with_service("east/release/istio-eastwestgateway", public)

    found = arrows(scene(with_rule_for_the_internet("nsg/east/nodes", changed)))
    assert ("/anybody", "east-west/east", "open", 4) in found


def test_an_ingress_gateway_for_everybody_is_open_to_anybody() -> None:
    changed = with_service("east/release/ingress-public", {"loadBalancerSourceRanges": []})

    assert arrows(scene(changed)) == [("/anybody", "ingress/east/public", "open", 1)]


def test_a_gateway_that_asks_for_no_certificate_is_open_to_its_clients() -> None:
    gateway = next(item for item in LAB.objects if item.name == "east/istio-ingress/Gateway/ingress-public")
    simple = [{**server, "tls": {**server["tls"], "mode": "SIMPLE"}} for server in gateway.manifest["spec"]["servers"]]

    assert arrows(scene(with_spec("istio-ingress/Gateway/ingress-public", {"servers": simple}))) == [
        ("client/east/public", "ingress/east/public", "open", 1)
    ]


def test_what_is_not_as_declared_inside_a_folded_card_is_drawn() -> None:
    found = scene(with_spec("shop/AuthorizationPolicy/catalog", EVERYBODY), fold="namespace")

    assert arrows(found) == [("shop cluster/east", "shop cluster/west", "open", 1)]
    found = scene(with_spec("shop/AuthorizationPolicy/orders", NOBODY), fold="namespace")
    assert ("shop cluster/east", "shop cluster/east", "stopped", 1) in arrows(found)


def test_a_focus_leaves_out_what_is_open_elsewhere() -> None:
    changed = with_spec("shop/AuthorizationPolicy/catalog", EVERYBODY)

    assert arrows(scene(changed, focus="ledger")) == []
    assert arrows(scene(changed, focus="storefront")) == [("storefront", "catalog", "open", 1)]
    assert ("/anybody", "catalog", "open", 1) in arrows(scene(exposed(), focus="catalog"))
