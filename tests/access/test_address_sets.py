from ipaddress import IPv4Address, IPv4Network

from hypothesis import given, settings
from hypothesis import strategies as st

from mesh.access.azure import address_sets
from mesh.access.azure.address_sets import EVERYTHING, NOTHING, PUBLIC, AddressSet, networks
from mesh.plan.resources import Output

INGRESS = Output("public-ip/ingress", "ipAddress")
OTHER = Output("public-ip/other", "ipAddress")

SETS = st.lists(st.integers(0, 255), max_size=4).map(
    lambda starts: address_sets.union(IPv4Network((start * 2**24, 8 + start % 4)) for start in starts)
)


def members(found: AddressSet) -> set[int]:
    """Of a set whose borders are multiples of 2**20, by one address of each such block."""
    return {block for first, last in found.ranges for block in range(first >> 20, (last >> 20) + 1)}


@settings(max_examples=200, deadline=None)
@given(SETS, SETS)
def test_the_operations_are_those_of_sets(one: AddressSet, other: AddressSet) -> None:
    assert members(one & other) == members(one) & members(other)
    assert members(one - other) == members(one) - members(other)
    assert members(one | other) == members(one) | members(other)


def test_an_unknown_address_is_equal_only_to_itself() -> None:
    ingress, other = address_sets.of(INGRESS), address_sets.of(OTHER)

    assert ingress & ingress == ingress
    assert not ingress & other
    assert not ingress & networks("20.0.0.0/8")
    assert ingress & EVERYTHING == ingress
    assert ingress - EVERYTHING == NOTHING


def test_an_unknown_address_is_public() -> None:
    assert address_sets.of(INGRESS) <= PUBLIC
    assert not networks("10.0.0.0/8") & PUBLIC
    assert networks("203.0.113.0/24") <= PUBLIC


def test_a_set_reads_as_its_blocks() -> None:
    assert str(networks("10.0.0.0/9", "10.128.0.0/9")) == "10.0.0.0/8"
    assert str(address_sets.of(IPv4Address("10.0.0.1"))) == "10.0.0.1"
    assert str(AddressSet(((1, 6),))) == "0.0.0.1–0.0.0.6"
    assert str(networks(*(f"10.{n}.0.0/24" for n in range(5)))) == (
        "10.0.0.0/24 and 10.1.0.0/24 and 10.2.0.0/24 and 2 more ranges"
    )
    assert str(address_sets.of(INGRESS)) == "the address of public-ip/ingress"
    assert str(PUBLIC) == "the internet"
