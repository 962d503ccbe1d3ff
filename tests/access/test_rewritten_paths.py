"""Requests that a gateway rewrites, and questions of browsers that it answers."""

from dataclasses import replace
from pathlib import Path

import pytest

from mesh.access.attempts import Attempt, Request, Verdict
from mesh.access.judge import Judge
from mesh.access.matrix import matrix
from mesh.access.world import World
from mesh.files import stacks
from mesh.findings import of_plan
from mesh.plan import Plan
from mesh.render import plan
from tests.changed_plans import with_object

CASES = Path(__file__).parents[1] / "cases"
REWRITING = plan(stacks.environment(CASES / "ingress" / "ingress-rewrites-a-prefix" / "stack.yaml"))
ANSWERING = plan(stacks.environment(CASES / "traffic" / "cors-of-a-website" / "stack.yaml"))
ROUTES = "east/istio-ingress/VirtualService/shop.example.com"
WEBSITE = "https://www.example.com"


def asked(plan: Plan, callee: str, method: str, path: str, **headers: str) -> Verdict:
    told = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    request = Request(method, path, "shop.example.com", told)
    return Judge(World(plan)).verdict(Attempt("ingress/public", callee, 8080, request))


@pytest.mark.parametrize(
    ("method", "path", "passes"),
    [
        ("GET", "/api/orders/17", True),
        ("DELETE", "/api/orders/", True),
        ("GET", "/api/health", True),
        ("POST", "/api/health", False),
        ("GET", "/orders/17", False),
        ("GET", "/healthz", False),
    ],
)
def test_a_client_sends_the_path_before_it_is_rewritten(method: str, path: str, passes: bool) -> None:
    assert asked(REWRITING, "orders", method, path).allowed is passes


def test_the_matrix_shows_the_paths_of_the_clients() -> None:
    (cell,) = (
        cell
        for cell in matrix(Judge(World(REWRITING))).cells
        if (cell.caller, cell.callee) == ("ingress/public", "orders")
    )

    assert set(map(str, cell.openings)) == {"* shop.example.com/api/orders/*", "GET shop.example.com/api/health"}


def test_a_rewrite_to_a_path_that_the_callee_refuses_breaks_the_route() -> None:
    routes = next(item for item in REWRITING.objects if item.name == ROUTES)
    http = [
        {**entry, "rewrite": {"uri": "/admin/"}} if entry.get("rewrite") == {"uri": "/orders/"} else entry
        for entry in routes.manifest["spec"]["http"]
    ]
    changed = replace(routes, manifest={**routes.manifest, "spec": {**routes.manifest["spec"], "http": http}})

    found = {(finding.code, finding.subject) for finding in of_plan(with_object(REWRITING, changed))}

    assert ("route-works-in-part", "ingress/public to orders:8080") in found


def test_a_preflight_is_answered_by_the_gateway() -> None:
    verdict = asked(ANSWERING, "orders", "OPTIONS", "/orders/1", origin=WEBSITE, access_control_request_method="GET")

    assert not verdict.possible
    assert verdict.ways[0].steps[-1].text.endswith("has the proxy answer the browser itself (CORS)")


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": WEBSITE}, {"origin": "https://evil.example", "access_control_request_method": "GET"}],
)
def test_other_options_are_refused_by_the_gateways_policy(headers: dict[str, str]) -> None:
    verdict = asked(ANSWERING, "orders", "OPTIONS", "/orders/1", **headers)

    assert not verdict.possible
    assert verdict.ways[0].steps[-1].layer in ("authorization", "gateway")


def test_what_is_declared_so_has_no_errors() -> None:
    for sound in (REWRITING, ANSWERING):
        assert [finding for finding in of_plan(sound) if finding.severity == "error"] == []
