"""Drift → how each of it is put back, and the objects as they are written."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import environments
import pytest
from live_environments import Behind, live_of

from mesh.plan import Plan
from mesh.render import plan as planned
from mesh.review.drift import repairs, restoring
from mesh.review.drift.differences import Difference
from mesh.review.drift.report import drift

SECURITY = "security.istio.io/v1"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned(environments.lab_without_network_policies())


def means(plan: Plan, change: Callable[[Behind], Any], *named: str) -> list[tuple[str, str]]:
    behind = Behind(live_of(plan))
    change(behind)
    found = drift("lab", plan, behind.live, {})
    return [(item.change.subject, item.means) for item in repairs.repairs(plan, behind.live, found, named)]


def test_nothing_is_put_back_where_nothing_differs(plan: Plan) -> None:
    assert means(plan, lambda behind: None) == []


def test_an_object_that_differs_is_put_back_on_its_cluster(plan: Plan) -> None:
    def opened(behind: Behind) -> None:
        behind.object("east/shop/AuthorizationPolicy/cart")["spec"]["rules"].append({})

    assert means(plan, opened) == [("east/shop/AuthorizationPolicy/cart", "cluster")]


def test_a_policy_that_is_gone_is_put_back_on_its_cluster_and_an_account_by_an_update(plan: Plan) -> None:
    policy, account = "east/shop/AuthorizationPolicy/cart", "east/shop/ServiceAccount/cart"

    assert means(plan, lambda behind: behind.delete(policy)) == [(policy, "cluster")]
    assert means(plan, lambda behind: behind.delete(account)) == [(account, "update")]


def test_a_security_group_is_put_back_by_an_update(plan: Plan) -> None:
    def opened(behind: Behind) -> None:
        behind.azure["nsg/east/nodes"]["securityRules"].append({"name": "by-hand", "access": "Allow"})

    assert means(plan, opened) == [("nsg/east/nodes", "update")]


def test_what_a_refresh_has_dropped_from_the_state_is_still_missing(plan: Plan) -> None:
    live = live_of(plan)
    azure = {name: value for name, value in live.azure.items() if name != "peering/east/west"}
    deployed = {name: value for name, value in live.deployed.items() if name != "peering/east/west"}
    found = drift("lab", plan, replace(live, azure=azure, deployed=deployed), {})

    assert [(item.change.subject, item.change.what) for item in found.drifted] == [("peering/east/west", "missing")]


def test_what_nobody_declared_is_deleted_only_where_it_is_named(plan: Plan) -> None:
    def added(behind: Behind) -> None:
        behind.add("east", SECURITY, "AuthorizationPolicy", "shop", "mine", spec={"rules": [{}]})

    subject = "east/shop/AuthorizationPolicy/mine"

    assert means(plan, added) == [(subject, "nobody")]
    assert means(plan, added, "AuthorizationPolicy/shop/mine@east") == [(subject, "deletion")]


def test_a_name_that_nothing_foreign_has_is_unknown(plan: Plan) -> None:
    live = live_of(plan)

    assert repairs.unknown(drift("lab", plan, live, {}), ["AuthorizationPolicy/shop/cart@east"]) == (
        "AuthorizationPolicy/shop/cart@east",
    )


def test_what_was_added_goes_from_the_end_of_a_list_on() -> None:
    live = {"spec": {"rules": [{"a": 1}, {"b": 2}, {"c": 3}], "mode": "PERMISSIVE"}}

    assert restoring.undone(
        live,
        [
            Difference("spec.rules[0]", "added", live={"a": 1}),
            Difference("spec.rules[2]", "added", live={"c": 3}),
            Difference("spec.mode", "changed", "STRICT", "PERMISSIVE"),
            Difference("spec.selector", "removed", {"app": "cart"}),
        ],
    ) == {"spec": {"rules": [{"b": 2}], "mode": "STRICT", "selector": {"app": "cart"}}}


def test_of_a_map_that_was_added_the_servers_own_keys_stay() -> None:
    live = {"metadata": {"annotations": {"theirs": "x", "server": "y"}}}

    assert restoring.undone(live, [Difference("metadata.annotations", "added", live={"theirs": "x"})]) == {
        "metadata": {"annotations": {"server": "y"}}
    }


def test_an_element_that_was_taken_away_comes_back_beside_the_others() -> None:
    live = {"items": [{"name": "b"}]}

    assert restoring.undone(live, [Difference("items[0]", "removed", "a")]) == {"items": ["a", {"name": "b"}]}
