"""Tokens of users: a request that needs one is refused without it, with another's, and without its claims."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mesh.access.attempts import Attempt, Request, Token, Verdict
from mesh.access.judge import Judge
from mesh.access.world import World
from mesh.files import stacks
from mesh.findings import of_plan
from mesh.plan import Plan
from mesh.render import plan
from tests.changed_plans import with_object, without

CASE = Path(__file__).parents[1] / "cases" / "ingress" / "ingress-for-users-with-tokens" / "stack.yaml"
PLAN = plan(stacks.environment(CASE))
ISSUER = "https://login.example.com/"
ADMIN = Token(ISSUER, ("api",), (("roles", "admin"),))
GATEWAY = "east/istio-ingress/AuthorizationPolicy/ingress-public"
TOKENS = "east/istio-ingress/RequestAuthentication/ingress-public"


def asked(callee: str, path: str, token: Token | None, plan: Plan = PLAN, caller: str = "ingress/public") -> Verdict:
    host = "shop.example.com" if caller.startswith("ingress/") else None
    return Judge(World(plan)).verdict(Attempt(caller, callee, 8080, Request("GET", path, host, token=token)))


def changed(name: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Plan:
    item = next(item for item in PLAN.objects if item.name == name)
    return with_object(PLAN, replace(item, manifest={**item.manifest, "spec": change(dict(item.manifest["spec"]))}))


def errors(plan: Plan) -> set[tuple[str, str]]:
    return {(finding.code, finding.subject) for finding in of_plan(plan) if finding.severity == "error"}


@pytest.mark.parametrize(
    ("token", "passes"),
    [
        (ADMIN, True),
        (None, False),
        (Token(ISSUER, ("api",), (("roles", "guest"),)), False),
        (Token(ISSUER, ("api",)), False),
        (Token(ISSUER, ("other",), (("roles", "admin"),)), False),
        (Token("https://evil.example", ("api",), (("roles", "admin"),)), False),
    ],
)
def test_a_client_needs_the_token_and_its_claims(token: Token | None, passes: bool) -> None:
    assert asked("admin", "/admin/x", token).possible is passes


def test_other_paths_need_none() -> None:
    assert asked("storefront", "/cart", None).allowed
    assert not asked("storefront", "/admin/x", None).possible


def test_a_workload_needs_its_users_token_beside_its_identity() -> None:
    assert asked("orders", "/orders/1", Token(ISSUER, ("api",)), caller="storefront").allowed
    assert not asked("orders", "/orders/1", None, caller="storefront").possible


def test_what_is_declared_so_has_no_errors() -> None:
    assert errors(PLAN) == set()


def test_a_policy_that_asks_for_no_token_is_found() -> None:
    def without_token(spec: dict[str, Any]) -> dict[str, Any]:
        return {**spec, "rules": [{"to": rule["to"], "from": [{"source": {"ipBlocks": ["203.0.113.0/24"]}}]}
                                  for rule in spec["rules"]]}  # fmt: skip

    assert ("token-not-asked", "ingress/public to admin:8080") in errors(changed(GATEWAY, without_token))


def test_without_a_request_authentication_nobody_gets_in() -> None:
    assert ("route-does-not-work", "ingress/public to admin:8080") in errors(without(PLAN, TOKENS))


def test_keys_of_others_are_found() -> None:
    def other_keys(spec: dict[str, Any]) -> dict[str, Any]:
        return {**spec, "jwtRules": [{**rule, "jwksUri": "https://evil.example/keys"} for rule in spec["jwtRules"]]}

    assert ("tokens-of-others", f"{TOKENS}: rule 1") in errors(changed(TOKENS, other_keys))
