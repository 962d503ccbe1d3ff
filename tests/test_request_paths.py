"""Patterns of request paths, held against paths written out."""

from itertools import product

import pytest

from mesh import request_paths
from mesh.access.istio import http_matches, string_matches
from mesh.render import paths

PATTERNS = (
    *("/*", "/orders", "/orders/*", "/orders/{*}", "/orders/{**}", "/orders/{*}/items", "/{*}/{*}", "/{*}/items"),
    *("*/items", "*.png", "/orders/{*}/items/{**}", "/orders/{**}/items", "/orders/1*"),
)
SOME_PATHS = (
    *("/" + "/".join(parts) for count in range(5) for parts in product(("orders", "1", "items"), repeat=count)),
    *("/orders/", "/orders/1/items/", "/a.png", "/orders/12", "/orders//items"),
)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("/orders/*/items", "/orders/{*}/items"),
        ("/*/*/x", "/{*}/{*}/x"),
        ("/orders/{*}/items/*", "/orders/{*}/items/{**}"),
        ("/orders/*", "/orders/*"),
        ("*/health", "*/health"),
    ],
)
def test_a_segment_that_is_a_star_is_a_hole(written: str, canonical: str) -> None:
    assert request_paths.canonical(written) == canonical


@pytest.mark.parametrize(
    ("pattern", "path", "covered"),
    [
        ("/orders/{*}/items", "/orders/1/items", True),
        ("/orders/{*}/items", "/orders/1/2/items", False),
        ("/orders/{*}/items", "/orders//items", False),
        ("/orders/*", "/orders/{*}/items", True),
        ("/orders/{*}/items", "/orders/*", False),
        ("/orders/{**}", "/orders/*", True),
        ("/orders/{*}", "/orders/{**}", False),
        ("*/items", "/orders/{*}/items", True),
        ("/{*}/{*}", "/orders/{*}", True),
        ("/*", "*/items", True),
    ],
)
def test_one_pattern_covers_another(pattern: str, path: str, covered: bool) -> None:
    assert request_paths.covers(pattern, path) is covered


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ("/orders/{*}", "/{*}/items", True),
        ("/orders/*", "*/items", True),
        ("/orders/{*}", "/orders/{*}/items", False),
        ("/orders/{*}/items", "/carts/{*}/items", False),
        ("/orders/*", "/orders", False),
    ],
)
def test_two_patterns_have_a_path_in_common(one: str, other: str, common: bool) -> None:
    assert request_paths.meet(one, other) is common
    assert request_paths.meet(other, one) is common


def test_what_covers_another_holds_all_of_its_paths() -> None:
    """Against the judge's own reading of each pattern."""
    of = {pattern: {path for path in SOME_PATHS if string_matches.path(pattern)(path)} for pattern in PATTERNS}
    pairs = list(product(PATTERNS, PATTERNS))

    assert [
        (wide, narrow) for wide, narrow in pairs if request_paths.covers(wide, narrow) and of[narrow] - of[wide]
    ] == []
    assert [pair for pair in pairs if of[pair[0]] & of[pair[1]] and not request_paths.meet(*pair)] == []


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_virtual_service_and_a_policy_read_a_pattern_alike(pattern: str) -> None:
    matches = http_matches.test({"uri": paths.match(pattern)})
    led = {path for path in SOME_PATHS if matches(http_matches.Heard(path, {}, {}))}

    assert led == {path for path in SOME_PATHS if string_matches.path(pattern)(path)}


@pytest.mark.parametrize("pattern", ["/orders/{*}/items", "/a-b.c/{**}", "*/health", "/{*}/{*}"])
def test_an_expression_is_read_back_as_its_pattern(pattern: str) -> None:
    assert request_paths.pattern(request_paths.expression(pattern)) == pattern


@pytest.mark.parametrize("expression", ["/orders/[0-9]+", "/(a|b)", "/orders/?", "/a+"])
def test_another_expression_has_no_pattern(expression: str) -> None:
    assert request_paths.pattern(expression) is None


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_examples_of_a_pattern_are_in_it(pattern: str) -> None:
    assert all(string_matches.path(pattern)(path) for path in request_paths.examples(pattern))


def test_the_narrower_pattern_is_tried_first() -> None:
    tried = sorted(PATTERNS, key=request_paths.most_specific_first)
    behind = [
        (wide, narrow)
        for position, wide in enumerate(tried)
        for narrow in tried[position + 1 :]
        if request_paths.covers(wide, narrow) and not request_paths.covers(narrow, wide)
    ]

    assert tried[0] == "/orders"
    assert behind == []
