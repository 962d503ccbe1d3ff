"""`mesh access`, as somebody at a terminal, a script and a pull request meet it."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from environments import TEXT
from rich.console import Console
from typer.testing import CliRunner

from mesh.commands import app, command_line

FILE = "Pulumi.shop.yaml"
LISTED = """\
caller → callee              port       what
ingress/public → storefront  8080 http  shop.example.com: any method /*
ledger → payments            443 https
orders → ledger              9000 grpc  POST /ledger.Ledger/*
orders → orders-db           5432 sql
storefront → orders          8080 http  GET, POST /orders, /orders/*

open to clients  hosts             from             certificate
api-server/east                    everybody
api-server/west                    198.51.100.0/24
ingress/public   shop.example.com  203.0.113.0/24   asked
Pulumi.shop.yaml: 6 callers, 8 callees: 5 of 49 calls are open.
"""
GRID = """\
┌────────────────┬────────┬──────────┬───────────┬──────────┬────────────┐
│                │ ledger │ orders   │ orders-db │ payments │ storefront │
├────────────────┼────────┼──────────┼───────────┼──────────┼────────────┤
│ ingress/public │        │          │           │          │ any        │
│ ledger         │        │          │           │ https    │            │
│ orders         │ POST   │          │ sql       │          │            │
│ storefront     │        │ GET POST │           │          │            │
└────────────────┴────────┴──────────┴───────────┴──────────┴────────────┘

open to clients  hosts             from             certificate
api-server/east                    everybody
api-server/west                    198.51.100.0/24
ingress/public   shop.example.com  203.0.113.0/24   asked
Pulumi.shop.yaml: 6 callers, 8 callees: 5 of 49 calls are open.
"""
NARROW = """\
ingress/public → storefront
  port: 8080 http
  what: shop.example.com: any method /*
ledger → payments
  port: 443 https
"""


@pytest.fixture(autouse=True)
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path(FILE)
    path.write_bytes(TEXT)
    return path


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["access", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def shown(width: int, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """On a terminal that wide."""
    screen = io.StringIO()
    console = Console(file=screen, width=width, highlight=False, no_color=True)
    monkeypatch.setattr(command_line, "console", lambda: console)
    monkeypatch.setattr(command_line, "is_terminal", lambda: True)
    run(*arguments)
    return screen.getvalue()


def test_a_pipe_gets_a_line_for_each_call_that_is_open() -> None:
    assert run(FILE) == (0, LISTED, "")


def test_a_terminal_gets_a_grid_where_it_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(80, monkeypatch, FILE) == GRID


def test_a_narrower_terminal_gets_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(72, monkeypatch, FILE) == LISTED


def test_a_narrow_terminal_gets_no_line_that_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(40, monkeypatch, FILE).startswith(NARROW)


def test_namespaces_are_counted_with_each_other() -> None:
    _, out, _ = run(FILE, "--layout", "namespaces")

    assert "│ shop           │ 2       │ 1    │\n" in out


@pytest.mark.parametrize(
    ("arguments", "pairs"),
    [
        (["--from", "orders"], ["orders → ledger", "orders → orders-db"]),
        (["--from", "shop/", "--to", "finance/*"], ["orders → ledger", "orders → orders-db"]),
        (["--from", "ingress/"], ["ingress/public → storefront"]),
        (["--from", "ingress/east/public"], ["ingress/public → storefront"]),
        (["--to", "*-db", "--to", "payments"], ["ledger → payments", "orders → orders-db"]),
        (["--port", "http"], ["ingress/public → storefront", "storefront → orders"]),
        (["--port", "5432"], ["orders → orders-db"]),
        (["--undeclared"], []),
        (["--declared", "--to", "orders"], ["storefront → orders"]),
    ],
)
def test_a_part_can_be_asked_for(arguments: list[str], pairs: list[str]) -> None:
    _, out, _ = run(FILE, *arguments)

    assert re.findall(r"^(\S+ → \S+)  ", out.replace("caller → callee", ""), re.MULTILINE) == pairs


def test_a_misspelt_name_is_guessed() -> None:
    assert run(FILE, "--from", "ordrs") == (2, "", '--from: nobody is called "ordrs". Did you mean orders?\n')


def test_a_misspelt_name_of_a_namespace_is_guessed_too() -> None:
    assert run(FILE, "--from", "shop/ordrs")[2].endswith("Did you mean shop/orders?\n")


def test_of_many_names_a_few_are_listed() -> None:
    known = [f"workload-{number:03}" for number in range(1000)]

    assert command_line.fix("xyz", ()) == "There are none."
    assert command_line.fix("xyz", ("storefront",)) == "There is only storefront."
    assert command_line.fix("xyz", known) == (
        "There are workload-000, workload-001, workload-002, workload-003, workload-004 and 995 more."
    )


def test_an_unknown_name_gets_the_list_of_all() -> None:
    known = "ingress/partners, ingress/public, ledger, legacy, orders and storefront"

    assert run(FILE, "--from", "xyz") == (2, "", f'--from: nobody is called "xyz". There are {known}.\n')


def test_a_bad_stack_file_is_told_as_by_check(stack: Path) -> None:
    stack.write_bytes(TEXT.replace(b"to: payments", b"to: paymants"))

    assert run(FILE) == (
        2,
        "",
        'Pulumi.shop.yaml:53: routes[4].to: there is no workload "paymants". Did you mean payments?\n'
        "Pulumi.shop.yaml: 1 problem.\n",
    )


def test_without_a_file_it_is_the_labs_which_is_said_where_there_is_none() -> None:
    assert run()[2].startswith("stacks/Pulumi.lab.yaml: there is no such file.")


def test_csv_has_a_row_for_each_kind_of_request() -> None:
    rows = list(csv.DictReader(io.StringIO(run(FILE, "--format", "csv", "--to", "orders")[1])))

    assert [(row["caller"], row["method"], row["path"], row["standing"]) for row in rows] == [
        ("storefront", "GET", "/orders", "declared"),
        ("storefront", "GET", "/orders/*", "declared"),
        ("storefront", "POST", "/orders", "declared"),
        ("storefront", "POST", "/orders/*", "declared"),
    ]


def test_json_says_what_lets_a_call_through() -> None:
    found = json.loads(run(FILE, "--format", "json", "--to", "orders-db")[1])

    assert found["open"] == [
        {
            "caller": "orders",
            "callee": "orders-db",
            "port": {"name": "sql", "number": 5432, "protocol": "tcp"},
            "outcome": "passes",
            "standing": "declared",
            "requests": [],
            "by": ["west/finance/WorkloadEntry/orders-db-vault-db"],
            "network_alone": False,
        }
    ]


def opened_to_the_world(stack: Path) -> None:
    text = stack.read_bytes()
    for before, after in ((b"tls: {certificate: shop}", b"tls: {certificate: shop, mode: simple}"),
                          (b"allow_from: [203.0.113.0/24]", b"allow_from: [0.0.0.0/0]")):  # fmt: skip
        assert before in text
        text = text.replace(before, after)
    stack.write_bytes(text)


@pytest.mark.parametrize("format", ["table", "json", "csv", "html", "md"])
def test_a_gateway_opened_to_the_world_shows_in_every_format(stack: Path, format: str) -> None:
    _, before, _ = run(FILE, "--format", format)
    opened_to_the_world(stack)
    _, after, _ = run(FILE, "--format", format)

    assert "203.0.113.0/24" in before
    assert "203.0.113.0/24" not in after
    assert "not asked" in after


def test_json_says_who_reaches_a_gateway(stack: Path) -> None:
    opened_to_the_world(stack)

    exposed = json.loads(run(FILE, "--format", "json")[1])["exposed"]

    assert exposed[-1] == {
        "to": "ingress/public",
        "hosts": ["shop.example.com"],
        "public": True,
        "clients": ["0.0.0.0/0"],
        "certificate": "not asked",
        "names": [],
    }


@pytest.mark.parametrize("format", ["json", "csv", "html"])
def test_another_namespace_is_another_identity_and_another_host(stack: Path, format: str) -> None:
    _, before, _ = run(FILE, "--format", format)
    stack.write_bytes(stack.read_bytes().replace(b"namespace: shop", b"namespace: retail"))
    _, after, _ = run(FILE, "--format", format)

    for old, new in (("ns/shop/sa/storefront", "ns/retail/sa/storefront"),
                     ("orders.shop.svc.cluster.local", "orders.retail.svc.cluster.local")):  # fmt: skip
        assert old in before
        assert old not in after
        assert new in after


def test_markdown_is_a_table_whose_stars_are_stars() -> None:
    assert run(FILE, "--format", "md", "--to", "storefront")[1] == (
        "| caller → callee | port | what |\n| --- | --- | --- |\n"
        "| `ingress/public → storefront` | `8080 http` | `shop.example.com: any method /*` |\n"
        "\n| open to clients | hosts | from | certificate |\n| --- | --- | --- | --- |\n"
        "| `ingress/public` | `shop.example.com` | `203.0.113.0/24` | `asked` |\n"
        "\nPulumi.shop.yaml: 6 callers, 1 callee: 1 of 5 calls are open.\n"
    )


def test_html_needs_nothing_else_and_is_for_light_and_dark() -> None:
    _, page, _ = run(FILE, "--format", "html")

    assert page.startswith("<!doctype html>")
    assert "prefers-color-scheme: dark" in page
    assert re.findall(r"(?:src|href|url\()", page) == []
    assert '<tr><th scope="row">storefront</th><td></td><td>GET POST</td>' in page


def test_what_is_open_beyond_the_routes_is_marked(stack: Path) -> None:
    observing = b"    namespaces: {shop: {enforcement: observe}}\n    networks:\n"
    stack.write_bytes(TEXT.replace(b"    networks:\n", observing, 1))

    assert "storefront → orders          9090 grpc-admin  any method /*" in run(FILE)[1]


@pytest.mark.parametrize("format", ["table", "md"])
def test_where_nothing_is_open_only_that_is_said(format: str) -> None:
    _, out, _ = run(FILE, "--undeclared", "--format", format)

    assert out == "Pulumi.shop.yaml: 6 callers, 8 callees: 0 of 49 calls are open.\n"


def test_an_environment_without_workloads_has_no_calls(stack: Path) -> None:
    head, _, _ = TEXT.partition(b"    workloads:\n")
    stack.write_bytes(head)

    for arguments in (["--layout", "grid"], ["--layout", "namespaces"], ["--enforcement"], ["--format", "html"]):
        assert run(FILE, *arguments)[0] == 0
    assert run(FILE)[1] == (
        "open to clients  from\napi-server/east  everybody\napi-server/west  198.51.100.0/24\n"
        "Pulumi.shop.yaml: 2 callers, 0 callees: 0 of 0 calls are open.\n"
    )


def test_enforcement_says_what_keeps_others_out() -> None:
    _, out, _ = run(FILE, "--enforcement", "--to", "orders-db", "--format", "csv")

    assert out == (
        "caller,callee,port,by,network,asks,advised,notes\n"
        "orders,orders-db,5432,network,every pod of cluster/east; every pod of cluster/west,,yes,\n"
    )


def test_json_of_enforcement_has_it_by_part() -> None:
    (found,) = json.loads(run(FILE, "--enforcement", "--to", "orders", "--format", "json")[1])["records"]

    assert found == {
        "caller": "storefront",
        "callee": "orders",
        "port": 8080,
        "by": "policy",
        "network": ["every pod of cluster/east"],
        "asks": ["caller", "method", "path"],
        "advised": True,
        "notes": [],
    }


def test_what_an_owned_workload_opens_is_told_step_by_step() -> None:
    assert run(FILE, "--compromised", "ledger") == (
        0,
        """\
step  from → to            port  held by                        let through by
1     ledger → payments    443   nothing but the callee itself  nsg/machines/machines: AllowInternetOutBound
1     ledger → thumbnails  443   nothing but the callee itself  nsg/machines/machines: AllowInternetOutBound
Pulumi.shop.yaml: an attacker who owns ledger reaches 2 of 7 other workloads: 2 in 1 step; no database among them.
""",
        "",
    )


def test_scripts_get_each_step_and_the_counts_of_all_workloads() -> None:
    steps = json.loads(run(FILE, "--compromised", "orders", "--format", "json")[1])["records"]
    counts = json.loads(run(FILE, "--blast-radius", "--format", "json")[1])["records"]

    assert steps[-1] == {
        "workload": "legacy",
        "steps": 2,
        "from": "orders-db",
        "port": 8081,
        "held": "nothing",
        "by": "machine/vault-db",
        "database": False,
    }
    assert len(counts) == 8
    assert counts[0] == {
        "compromised": "storefront",
        "reached": 6,
        "by_steps": [4, 2],
        "held_by_identity": 2,
        "held_by_pod": 0,
        "held_by_address": 1,
        "held_by_nothing": 3,
        "databases": 1,
        "nearest_database": 1,
    }


def test_the_ranking_leaves_out_who_reaches_nothing() -> None:
    assert run(FILE, "--blast-radius") == (
        0,
        """\
owned       reaches  held by identity  by pod  by address  by nothing  databases  nearest in steps
storefront  6        2                 0       1           3           1          1
orders      5        1                 0       1           3           1          1
legacy      3        0                 0       0           3           1          1
orders-db   3        0                 0       0           3
ledger      2        0                 0       0           2
Pulumi.shop.yaml: 5 of 8 workloads reach others; 3 of them a database in one step.
""",
        "",
    )


def test_a_misspelt_name_of_what_is_owned_is_guessed() -> None:
    assert run(FILE, "--compromised", "ordrs") == (
        2,
        "",
        '--compromised: nobody is called "ordrs". Did you mean orders?\n',
    )
