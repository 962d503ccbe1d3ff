from ipaddress import IPv4Address, IPv4Network

import pytest

from mesh import addresses

SPACE = IPv4Network("10.10.0.0/16")


@pytest.mark.parametrize(
    ("space", "machines", "nodes", "gateways"),
    [
        ("10.10.0.0/16", "10.10.0.0/18", "10.10.64.0/18", "10.10.128.0/20"),
        ("10.0.0.0/8", "10.0.0.0/10", "10.64.0.0/10", "10.128.0.0/12"),
        ("192.168.7.0/24", "192.168.7.0/26", "192.168.7.64/26", "192.168.7.128/28"),
    ],
)
def test_a_space_is_cut_in_fixed_proportions(space: str, machines: str, nodes: str, gateways: str) -> None:
    whole = IPv4Network(space)

    assert addresses.subnet(whole, "machines") == IPv4Network(machines)
    assert addresses.subnet(whole, "nodes") == IPv4Network(nodes)
    assert addresses.subnet(whole, "gateways") == IPv4Network(gateways)


def test_azure_keeps_the_first_four_addresses_of_a_subnet_and_the_last() -> None:
    subnet = IPv4Network("10.10.0.0/29")

    usable = [str(address) for address in subnet if addresses.is_usable(address, subnet)]

    assert usable == ["10.10.0.4", "10.10.0.5", "10.10.0.6"]
    assert addresses.room(subnet) == 3
    assert (str(addresses.first(subnet)), str(addresses.last(subnet))) == ("10.10.0.4", "10.10.0.6")


def test_an_address_of_another_subnet_is_not_usable() -> None:
    assert not addresses.is_usable(IPv4Address("10.11.0.9"), SPACE)
    assert not addresses.is_usable(IPv4Address("10.9.255.9"), SPACE)


def test_the_east_west_gateway_has_the_first_usable_address() -> None:
    assert addresses.east_west(IPv4Network("10.10.128.0/20")) == IPv4Address("10.10.128.4")


@pytest.mark.parametrize("gateways", ["10.10.128.0/20", "192.168.7.128/28"])
def test_ingress_gateways_stand_after_the_east_west_gateway(gateways: str) -> None:
    subnet = IPv4Network(gateways)

    chosen = [addresses.ingress(subnet, f"gateway-{number}") for number in range(500)]

    assert all(addresses.is_usable(address, subnet) for address in chosen)
    assert addresses.east_west(subnet) not in chosen
    assert {addresses.first(subnet) + 1, addresses.last(subnet)} <= set(chosen) or subnet.prefixlen < 28


def test_an_ingress_gateways_address_depends_on_its_name_alone() -> None:
    assert addresses.ingress(IPv4Network("10.10.128.0/20"), "partners") == IPv4Address("10.10.143.188")


@pytest.mark.parametrize(
    ("cidr", "kept"),
    [
        ("168.63.0.0/16", "168.63.129.16/32"),
        ("172.16.0.0/12", "172.30.0.0/16"),
        ("240.240.1.0/24", "240.0.0.0/4"),
        ("169.254.7.0/24", "169.254.0.0/16"),
    ],
)
def test_a_range_that_azure_or_istio_keeps_is_forbidden(cidr: str, kept: str) -> None:
    found = addresses.forbidden(IPv4Network(cidr))

    assert found is not None
    assert str(found[0]) == kept


def test_a_private_range_is_not_forbidden() -> None:
    assert addresses.forbidden(SPACE) is None
