"""`mesh machine files`: what it writes, and what it says where it cannot."""

import base64
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mesh.commands import app
from mesh.failures import Failure

CASES = Path(__file__).parents[1] / "cases"
JOINED = "machines/existing-machine-with-sidecar"
ROOT = "-----BEGIN CERTIFICATE-----\nroot\n-----END CERTIFICATE-----\n"


@pytest.fixture(autouse=True)
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYBRID_MESH_SECRETS", str(tmp_path / "secrets"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    folder = tmp_path / "secrets" / "stack" / "authority" / "east"
    folder.mkdir(parents=True)
    (folder / "root-cert.pem").write_text(ROOT)


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    path = tmp_path / "kubeconfig.yaml"
    certificate = base64.b64encode(b"the API server's authority\n").decode()
    path.write_text(
        "clusters: [{name: east, cluster: "
        f'{{server: "https://east.example:443/", certificate-authority-data: {certificate}}}}}]\n'
    )
    return path


def ask(case: str, name: str, out: Path, *options: str) -> str:
    result = CliRunner().invoke(
        app,
        ["machine", "files", str(CASES / case / "stack.yaml"), name, "--out", str(out), *options],
        catch_exceptions=False,
    )
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_files_of_a_machine_hold_all_that_it_needs(tmp_path: Path, kubeconfig: Path) -> None:
    out = tmp_path / "ledger-0"

    said = ask(JOINED, "ledger-0", out, "--kubeconfig", str(kubeconfig))

    assert sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()) == [
        "etc/certs/root-cert.pem",
        "etc/hybrid-mesh/api-server.pem",
        "etc/istio/config/mesh",
        "etc/systemd/system/istio-token.service",
        "etc/systemd/system/istio-token.timer",
        "etc/systemd/system/istio.service.d/token.conf",
        "install.sh",
        "usr/local/lib/hybrid-mesh/istio-token",
        "var/lib/istio/envoy/cluster.env",
    ]
    assert (out / "etc/certs/root-cert.pem").read_text() == ROOT
    assert (out / "etc/hybrid-mesh/api-server.pem").read_text() == "the API server's authority\n"
    script = (out / "usr/local/lib/hybrid-mesh/istio-token").read_text()
    assert "'https://east.example:443/api/v1/namespaces/finance/serviceaccounts/ledger/token'" in script
    assert "az vm identity assign --name ledger-0" in said
    assert "sudo sh install.sh" in said


def test_the_script_puts_each_file_where_it_belongs(tmp_path: Path, kubeconfig: Path) -> None:
    out, root = tmp_path / "ledger-0", tmp_path / "machine"
    ask(JOINED, "ledger-0", out, "--kubeconfig", str(kubeconfig))
    script = (out / "install.sh").read_text()
    put = script[script.index("put() {") : script.index("architecture=")]
    files = script[script.index("put /etc") : script.index("sed -i")]

    subprocess.run(["sh", "-eu"], input=put + files.replace("put /", f"put {root}/"), text=True, check=True)

    written = {path.relative_to(root): path for path in root.rglob("*") if path.is_file()}
    assert len(written) == 8
    for path, found in written.items():
        assert found.read_text() == (out / path).read_text()
        assert found.stat().st_mode & 0o777 == (out / path).stat().st_mode & 0o777


@pytest.mark.parametrize("name", ["install.sh", "usr/local/lib/hybrid-mesh/istio-token"])
def test_a_shell_can_read_the_scripts(name: str, tmp_path: Path, kubeconfig: Path) -> None:
    ask(JOINED, "ledger-0", tmp_path / "out", "--kubeconfig", str(kubeconfig))

    done = subprocess.run(["sh", "-n", tmp_path / "out" / name], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_shell_reads_from_cluster_env_what_the_machine_stands_for(tmp_path: Path, kubeconfig: Path) -> None:
    ask(JOINED, "ledger-0", tmp_path / "out", "--kubeconfig", str(kubeconfig))
    variables = tmp_path / "out/var/lib/istio/envoy/cluster.env"

    shown = subprocess.run(
        ["sh", "-eu", "-c", f'. {variables}; echo "$ISTIO_SERVICE_CIDR $ISTIO_INBOUND_PORTS $ISTIO_METAJSON_LABELS"'],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert shown.stdout == (
        '* 9000 {"app":"ledger","service.istio.io/canonical-name":"ledger",'
        '"service.istio.io/canonical-revision":"latest"}\n'
    )


@pytest.mark.parametrize(
    ("case", "name", "says"),
    [
        (JOINED, "ledger-1", "there is no machine ledger-1. Those with a sidecar: ledger-0."),
        (
            "machines/database-on-a-machine",
            "orders-db-0",
            "there is nothing to install on it; only the security group data-machines protects it.",
        ),
        (JOINED, "ledger-0", "the API server of east is known by the stack's outputs, and pulumi is not on PATH."),
    ],
)
def test_what_cannot_be_written_is_said(case: str, name: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(Failure) as failure:
        ask(case, name, tmp_path / "out")

    assert says in str(failure.value)
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_no_kubeconfig_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("clusters: []\n")

    with pytest.raises(Failure, match="is no kubeconfig with a cluster's server"):
        ask(JOINED, "ledger-0", tmp_path / "out", "--kubeconfig", str(tmp_path / "other.yaml"))
