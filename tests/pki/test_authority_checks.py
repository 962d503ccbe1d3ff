"""What is wrong with the authorities of an environment's clusters, each and together."""

import datetime
from dataclasses import replace

import pytest
from authorities import NOW, certificate_for, new_key, pem_of

from mesh.failures import Failure
from mesh.findings.certificates import certificate_authorities
from mesh.pki import certificates, intermediates
from mesh.pki.ca import issuing, phases
from mesh.pki.intermediates import Texts
from mesh.pki.signing import Authority

ROOT = issuing.root("shop.example", "ec", NOW)
OTHER = issuing.root("shop.example", "ec", NOW)
STACK_FILE = "stacks/Pulumi.prod.yaml"
DAY = datetime.timedelta(days=1)
UNUSABLE, EXPIRES = "certificate-authority-unusable", "certificate-authority-expires"


def issued(
    root: Authority = ROOT, cluster: str = "east", also: tuple[Authority, ...] = (), now: datetime.datetime = NOW
) -> Texts:
    trusted = tuple(one.certificate for one in also)
    return phases.issued({}, (cluster,), root, trusted, "prod", now)[cluster]


def found(now: datetime.datetime = NOW, **by_cluster: Texts) -> list[tuple[str, str]]:
    findings = certificate_authorities.of_clusters(tuple(by_cluster), by_cluster, STACK_FILE, now)
    return [(f"{finding.subject}: {finding.text}", finding.code) for finding in findings]


EAST = issued()
RENEW = "Renew it: mesh authority rotate stacks/Pulumi.prod.yaml east"


def test_what_is_issued_is_sound() -> None:
    assert found(east=EAST, west=issued(cluster="west")) == []


def test_an_intermediate_signs_no_further_authority() -> None:
    intermediate = intermediates.read(EAST)
    constraints = intermediate.certificate.extensions.get_extension_for_class(certificates.x509.BasicConstraints)

    assert (constraints.critical, constraints.value.ca, constraints.value.path_length) == (True, True, 0)
    assert intermediate.certificate.subject.rfc4514_string() == "CN=east,OU=prod,O=hybrid-mesh"


def test_an_intermediate_ends_with_its_root() -> None:
    late = issued(now=NOW + 3500 * DAY)

    assert intermediates.read(late).certificate.not_valid_after_utc == ROOT.certificate.not_valid_after_utc


def test_a_key_of_another_is_refused() -> None:
    assert found(east=replace(EAST, key=issued().key)) == [
        ("cluster/east: ca-key.pem is not the key of ca-cert.pem. Restore the two that were issued together", UNUSABLE)
    ]


def test_a_root_that_did_not_sign_is_refused() -> None:
    assert found(east=replace(EAST, roots=issued(OTHER).roots)) == [
        ("cluster/east: ca-cert.pem was signed by none of root-cert.pem. Put its root there", UNUSABLE)
    ]


def test_a_chain_without_the_intermediate_is_refused() -> None:
    assert found(east=replace(EAST, chain=EAST.roots)) == [
        ("cluster/east: cert-chain.pem does not hold ca-cert.pem, which workloads have to present. Add it", UNUSABLE)
    ]


def test_a_root_as_the_authority_of_a_cluster_is_refused() -> None:
    pem = certificates.pem(ROOT.certificate)

    assert found(east=Texts(pem, ROOT.key_pem(), pem, pem)) == [
        (
            "cluster/east: ca-cert.pem is the root itself, whose key belongs in no cluster. Take an intermediate",
            UNUSABLE,
        )
    ]


def test_what_may_not_sign_is_refused() -> None:
    key = new_key()
    leaf = certificate_for("east", key=key, signed_by=(ROOT.certificate, ROOT.key), ends=NOW + 700 * DAY)
    pem = certificates.pem(leaf)

    assert found(east=Texts(pem, pem_of(key), pem, EAST.roots)) == [
        (
            "cluster/east: ca-cert.pem may not sign certificates (CA is not true). Take one that is an authority's",
            UNUSABLE,
        )
    ]


def test_istios_sample_root_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intermediates, "SAMPLE_ROOTS", {certificates.fingerprint(ROOT.certificate)})

    assert found(east=EAST) == [
        (
            "cluster/east: root-cert.pem is Istio's sample root, whose key is public. Make one: mesh authority init",
            UNUSABLE,
        )
    ]
    with pytest.raises(Failure, match="Istio's sample, whose key is public"):
        phases.require_sound(ROOT, NOW)


