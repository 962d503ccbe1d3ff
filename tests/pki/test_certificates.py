"""What certificates say, and what is wrong with them at a given moment."""

import datetime

import pytest
from authorities import NOW, certificate_for, new_key, pem_of

from mesh.pki import certificates
from mesh.pki.certificates import Unreadable


@pytest.mark.parametrize(
    ("names", "host", "fits"),
    [
        (["shop.example.com"], "shop.example.com", True),
        (["shop.example.com"], "Shop.Example.COM", True),
        (["shop.example.com"], "api.shop.example.com", False),
        (["*.example.com"], "shop.example.com", True),
        (["*.example.com"], "api.shop.example.com", False),
        (["*.example.com"], "example.com", False),
        ([], "shop.example.com", False),
    ],
)
def test_a_certificate_is_for_the_hosts_among_its_alternative_names(names: list[str], host: str, fits: bool) -> None:
    assert certificates.is_for(certificate_for("shop.example.com", names=names), host) is fits


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-1, [("it expired on 2030-05-31. Renew it", True)]),
        (0, [("it expired on 2030-06-01. Renew it", True)]),
        (1, [("it expires on 2030-06-02, in 1 day; at least 14 have to be left. Renew it", True)]),
        (13, [("it expires on 2030-06-14, in 13 days; at least 14 have to be left. Renew it", True)]),
        (14, [("it expires on 2030-06-15, in 14 days. Renew it", False)]),
        (89, [("it expires on 2030-08-29, in 89 days. Renew it", False)]),
        (90, []),
    ],
)
def test_a_certificate_has_to_have_fourteen_days_left_and_better_ninety(
    days: int, expected: list[tuple[str, bool]]
) -> None:
    found = certificate_for("x", ends=NOW + datetime.timedelta(days=days))

    assert [
        *((text, True) for text in certificates.date_faults("it", found, NOW, "Renew it")),
        *((text, False) for text in certificates.expiries("it", found, NOW, "Renew it")),
    ] == expected


def test_a_certificate_of_tomorrow_is_refused() -> None:
    found = certificate_for("x", begins=NOW + datetime.timedelta(days=1), ends=NOW + datetime.timedelta(days=400))

    assert list(certificates.date_faults("it", found, NOW, "Renew it")) == [
        "it is not valid before 2030-06-02. Check this machine's clock, or wait"
    ]


@pytest.mark.parametrize("text", ["", "CANARY-5e1f", "-----BEGIN CERTIFICATE-----\nCANARY-5e1f\n"])
def test_what_is_no_certificate_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(Unreadable) as refused:
        certificates.certificates(text)

    assert str(refused.value) == "is not a certificate in PEM (-----BEGIN CERTIFICATE-----)"


@pytest.mark.parametrize("text", ["", "CANARY-5e1f", "-----BEGIN PRIVATE KEY-----\nCANARY-5e1f\n"])
def test_what_is_no_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(Unreadable) as refused:
        certificates.key(text)

    assert str(refused.value) == "is not a private key in PEM (-----BEGIN PRIVATE KEY-----)"


def test_a_locked_key_is_told_apart() -> None:
    with pytest.raises(Unreadable, match="locked by a password"):
        certificates.key(pem_of(new_key(), password=b"secret"))


def test_a_key_belongs_to_its_certificate_only() -> None:
    own = new_key()

    assert certificates.belongs(certificate_for("x", key=own), certificates.key(pem_of(own)))
    assert not certificates.belongs(certificate_for("x", key=own), new_key())


def test_a_chain_leads_to_its_root_by_way_of_what_is_in_between() -> None:
    root_key, middle_key = new_key(), new_key()
    root = certificate_for("root", key=root_key, authority=True)
    middle = certificate_for("middle", key=middle_key, signed_by=(root, root_key), authority=True)
    leaf = certificate_for("leaf", signed_by=(middle, middle_key))
    other = certificate_for("root", authority=True)

    assert certificates.root_of(leaf, [middle], [other, root]) == root
    assert certificates.root_of(leaf, [], [root]) is None
    assert certificates.root_of(leaf, [middle], [other]) is None


def test_what_may_not_sign_is_no_part_of_a_chain() -> None:
    root_key, middle_key = new_key(), new_key()
    root = certificate_for("root", key=root_key, authority=True)
    middle = certificate_for("middle", key=middle_key, signed_by=(root, root_key))
    leaf = certificate_for("leaf", signed_by=(middle, middle_key))

    assert certificates.root_of(leaf, [middle], [root]) is None
