"""`mesh authority` on files: what it makes, what it leaves alone, what it refuses, and how it ends."""

import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mesh.commands import app

STACK = str(Path(__file__).parents[1] / "cases" / "clusters" / "two-clusters" / "stack.yaml")
AUTHORITY = Path("secrets/stack/authority")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HYBRID_MESH_SECRETS", raising=False)


def authority(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, ["authority", *arguments], input=typed)


def init(*arguments: str) -> Result:
    return authority("init", "--trust-domain", "shop.example", *arguments)


def contents() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(AUTHORITY.rglob("*.pem"))}


def test_a_root_is_its_owners_alone() -> None:
    assert init().exit_code == 0

    assert stat.S_IMODE(Path("authority").stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in Path("authority").iterdir()} == {
        "root-cert.pem": 0o600,
        "root-key.pem": 0o600,
    }


def test_a_root_is_never_overwritten() -> None:
    init()
    before = Path("authority/root-key.pem").read_bytes()

    again = init()

    assert again.exit_code == 3
    assert again.stdout == (
        "authority is there already, and a root is never overwritten. Name another folder with --out.\n"
    )
    assert Path("authority/root-key.pem").read_bytes() == before


def test_a_trust_domain_that_fits_no_certificate_is_refused() -> None:
    refused = authority("init", "--trust-domain", "x" * 60)

    assert (refused.exit_code, refused.stdout) == (3, "--trust-domain has up to 49 characters.\n")
    assert not Path("authority").exists()


def test_each_cluster_gets_an_authority_of_its_own_once() -> None:
    init()

    first = authority("issue", STACK)
    issued = contents()
    second = authority("issue", STACK)

    assert first.stdout == "east: ✓ secrets/stack/authority/east\nwest: ✓ secrets/stack/authority/west\n"
    assert sorted(issued) == [
        f"secrets/stack/authority/{cluster}/{file}.pem"
        for cluster in ("east", "west")
        for file in ("ca-cert", "ca-key", "cert-chain", "root-cert")
    ]
    assert issued[str(AUTHORITY / "east/ca-key.pem")] != issued[str(AUTHORITY / "west/ca-key.pem")]
    assert stat.S_IMODE((AUTHORITY / "east/ca-key.pem").stat().st_mode) == 0o600
    assert second.stdout == "east: good as it is\nwest: good as it is\n"
    assert contents() == issued


def test_the_roots_key_goes_nowhere() -> None:
    init()
    authority("issue", STACK)

    key = Path("authority/root-key.pem").read_bytes()

    assert not any(key in text for text in contents().values())


def test_the_roots_key_comes_by_standard_input_too() -> None:
    init()
    key = Path("authority/root-key.pem")
    text = key.read_text()
    key.unlink()

    without = authority("issue", STACK)
    given = authority("issue", STACK, "--root-key", "-", typed=text)

    assert without.exit_code == 3
    assert without.stdout == (
        "authority/root-key.pem is not there. `mesh authority init` makes a root; --authority names its folder.\n"
    )
    assert given.exit_code == 0, given.output


def test_a_key_that_is_none_is_not_repeated() -> None:
    init()

    refused = authority("issue", STACK, "--root-key", "-", typed="CANARY-31")

    assert refused.exit_code == 3
    assert refused.output == (
        "what came by standard input is not a private key in PEM (-----BEGIN PRIVATE KEY-----).\n"
    )


def test_the_key_of_another_root_is_refused() -> None:
    init()
    init("--out", "other")

    refused = authority("issue", STACK, "--root-key", "other/root-key.pem")

    assert refused.exit_code == 3
    assert 'the key is not that of the root "shop.example root authority"' in refused.stdout
    assert contents() == {}


def test_a_rotation_keeps_the_old_files() -> None:
    init()
    authority("issue", STACK)
    before = contents()

    rotated = authority("rotate", STACK, "east")

    [kept] = AUTHORITY.glob("east.before-*")
    assert rotated.exit_code == 0
    assert f"(what was there before is in {kept.name})" in rotated.stdout
    assert (kept / "ca-key.pem").read_bytes() == before[str(AUTHORITY / "east/ca-key.pem")]
    assert (AUTHORITY / "east/ca-key.pem").read_bytes() != before[str(AUTHORITY / "east/ca-key.pem")]
    assert authority("show", STACK).exit_code == 0


def test_a_rotation_of_what_is_no_cluster_tells_the_clusters() -> None:
    init()

    refused = authority("rotate", STACK, "north")

    assert (refused.exit_code, refused.stdout) == (3, f"{STACK} has no cluster north. Its clusters: east, west.\n")


def test_what_is_shown_is_who_vouches_for_whom_and_until_when() -> None:
    init()
    authority("issue", STACK)

    shown = authority("show", STACK)

    assert shown.exit_code == 0
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.stdout.splitlines() if "│" in line]
    assert [row[:3] for row in rows] == [
        ["east", "east", "shop.example root authority"],
        ["west", "west", "shop.example root authority"],
        ["root of east, west", "shop.example root authority", "shop.example root authority"],
    ]
    assert [row[5] for row in rows] == ["729", "729", "3651"]


def test_showing_what_cannot_be_used_ends_with_1() -> None:
    init()
    authority("issue", STACK)
    for file in (AUTHORITY / "west").iterdir():
        file.unlink()

    shown = authority("show", STACK)

    assert shown.exit_code == 1
    assert f"✗ cluster/west: it has no CA. Issue one: mesh authority issue {STACK}." in shown.stdout
