"""What a firewall has to let out: AKS, Istio and the declared routes of the network behind it."""

from pathlib import Path

from typer.testing import CliRunner

from mesh.commands import app
from mesh.files import stacks
from mesh.render import egress

CASE = Path(__file__).parents[1] / "cases" / "networks" / "outbound-by-a-firewall" / "stack.yaml"
PRIVATE = Path(__file__).parents[1] / "cases" / "clusters" / "private-cluster" / "stack.yaml"


def test_everything_that_leaves_a_network_is_listed_with_its_reason() -> None:
    found = egress.destinations(stacks.environment(CASE))

    assert found["hub"] == ()
    assert {
        ("mcr.microsoft.com", 443, "TCP", "AKS: images of the system"),
        ("registry.istio.io", 443, "TCP", "Istio: images"),
        ("*.hcp.westeurope.azmk8s.io", 443, "TCP", "AKS: its nodes"),
        ("AzureCloud.westeurope", 1194, "UDP", "AKS: its nodes, the tunnel to the API server"),
        ("smtp.example.com", 443, "TCP", "route: storefront to mail"),
    } <= {(one.host, one.port, one.protocol, one.reason) for one in found["east"]}


def test_a_private_api_server_is_asked_inside() -> None:
    hosts = {one.host for one in egress.destinations(stacks.environment(PRIVATE))["east"]}

    assert not {host for host in hosts if host.endswith("azmk8s.io") or host.startswith("AzureCloud")}


def test_the_command_prints_a_table_a_network() -> None:
    result = CliRunner().invoke(app, ["egress", str(CASE)])

    assert result.exit_code == 0
    assert "from network east" in result.stdout
    assert "from network hub" not in result.stdout
