"""What really keeps others out of each call, on the sound environment and on plans that protect less."""

from dataclasses import replace
from typing import Any

import environments
import pytest

from mesh.access.enforcement import Enforcement, enforcement
from mesh.access.judge import Judge
from mesh.access.matrix import matrix
from mesh.access.world import World
from mesh.plan import Plan
from mesh.render import plan

Declared = dict[str, Any]


def enforced(of: Plan) -> dict[str, Enforcement]:
    judge = Judge(World(of))
    whole = matrix(judge)
    return {f"{one.cell.caller} → {one.cell.callee}": one for one in enforcement(judge, whole, whole.cells)}


def said(one: Enforcement) -> tuple[str, tuple[str, ...], tuple[str, ...], bool]:
    return one.by, one.network, one.asks, one.advised


@pytest.fixture(scope="module")
def sound() -> Plan:
    return plan(environments.resolved(environments.declared()))


def test_each_call_says_what_keeps_others_out(sound: Plan) -> None:
    pods, nothing = ("every pod of cluster/east", "every pod of cluster/west"), "nothing"

    assert {name: said(one) for name, one in enforced(sound).items()} == {
        "ingress/public → storefront": ("policy", ("clients at 203.0.113.0/24",), ("certificate",), False),
        "storefront → orders": ("policy", pods[:1], ("caller", "method", "path"), True),
        "orders → ledger": ("policy", pods, ("caller", "method", "path"), True),
        "orders → orders-db": ("network", pods, (), True),
        "ledger → payments": (nothing, ("everybody in the networks",), (), True),
    }


def test_a_gateway_that_asks_for_a_name_says_so() -> None:
    declared = environments.declared()
    declared["routes"].append({"from": "ingress/partners", "to": "orders", "port": "http", "http": [{"paths": ["/*"]}]})

    found = enforced(plan(environments.resolved(declared)))["ingress/partners → orders"]

    assert found.cell.port.number == 8080, "the gateway leads to no other port"
    assert said(found) == ("policy", ("clients at 10.99.0.0/16",), ("certificate", "its name"), False)


def test_a_managed_database_is_held_by_its_whole_range() -> None:
    declared = environments.declared()
    declared["routes"].append({"from": "ledger", "to": "invoices-db", "tcp": "sql"})

    found = enforced(plan(environments.resolved(declared)))["ledger → invoices-db"]

    assert (found.by, found.network) == ("network", ("machine/ledger-0",))
    assert found.notes == ("all of 10.30.192.0/18 is reached at 5432, not only invoices-db",)


def test_two_databases_of_one_network_let_each_others_callers_in() -> None:
    declared = environments.declared()
    other = {**declared["workloads"]["invoices-db"], "managed": {"host": "b.mysql.example", "network": "machines"}}
    declared["workloads"]["other-db"] = other
    declared["routes"] += [
        {"from": "ledger", "to": "invoices-db", "tcp": "sql"},
        {"from": "storefront", "to": "other-db", "tcp": "sql"},
    ]

    found = enforced(plan(environments.resolved(declared)))["ledger → invoices-db"]

    assert found.network == ("machine/ledger-0", "all of subnet/east/nodes")


def test_a_server_that_speaks_first_is_noted() -> None:
    declared = environments.declared()
    declared["workloads"]["stock-db"] = {
        "cluster": "east",
        "namespace": "shop",
        "kind": "mysql",
        "ports": {"sql": 3306},
    }
    declared["routes"].append({"from": "storefront", "to": "stock-db", "tcp": "sql"})

    found = enforced(plan(environments.resolved(declared)))["storefront → stock-db"]

    assert said(found) == ("policy", ("every pod of cluster/east",), ("caller",), True)
    assert found.notes == ("its server speaks first, before its sidecar knows who calls",)


def test_without_policies_only_the_network_is_left(sound: Plan) -> None:
    kinds = ("AuthorizationPolicy", "PeerAuthentication")
    without = replace(sound, objects=tuple(item for item in sound.objects if item.manifest["kind"] not in kinds))

    assert said(enforced(without)["orders → ledger"]) == (
        "network",
        ("every pod of cluster/east", "every pod of cluster/west"),
        (),
        True,
    )


def test_plaintext_that_is_let_in_leaves_no_identity(sound: Plan) -> None:
    """A policy that names the caller still refuses whoever has no certificate."""
    without = replace(
        sound, objects=tuple(item for item in sound.objects if item.manifest["kind"] != "PeerAuthentication")
    )

    assert enforced(without)["orders → ledger"].by == "policy"


def test_a_policy_that_names_a_namespace_keeps_nobody_of_it_out(sound: Plan) -> None:
    def widened(rule: dict[str, Any]) -> dict[str, Any]:
        return {**rule, "from": [{"source": {"namespaces": ["shop"]}}]}

    objects = tuple(
        replace(item, manifest={**item.manifest, "spec": {**spec, "rules": list(map(widened, spec["rules"]))}})
        if item.name == "east/finance/AuthorizationPolicy/ledger" and (spec := item.manifest["spec"])
        else item
        for item in sound.objects
    )

    assert said(enforced(replace(sound, objects=objects))["orders → ledger"])[::2] == ("network", ("method", "path"))


def test_a_security_group_that_lets_all_of_a_network_in_is_seen(sound: Plan) -> None:
    def opened(rule: dict[str, Any]) -> dict[str, Any]:
        return {**rule, "access": "Allow"} if rule["name"].startswith("deny-virtual-network") else rule

    azure = tuple(
        replace(
            item, properties={**item.properties, "securityRules": list(map(opened, item.properties["securityRules"]))}
        )
        if "securityRules" in item.properties
        else item
        for item in sound.azure
    )

    assert said(enforced(replace(sound, azure=azure))["orders → orders-db"])[:2] == (
        "nothing",
        ("everybody in the networks",),
    )


def test_without_sidecar_resources_nobody_is_advised(sound: Plan) -> None:
    without = replace(sound, objects=tuple(item for item in sound.objects if item.manifest["kind"] != "Sidecar"))

    assert not enforced(without)["storefront → orders"].advised