@pytest.mark.parametrize(
    ("days", "text", "code"),
    [
        (639, None, ""),
        (641, f"cluster/east: ca-cert.pem expires on 2032-05-31, in 89 days. {RENEW}", EXPIRES),
        (
            717,
            f"cluster/east: ca-cert.pem expires on 2032-05-31, in 13 days; at least 14 have to be left. {RENEW}",
            UNUSABLE,
        ),
        (731, f"cluster/east: ca-cert.pem expired on 2032-05-31. {RENEW}", UNUSABLE),
    ],
)
def test_an_intermediate_that_ends_is_told_in_time(days: int, text: str | None, code: str) -> None:
    assert found(NOW + days * DAY, east=EAST) == ([(text, code)] if text else [])


def test_a_root_that_ends_is_told_once() -> None:
    late = NOW + 3600 * DAY
    by_cluster = {name: issued(cluster=name, now=late) for name in ("east", "west")}
    of_the_root = [text for text, _ in found(late, **by_cluster) if text.startswith("root ")]

    assert of_the_root == [
        'root "shop.example root authority": it expires on 2040-05-31, in 52 days. '
        "Replace it in three steps: docs/authority.md"
    ]


def test_clusters_of_different_roots_do_not_trust_each_other() -> None:
    assert found(east=EAST, west=issued(OTHER, "west")) == [
        (
            f"cluster/{one}: it does not trust {other}, whose root {certificates.fingerprint(root.certificate)} is "
            "not in its root-cert.pem. Issue both from one root; to change roots: docs/authority.md",
            UNUSABLE,
        )
        for one, other, root in (("east", "west", OTHER), ("west", "east", ROOT))
    ]


def test_clusters_of_different_roots_that_trust_both_are_sound() -> None:
    assert found(east=issued(also=(OTHER,)), west=issued(OTHER, "west", also=(ROOT,))) == []


@pytest.mark.parametrize("field", ["certificate", "key", "chain", "roots"])
def test_a_file_that_cannot_be_read_is_named_and_not_repeated(field: str) -> None:
    [(text, code)] = found(east=replace(EAST, **{field: "CANARY-77"}))
    files = {
        "certificate": "ca-cert.pem",
        "key": "ca-key.pem",
        "chain": "cert-chain.pem",
        "roots": "root-cert.pem",
    }

    assert code == UNUSABLE
    assert text.startswith(f"cluster/east: {files[field]} is not a ")
    assert "CANARY" not in text


def test_an_intermediate_that_is_good_stays() -> None:
    assert phases.issued({"east": EAST}, ("east",), ROOT, (), "prod", NOW) == {}


@pytest.mark.parametrize(
    ("environment", "now"), [("dev", NOW), ("prod", NOW + 650 * DAY)], ids=["of another environment", "soon to end"]
)
def test_an_intermediate_that_is_not_good_is_replaced(environment: str, now: datetime.datetime) -> None:
    renewed = phases.issued({"east": EAST}, ("east",), ROOT, (), environment, now)

    assert renewed["east"].key != EAST.key


def test_a_root_is_replaced_in_three_phases() -> None:
    def phase(before: Texts, root: Authority, also: tuple[Authority, ...]) -> Texts:
        trusted = tuple(one.certificate for one in also)
        return phases.issued({"east": before}, ("east",), root, trusted, "prod", NOW)["east"]

    first = phase(EAST, ROOT, (OTHER,))
    second = phase(first, OTHER, (ROOT,))
    third = phase(second, OTHER, ())

    assert (first.key, first.certificate) == (EAST.key, EAST.certificate)
    assert certificates.certificates(first.roots) == (ROOT.certificate, OTHER.certificate)
    assert intermediates.read(second).root == OTHER.certificate
    assert second.roots == first.roots, "istiod takes another order for another root"
    assert (third.key, third.certificate) == (second.key, second.certificate)
    assert certificates.certificates(third.roots) == (OTHER.certificate,)
    assert [found(east=one) for one in (first, second, third)] == [[], [], []]


def test_a_root_is_not_replaced_at_once() -> None:
    with pytest.raises(Failure, match="east: this root is not trusted there yet"):
        phases.issued({"east": EAST}, ("east",), OTHER, (ROOT.certificate,), "prod", NOW)


def test_a_root_is_not_dropped_while_intermediates_come_of_it() -> None:
    with pytest.raises(Failure, match=r"east: its authority still comes of the root .* Add --root-also"):
        phases.issued({"east": issued(also=(OTHER,))}, ("east",), OTHER, (), "prod", NOW)


def test_a_rotation_brings_a_new_key_under_the_roots_that_are_trusted() -> None:
    before = issued(also=(OTHER,))
    after = phases.rotated(before, ROOT, "prod", "east", NOW)

    assert after.key != before.key
    assert after.roots == before.roots
    assert found(east=after) == []


def test_a_rotation_does_not_change_the_root() -> None:
    with pytest.raises(Failure, match="east does not trust the root"):
        phases.rotated(EAST, OTHER, "prod", "east", NOW)
