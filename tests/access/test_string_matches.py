"""What each kind of value in a policy matches."""

import pytest

from mesh.access.istio import string_matches
from mesh.access.istio.paths import normalized

ORDERS = "spiffe://cluster.local/ns/shop/sa/orders"


@pytest.mark.parametrize(
    ("value", "matched", "unmatched"),
    [
        ("/orders", ["/orders"], ["/orders/", "/orders/1", "/order", "/Orders"]),
        ("/orders/*", ["/orders/", "/orders/1", "/orders/1/2"], ["/orders", "/x/orders/1"]),
        ("*.html", [".html", "/a/b.html"], ["/b.htm", "/b.html/"]),
        ("*", ["/", "x"], [""]),
        ("/a*b", ["/a*b"], ["/axb"]),
    ],
)
def test_a_value_is_exact_a_prefix_a_suffix_or_anything(value: str, matched: list[str], unmatched: list[str]) -> None:
    matches = string_matches.path(value)

    assert [text for text in matched + unmatched if matches(text)] == matched


@pytest.mark.parametrize(
    ("template", "matched", "unmatched"),
    [
        ("/orders/{*}", ["/orders/1", "/orders/a.b;c=d"], ["/orders", "/orders/", "/orders/1/2", "/orders/é"]),
        ("/orders/{*}/lines", ["/orders/1/lines"], ["/orders//lines", "/orders/1/2/lines", "/orders/1/lines/"]),
        ("/orders/{**}", ["/orders/", "/orders/1", "/orders/1/2/"], ["/orders", "/x/orders/1"]),
        ("/{*}/{**}/end", ["/a/b/end", "/a/b/c/end"], ["/a/end", "/a/b/c"]),
        ("/a.b/{*}", ["/a.b/c"], ["/aXb/c"]),
        ("/{**}/{*}", [], ["/a/b", "/{**}/{*}"]),
        ("{*}/a", [], ["x/a", "/x/a"]),
    ],
)
def test_a_path_template_has_one_segment_or_any_number(template: str, matched: list[str], unmatched: list[str]) -> None:
    matches = string_matches.path(template)

    assert [text for text in matched + unmatched if matches(text)] == matched


def test_only_a_host_is_compared_in_any_case() -> None:
    assert string_matches.host("Shop.example.com")("shop.EXAMPLE.com")
    assert string_matches.host("*.Example.com")("a.example.COM")
    assert not string_matches.header("GET")("get")


def test_a_header_that_is_there_may_be_empty() -> None:
    assert string_matches.header("*")("")
    assert not string_matches.string("*")("")


@pytest.mark.parametrize(
    ("value", "matched"),
    [
        ("cluster.local/ns/shop/sa/orders", True),
        ("cluster.local/ns/shop/sa/order", False),
        ("cluster.local/ns/shop/*", True),
        ("*/ns/shop/sa/orders", True),
        ("*/sa/orders", True),
        ("*iffe://cluster.local/ns/shop/sa/orders", False),
        ("spiffe://cluster.local/ns/shop/sa/orders", False),
        ("*", True),
    ],
)
def test_a_principal_is_written_without_the_scheme_of_the_identity(value: str, matched: bool) -> None:
    assert string_matches.principal(value)(ORDERS) is matched


@pytest.mark.parametrize(
    ("value", "matched"),
    [("shop", True), ("sho", False), ("sho*", True), ("*op", True), ("*", True), ("sh.p", False), ("shop*", True)],
)
def test_a_namespace_stands_after_ns(value: str, matched: bool) -> None:
    assert string_matches.namespace(value)(ORDERS) is matched


@pytest.mark.parametrize(
    ("value", "matched"),
    [("shop/orders", True), ("other/orders", False), ("shop/order", False), ("shop/order.", False)],
)
def test_a_service_account_is_of_a_namespace(value: str, matched: bool) -> None:
    assert string_matches.service_account(value)(ORDERS) is matched


@pytest.mark.parametrize(
    ("value", "matched"),
    [("cluster.local", True), ("cluster", False), ("cluster.*", True), ("*.local", True), ("*", True), ("c*x", False)],
)
def test_a_trust_domain_stands_first(value: str, matched: bool) -> None:
    assert string_matches.trust_domain(value)(ORDERS) is matched


@pytest.mark.parametrize(
    ("path", "none", "base", "merge", "decode"),
    [
        ("/a/b", "/a/b", "/a/b", "/a/b", "/a/b"),
        ("/a?b=/c", "/a", "/a", "/a", "/a"),
        ("/a#b", "/a", "/a", "/a", "/a"),
        ("/a/../b", "/a/../b", "/b", "/b", "/b"),
        ("/a/b/..", "/a/b/..", "/a/", "/a/", "/a/"),
        ("/../a/./b", "/../a/./b", "/a/b", "/a/b", "/a/b"),
        ("/a//b", "/a//b", "/a//b", "/a/b", "/a/b"),
        ("/a\\b", "/a\\b", "/a/b", "/a/b", "/a/b"),
        ("/%61/%7eb", "/%61/%7eb", "/a/~b", "/a/~b", "/a/~b"),
        ("/a/%2e%2E/b", "/a/%2e%2E/b", "/b", "/b", "/b"),
        ("/a%2fb%5Cc", "/a%2fb%5Cc", "/a%2fb%5Cc", "/a%2fb%5Cc", "/a/b/c"),
        ("/a/%2F..%2Fb", "/a/%2F..%2Fb", "/a/%2F..%2Fb", "/a/%2F..%2Fb", "/a/b"),
        ("/%252e", "/%252e", "/%252e", "/%252e", "/%252e"),
        ("/m/..;/admin", "/m/..;/admin", "/admin", "/admin", "/admin"),
        ("/x/..;/m/abc", "/x/..;/m/abc", "/m/abc", "/m/abc", "/m/abc"),
        ("/x/.;k=v/m", "/x/.;k=v/m", "/x/m", "/x/m", "/x/m"),
        ("/x/..;a;b", "/x/..;a;b", "/", "/", "/"),
        ("/x/y;a/z", "/x/y;a/z", "/x/y;a/z", "/x/y;a/z", "/x/y;a/z"),
        ("/x/...;/c", "/x/...;/c", "/x/...;/c", "/x/...;/c", "/x/...;/c"),
        ("/x/%2e%2e;/c", "/x/%2e%2e;/c", "/x/..;/c", "/x/..;/c", "/x/..;/c"),
        ("/x/..;a%2fb/c", "/x/..;a%2fb/c", "/c", "/c", "/b/c"),
        ("/x%5c..;/c", "/x%5c..;/c", "/x%5c..;/c", "/x%5c..;/c", "/x/..;/c"),
        ("/x/..;\\b/c", "/x/..;\\b/c", "/c", "/c", "/c"),
        ("/a%00b", None, None, None, None),
    ],
)
def test_a_path_is_normalized_as_far_as_the_mesh_says(
    path: str, none: str | None, base: str | None, merge: str | None, decode: str | None
) -> None:
    assert normalized(path, "NONE") == none
    assert normalized(path, "BASE") == base
    assert normalized(path, "MERGE_SLASHES") == merge
    assert normalized(path, "DECODE_AND_MERGE_SLASHES") == decode
