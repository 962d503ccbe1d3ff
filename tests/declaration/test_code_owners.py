"""What the sample of CODEOWNERS in docs/teams.md and the rules of teams' files keep apart together."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mesh.commands import app

DOCS = Path(__file__).parents[2] / "docs" / "teams.md"
STACK = """config:
  azure-native:subscriptionId: 11111111-2222-4333-8444-555555555555
  hybrid-mesh:environment:
    location: westeurope
    istio: {version: 1.30.4, trust_domain: shop.example}
    networks: {east: {space: 10.10.0.0/16}}
    clusters: {east: {network: east, kubernetes: "1.34", pools: {system: {size: Standard_D4s_v5, nodes: 3}}}}
    namespaces: {shop: {team: shop}, finance: {team: finance}}
    include: [teams/*.yaml]
"""
SHOP = """workloads:
  cart: {cluster: east, namespace: shop, ports: {http: 8080}}
  storefront: {cluster: east, namespace: shop, ports: {http: 8080}}
"""
CHANGES_OF_SHOP = {
    "who calls the ledger": ("routes: [{from: storefront, to: ledger, http: [{paths: [/*]}]}]\n", "accepts: review"),
    "its traffic": ("traffic: {ledger: {timeout: 1h}}\n", "ledger is declared in teams/finance.yaml"),
    "other traffic": ("traffic: {books: {timeout: 1h}}\n", "the namespace finance is team finance's"),
    "whom the auditors call": (
        "routes: [{from: audit, to: books, http: [{paths: [/*]}]}]\n",
        "neither audit nor books",
    ),
    "its namespace": ("namespaces: {finance: {team: shop}}\n", "a team cannot declare namespaces"),
    "the workload itself": ("  ledger: {cluster: east, namespace: shop, ports: {http: 1}}\n", "is declared in"),
}


def owners() -> list[tuple[str, str]]:
    """Pattern and owner, in the order of the sample."""
    [sample] = re.findall(r"```text\n# \.github/CODEOWNERS.*?\n(.*?)```", DOCS.read_text(), re.DOTALL)
    return [(pattern, owner) for pattern, owner in (line.split() for line in sample.splitlines())]


def owner(path: str) -> str:
    """As GitHub decides: the last pattern that matches. The sample has only whole paths and the star."""
    return [owned_by for pattern, owned_by in owners() if pattern in ("*", path)][-1]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/stacks/teams/shop.yaml", "@ORG/shop"),
        ("/stacks/teams/finance.yaml", "@ORG/finance"),
        ("/stacks/teams/new.yaml", "@ORG/platform"),
        ("/stacks/Pulumi.prod.yaml", "@ORG/platform"),
        ("/.github/CODEOWNERS", "@ORG/platform"),
    ],
)
def test_each_path_has_one_owner(path: str, expected: str) -> None:
    assert owner(path) == expected


def checked(folder: Path, shop: str) -> tuple[int, str]:
    [finance] = re.findall(r"```yaml\n# stacks/teams/finance.yaml\n(.*?)```", DOCS.read_text(), re.DOTALL)
    books = "  books: {cluster: east, namespace: finance, ports: {http: 8080}}\n"
    audit = "  audit: {cluster: east, namespace: finance, ports: {http: 8080}}\n"
    (folder / "teams").mkdir()
    (folder / "Pulumi.prod.yaml").write_text(STACK)
    (folder / "teams" / "finance.yaml").write_text(finance.replace("routes:", f"{books}{audit}routes:"))
    (folder / "teams" / "shop.yaml").write_text(shop)
    result = CliRunner().invoke(app, ["check", str(folder / "Pulumi.prod.yaml")])
    return result.exit_code, result.output


def test_the_sample_is_sound(tmp_path: Path) -> None:
    assert checked(tmp_path, SHOP)[0] == 0


@pytest.mark.parametrize("change", CHANGES_OF_SHOP)
def test_the_file_of_team_shop_cannot_change_what_is_finances(change: str, tmp_path: Path) -> None:
    added, says = CHANGES_OF_SHOP[change]

    status, said = checked(tmp_path, SHOP + added)

    assert status == 2, said
    assert says in said
    assert f"{tmp_path}/teams/shop.yaml:" in said
