"""Log lines in their shapes → the routes that are proposed, and what is listed apart."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from mesh.commands.cli import app

PROD = Path(__file__).parents[2] / "stacks" / "Pulumi.prod.yaml"
ID = "0b6e3a52-9d0f-4c1b-8a57-2f1f6f1f8e11"


def text(
    pod: str,
    callee: str,
    port: int,
    request: str = "",
    code: int = 200,
    agent: str = "go",
    sni: str = "-",
    flags: str = "-",
) -> str:
    """A line in Istio's default format, as kubectl logs --prefix shows it."""
    said = f'"{request} HTTP/2"' if request else '"- - -"'
    return (
        f"[pod/{pod}/istio-proxy] [2026-11-28T10:00:00.000Z] {said} {code if request else 0} {flags} via_upstream - "
        f'"-" 120 340 3 2 "-" "{agent}" "a1" "{callee}:{port}" "10.244.0.9:{port}" outbound|{port}||{callee} '
        f"10.244.0.7:41000 172.16.0.9:{port} 10.244.0.7:41001 {sni} default"
    )


def learned(tmp_path: Path, lines: list[str], stack: Path = PROD, *options: str) -> dict[str, Any]:
    log = tmp_path / "log"
    log.write_text("\n".join(lines) + "\n")
    done = CliRunner().invoke(app, ["learn", str(log), "-f", str(stack), "--format", "json", *options])
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


def proposed(found: dict[str, Any]) -> list[tuple[str, str, str, str | None, str | None]]:
    return [
        (route["from"], route["to"], route["port"], seen["method"], seen["path"])
        for route in found["routes"]
        for seen in route["seen"]
    ]


SEARCH = "search-7d9c5b7f44-x2x9z"
CART = "cart.shop.svc.cluster.local"


def test_ids_become_holes_and_what_has_one_value_stays_as_it_is(tmp_path: Path) -> None:
    lines = [text(SEARCH, CART, 8080, f"GET /items/{number}/notes/7") for number in (1, 2, 3)]

    found = learned(tmp_path, lines)

    assert proposed(found) == [("search", "cart", "http", "GET", "/items/{*}/notes/7")]
    assert found["routes"][0]["seen"][0]["values"] == [3]


def test_json_tcp_gateway_and_observe_lines(tmp_path: Path) -> None:
    as_json = json.dumps(
        {
            "start_time": "2026-11-28T10:00:00.000Z",
            "method": "PUT",
            "path": "/stock?x=1",
            "response_code": 204,
            "response_flags": "-",
            "upstream_cluster": "outbound|8080||cart.shop.svc.cluster.local",
            "requested_server_name": None,
        }
    )
    wrapped = json.dumps({"PodName": SEARCH, "LogMessage": as_json})
    gateway = text("ingress-partners-6f7c8d9b5c-k2x9z", CART, 8080, "GET /basket", sni="partners.shop.example")
    observed = json.dumps(
        {
            "undeclared_call": "spiffe://shop.example/ns/shop/sa/search",
            "to": "spiffe://shop.example/ns/accounts/sa/login",
            "at": "10.244.0.9:8080",
            "method": "GET",
            "path": f"/sessions/{ID}",
            "time": "2026-11-28T10:00:00.000Z",
        }
    )
    database = text(SEARCH, "orders-db.finance.svc.cluster.local", 5432)

    found = learned(tmp_path, [wrapped, gateway, observed, database] * 2)

    assert proposed(found) == [
        ("ingress/partners", "cart", "http", "GET", "/basket"),
        ("search", "cart", "http", "PUT", "/stock"),
        ("search", "login", "http", "GET", f"/sessions/{ID}"),
        ("search", "orders-db", "sql", None, None),
    ]


@pytest.mark.parametrize(
    ("request_", "code", "agent", "reason"),
    [
        ("GET /admin", 404, "go", "never answered with success"),
        ("GET /a/../secret", 200, "go", "looks like an attack: its path"),
        ("GET /.env", 200, "go", "looks like an attack: its path"),
        ("TRACE /cart", 200, "go", "odd method"),
        ("GET /healthz", 200, "go", "health check: its path"),
        ("GET /x", 200, "kube-probe/1.34", "health check or scanner: its user agent"),
    ],
)
def test_scans_and_probes_are_apart(tmp_path: Path, request_: str, code: int, agent: str, reason: str) -> None:
    found = learned(tmp_path, [text(SEARCH, CART, 8080, request_, code, agent)] * 9)

    assert proposed(found) == []
    assert [(apart["reason"], apart["calls"]) for apart in found["apart"]] == [(reason, 9)]


