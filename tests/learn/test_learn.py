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
    gateway = text("ingress-partners-6f7c8d9b5c-abcde", CART, 8080, "GET /basket", sni="partners.shop.example")
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
        ("GET /healthz", 200, "go", "health check"),
        ("GET /x", 200, "kube-probe/1.34", "health probe or scanner: its user agent"),
    ],
)
def test_scans_and_probes_are_apart(tmp_path: Path, request_: str, code: int, agent: str, reason: str) -> None:
    found = learned(tmp_path, [text(SEARCH, CART, 8080, request_, code, agent)] * 9)

    assert proposed(found) == []
    assert [(apart["reason"], apart["lines"]) for apart in found["apart"]] == [(reason, 9)]


def test_a_path_seen_once_is_apart(tmp_path: Path) -> None:
    found = learned(tmp_path, [text(SEARCH, CART, 8080, "GET /once")])

    assert proposed(found) == []
    assert found["apart"][0]["reason"] == "seen less than 2 times"


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
    assert "1 lines are no calls, or could not be read." in done.output


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
