"""Paths that were asked for, and the templates that they share."""

import pytest

from mesh.learn import templates


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/orders/17/items", "/orders/{*}/items"),
        ("/orders/0b6e3a52-9d0f-4c1b-8a57-2f1f6f1f8e11", "/orders/{*}"),
        ("/days/2026-11-28", "/days/{*}"),
        ("/months/2026-11?x=2", "/months/{*}"),
        ("/at/2026-11-28T10:00:00Z", "/at/{*}"),
        ("/commits/9fceb02d0ae598e95dc970b74767f19372d61af8", "/commits/{*}"),
        ("/users/somebody@shop.example", "/users/{*}"),
        ("/events/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/events/{*}"),
        ("/invoices/INV-2026", "/invoices/{*}"),
        ("/products/SKU12345", "/products/{*}"),
        ("/images/1234.jpg", "/images/{*}"),
        ("/search/red%20shoes", "/search/{*}"),
        ("/stations/52.37,4.89", "/stations/{*}"),
        ("/v1/orders", "/v1/orders"),
        ("/oauth2/token", "/oauth2/token"),
        ("/a/%2e%2e/b", "/a/%2e%2e/b"),
        ("/{*}/x", "/{*}/x"),
        ("/pricing.Prices/Get", "/pricing.Prices/Get"),
        ("/orders//items/", "/orders//items/"),
        ("/facade", "/facade"),
        ("/", "/"),
    ],
)
def test_what_becomes_a_hole(path: str, expected: str) -> None:
    assert templates.template(path).replace(templates.HOLE, "{*}") == expected


def test_a_hole_with_one_value_is_written_as_this_value() -> None:
    template = templates.template("/a/1/b/2")

    assert templates.written(template, ["/a/1/b/2", "/a/1/b/3"]) == "/a/1/b/{*}"
    assert templates.values(template, ["/a/1/b/2", "/a/1/b/3"]) == (1, 2)