def test_least_says_how_often_a_request_must_be_answered(tmp_path: Path) -> None:
    found = learned(tmp_path, [text(SEARCH, CART, 8080, "GET /once")], PROD, "--least", "2")

    assert proposed(found) == []
    assert found["apart"][0]["reason"] == "answered less than 2 times"


def test_traffic_of_the_declared_routes_gives_them_back(tmp_path: Path) -> None:
    """Read from the file itself: its routes are removed, traffic is drawn from them, and they are learned again."""
    document = yaml.safe_load(PROD.read_text())
    environment = document["config"]["hybrid-mesh:environment"]
    routes, workloads = environment["routes"], environment["workloads"]
    lines, expected = [], set()
    for route in routes:
        callee = workloads[route["to"]]
        outside = callee.get("managed") or callee.get("function")
        hosts = callee["external"]["hosts"] if "external" in callee else [outside["host"]] if outside else []
        host = hosts[0] if hosts else f"{route['to']}.{callee['namespace']}.svc.cluster.local"
        port, number = next(iter(callee["ports"].items()))
        number = number["number"] if isinstance(number, dict) else number
        pod = f"{route['from'].replace('/', '-')}-7d9c5b7f44-x2x9z"
        if "tcp" in route:
            lines.append(text(pod, host, number))
            expected.add((route["from"], route["to"], port, None, None))
        for rule in route.get("http", ()):
            for method in rule.get("methods", ["GET", "DELETE"]):
                for path in rule["paths"]:
                    asked = path.replace("*", "things")
                    lines += [text(pod, host, number, f"{method} {asked}")] * 2
                    expected.add((route["from"], route["to"], port, method, asked))
    whole = learned(tmp_path, lines)
    assert (whole["routes"], whole["apart"], whole["unused"]) == ([], [], [])
    environment |= {"routes": [], "traffic": {}, "accept": []}
    bare = tmp_path / "Pulumi.prod.yaml"
    bare.write_text(yaml.safe_dump(document))

    assert set(proposed(learned(tmp_path, lines, bare))) == expected


def test_a_gzipped_log_and_lines_that_are_no_calls(tmp_path: Path) -> None:
    log = tmp_path / "log.gz"
    log.write_bytes(gzip.compress(f"{text(SEARCH, CART, 8080, 'GET /a')}\n2026-11-28 info starting\n".encode()))

    done = CliRunner().invoke(app, ["learn", str(log), "-f", str(PROD)])

    assert done.exit_code == 0
    assert "No calls, or not readable: 1 line." in done.output


@pytest.mark.parametrize(("contents", "says"), [("", "the logs are empty"), ("hello\n", "none of 1 lines is a call")])
def test_nothing_to_read_is_wrong_use(tmp_path: Path, contents: str, says: str) -> None:
    log = tmp_path / "log"
    log.write_text(contents)

    done = CliRunner().invoke(app, ["learn", str(log), "-f", str(PROD)])

    assert done.exit_code == 2
    assert says in done.output


def test_a_missing_file_is_wrong_use() -> None:
    done = CliRunner().invoke(app, ["learn", "/nowhere", "-f", str(PROD)])

    assert done.exit_code == 2
    assert "/nowhere: cannot be read" in done.output


def test_a_service_account_of_the_same_name_elsewhere_is_another_caller(tmp_path: Path) -> None:
    observed = {
        "undeclared_call": "spiffe://shop.example/ns/elsewhere/sa/search",
        "to": "spiffe://shop.example/ns/shop/sa/cart",
        "at": "10.244.0.9:8080",
        "method": "GET",
        "path": "/x",
        "code": 200,
    }

    found = learned(tmp_path, [json.dumps(observed)])

    assert proposed(found) == []
    assert found["apart"][0]["from"] == "<spiffe://shop.example/ns/elsewhere/sa/search>"


@pytest.mark.parametrize(
    ("pod", "caller"),
    [
        ("search-7d9c5b7f44-x2x9z", "search"),
        ("search-v2-7d9c5b7f44-x2x9z", "search"),
        ("search-0", "search"),
        ("search-x2x9z", "search"),
        ("search-29384756-x2x9z", "search"),
        ("search-proxy-7d9c5b7f44-x2x9z", "<pod search-proxy-7d9c5b7f44-x2x9z>"),
        ("search-proxy", "<pod search-proxy>"),
    ],
)
def test_a_pod_is_of_the_workload_whose_name_it_has_and_of_no_longer_one(tmp_path: Path, pod: str, caller: str) -> None:
    found = learned(tmp_path, [text(pod, CART, 8080, "GET /x")])

    assert [item["from"] for item in (*found["routes"], *found["apart"])] == [caller]


@pytest.mark.parametrize("path", ["/*", "/{*}", "/a/{**}", "/x/*/y", '/"x', "/\\u001b[2J", "/a/\\u0000"])
def test_a_caller_cannot_write_a_pattern_or_a_terminals_commands(tmp_path: Path, path: str) -> None:
    line = (
        f'{{"method": "GET", "path": "{path if path[1] != chr(34) else chr(47)}", "response_code": 200, '
        '"upstream_cluster": "outbound|8080||cart.shop.svc.cluster.local"}'
    )

    found = learned(tmp_path, [f"[pod/{SEARCH}/istio-proxy] {line}"])

    assert all("*" not in (path or "") for *_, path in proposed(found))
    assert "\x1b" not in json.dumps(found, ensure_ascii=False)


def test_a_declared_value_of_a_hole_is_not_proposed_again(tmp_path: Path) -> None:
    stack = tmp_path / PROD.name
    declared = "- {from: search, to: cart, http: [{methods: [GET], paths: [/items/7, /items/8]}]}"
    stack.write_text(PROD.read_text().replace("    routes:\n", f"    routes:\n      {declared}\n", 1))

    known = learned(tmp_path, [text(SEARCH, CART, 8080, f"GET /items/{number}") for number in (7, 8)], stack)
    more = learned(tmp_path, [text(SEARCH, CART, 8080, f"GET /items/{number}") for number in (7, 9)], stack)

    assert (proposed(known), known["apart"]) == ([], [])
    assert proposed(more) == [("search", "cart", "http", "GET", "/items/9")]
    assert more["routes"][0]["declared"] is True


def test_a_client_whose_requests_mostly_fail_scans_and_what_it_alone_asked_for_is_apart(tmp_path: Path) -> None:
    scanned = [text(SEARCH, CART, 8080, f"GET /try-{name}", 404) for name in "abcdef"]
    answered = text(SEARCH, CART, 8080, "GET /index.html")

    found = learned(tmp_path, [*scanned, answered])

    assert proposed(found) == []
    assert {item["reason"] for item in found["apart"] if item["path"] == "/index.html"} == {
        "looks like a scan: most requests of its clients fail"
    }


def test_both_sides_of_a_call_count_once(tmp_path: Path) -> None:
    outbound = text(SEARCH, CART, 8080, "GET /x")
    observed = {
        "undeclared_call": "spiffe://shop.example/ns/shop/sa/search",
        "to": "spiffe://shop.example/ns/shop/sa/cart",
        "at": "10.244.0.9:8080",
        "method": "GET",
        "path": "/x",
        "code": 200,
    }

    [route] = learned(tmp_path, [outbound, json.dumps(observed)] * 3)["routes"]

    assert [seen["calls"] for seen in route["seen"]] == [3]


def test_an_address_that_the_caller_wrote_itself_names_no_machine(tmp_path: Path) -> None:
    """Envoy shows an address of X-Forwarded-For with port 0."""
    head = '[2026-11-28T10:00:00.000Z] "GET /x HTTP/2" 200 - via_upstream - "-" 0 9 3 2 "-" "go" "a1" "cart:8080" '
    line = (
        f'{head}"10.244.0.9:8080" inbound|8080|| 127.0.0.6:1 10.244.0.9:8080 10.30.0.10:{{}} '
        f"outbound_.8080_._.{CART} default"
    )

    forged, real = learned(tmp_path, [line.format(0)]), learned(tmp_path, [line.format(41000)])

    assert (forged["routes"], forged["lines"]["unnamed"]) == ([], 1)
    assert [route["from"] for route in real["routes"]] == ["ledger"]


def test_hosts_of_a_gateway_are_proposed_as_they_were_asked_for(tmp_path: Path) -> None:
    gateway = text("ingress-public-6f7c8d9b5c-k2x9z", CART, 8080, "GET /basket", sni="www.shop.example.com")
    line = gateway.replace(f'"{CART}:8080"', '"www.shop.example.com"')

    done = CliRunner().invoke(app, ["learn", "-", "-f", str(PROD), "--format", "yaml"], input=f"{line}\n")

    assert done.stdout == (
        "- {from: ingress/public, to: cart, http: "
        "[{methods: [GET], paths: [/basket], hosts: [www.shop.example.com]}]}\n"
    )


def test_a_table_of_proposals_and_one_of_unused_routes(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(f"{text(SEARCH, 'orders-db.finance.svc.cluster.local', 5432)}\n")

    proposals = CliRunner().invoke(app, ["learn", str(log), "-f", str(PROD)]).output
    unused = CliRunner().invoke(app, ["learn", str(log), "-f", str(PROD), "--unused"]).output

    assert "search" in proposals
    assert "access_logs is errors: what succeeds is not logged" in proposals
    assert [line.split() for line in unused.splitlines()[1:3]] == [
        ["cart", "orders:8080"],
        ["cart", "pricing:9000"],
    ]
