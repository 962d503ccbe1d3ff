"""No secret stands in clear anywhere: neither in what is printed, nor in a plan, a log, or the state and its backups.

A whole environment on the real engine, with keys of its own in every file of secrets; afterwards its clusters' own
secrets are looked for too, which nobody had declared.
"""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pulumi_projects
import pytest
import whole_environments
import yaml
from pulumi_projects import Project

from mesh.engine.runs import Engine
from mesh.files.secret_files import VARIABLE
from mesh.lab.paths import CHECKOUT, Lab
from mesh.lab.providers.kubernetes.cluster import Cluster
from mesh.lab.servers import Servers

STACK = """
config:
  azure-native:subscriptionId: 11111111-2222-4333-8444-555555555555
  hybrid-mesh:environment:
    location: westeurope
    istio: {version: 1.30.4, trust_domain: shop.example}
    networks:
      east: {space: 10.10.0.0/16, peers: [west]}
      west: {space: 10.20.0.0/16}
    clusters:
      east:
        network: east
        kubernetes: "1.34"
        pools: {system: {size: Standard_D4s_v5, nodes: 3}}
        ingress: {public: {hosts: [shop.example.com], tls: {certificate: shop}, allow_from: [203.0.113.0/24]}}
      west:
        network: west
        kubernetes: "1.34"
        pools: {system: {size: Standard_D4s_v5, nodes: 3}}
    workloads:
      storefront: {cluster: east, namespace: shop, ports: {http: 8080}}
      orders: {cluster: west, namespace: shop, ports: {http: 8080}}
    routes:
      - {from: ingress/public, to: storefront, http: [{paths: [/*]}]}
      - {from: storefront, to: orders, http: [{paths: [/*]}]}
"""
LEAST = 24
"""A part of a secret this long is looked for: a line of a key, and what base64 makes of it."""


@dataclass
class Run:
    """What an environment left to look through, by where it was found, and the secrets that went into it."""

    secrets: dict[str, str]
    told: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("secrets")
    stack = folder / "Pulumi.lab.yaml"
    stack.write_text(STACK)
    found = Run(whole_environments.written_secrets(stack, folder / "files"))
    with whole_environments.lab_of(folder / "lab") as lab:
        project = whole_environments.project(lab, folder, STACK)
        _bring_up(project, found, lab)
        found.told |= _refusal(project, found)
        found.told |= _plans(stack, folder / "plan", project.environment)
        kept = [*(project.folder / "state").rglob("*"), *lab.root.glob("azure.db*"), *lab.servers.rglob("*.log")]
        found.told |= {str(path): _text(path) for path in kept if path.is_file()}
        found.told["processes"] = "\n".join(
            _text(Path(f"/proc/{server.pid}/cmdline")) for server in Servers(lab).running()
        )
        yield found


def test_there_is_something_to_look_through(run: Run) -> None:
    assert {name.rpartition("/")[2] for name in run.secrets} >= {"ca-key.pem", "tls.key", "token", "credentials"}
    assert "cross-network" in run.told["plan"]
    assert any(path.endswith(".bak") and "istio-system/Secret/cacerts" in text for path, text in run.told.items())
    assert "tls.key: [secret] => [secret]" in run.told["preview"]
    assert "tls.key is not a private key in PEM" in run.told["refusal"]
    assert "istio-system/Secret/cacerts" in run.told["drift as data"]
    assert "Putting back" in run.told["repair"]
    assert "storefront" in run.told["page"]
    assert "--token-auth-file" in run.told["processes"]
    kept = {path.rpartition("/")[2] for path in run.told}
    assert kept >= {"azure.db", "kube-apiserver.log", "kube-controller-manager.log", "etcd.log"}


def test_no_secret_is_told_anywhere(run: Run) -> None:
    leaks = {
        f"{name} in {place}"
        for name, secret in run.secrets.items()
        for form in forms(secret)
        for place, text in run.told.items()
        if form in text
    }

    assert not leaks, "\n".join(sorted(leaks))


@pytest.mark.parametrize("before", ["", "x", "xy"])
def test_a_secret_is_found_in_each_form(before: str) -> None:
    secret = "-----BEGIN KEY-----\nMHcCAQEEIJm0Xb1vZf3q9sQkz8mYwRt5\n-----END KEY-----\n"
    encoded = base64.b64encode((before + secret).encode()).decode()

    for text in (before + secret, json.dumps(before + secret), encoded, json.dumps({"key": encoded})):
        assert any(form in text for form in forms(secret))


def forms(secret: str) -> Iterator[str]:
    """The parts of a secret that are its own, as they are and in base64, wherever in a text they may begin."""
    for line in secret.splitlines():
        if len(line) < LEAST or line.startswith("-----"):
            continue
        own = line[-LEAST * 2 :]
        yield own
        for offset in range(3):
            # Of four characters three bytes: what is whole in any alignment is the middle.
            yield base64.b64encode(b"\0" * offset + own.encode())[4:-4].decode()


def _bring_up(project: Project, found: Run, lab: Lab) -> None:
    log, events = project.folder / "up.log", list[str]()
    engine = Engine(Path(pulumi_projects.ENGINE), project.folder, "lab", project.environment)
    outcome = engine.run(
        "up", "--yes", "--skip-preview", "--diff", log=log, seen=lambda event: events.append(json.dumps(event))
    )
    assert outcome.errors == []
    found.told |= {"events": "\n".join(events), "up": _text(log)}
    found.secrets |= _of_clusters(lab)
    # Another key in the place of the one deployed: a difference that a preview has to show.
    path = Path(project.environment[VARIABLE], "lab/certificates/shop/tls.key")
    key, certificate = whole_environments.self_signed("shop.example.com", datetime.now(UTC))
    path.write_text(key)
    path.with_suffix(".crt").write_text(certificate)
    found.secrets["other/tls.key"] = key
    for name, command in (
        ("preview", ("preview", "--diff")),
        ("again", ("up", "--yes", "--skip-preview", "--diff")),
        ("refresh", ("refresh", "--preview-only", "--diff")),
        ("outputs", ("stack", "output", "--json")),
        ("export", ("stack", "export")),
        ("resources", ("stack", "--show-ids", "--show-urns")),
    ):
        done = project.run(*command, "-s", "lab")
        assert done.returncode == 0, f"{command}: {done.stdout[-3000:]}"
        found.told[name] = done.stdout
    found.told |= _of_our_commands(project, lab)


def _of_our_commands(project: Project, lab: Lab) -> dict[str, str]:
    """What is looked at with the secrets within reach: comments, drift reports in each format, repairs, and pages."""
    told, path = {}, f"{Path(pulumi_projects.ENGINE).parent}:{project.environment['PATH']}"
    around = {**project.environment, "PATH": path, "PYTHONPATH": str(CHECKOUT)}
    page = project.folder / "report.html"

    def tell(name: str, statuses: tuple[int, ...], *command: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "mesh", *command],
            cwd=project.folder, env=around, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode in statuses, f"{command}: {done.stderr[-3000:]}"
        told[name] = done.stdout + done.stderr

    of_lab = ("--stack", "lab")
    tell("comment", (0, 1), "preview", *of_lab)
    tell("comment as data", (0, 1), "preview", *of_lab, "--format", "json")
    tell("drift of no stack", (2,), "drift", "--stack", "nowhere")
    _change_a_secret(lab)
    tell("drift", (1,), "drift", *of_lab)
    tell("drift in an issue", (1,), "drift", *of_lab, "--format", "md")
    tell("drift as data", (1,), "drift", *of_lab, "--format", "json")
    tell("repair", (0,), "drift", *of_lab, "--repair", "--yes")
    tell("report", (0, 1), "report", "stacks/Pulumi.lab.yaml", "--out", str(page))
    return {**told, "page": _text(page)}


def _change_a_secret(lab: Lab) -> None:
    """A key more in the Secret of a CA, and another of its texts."""
    kubeconfig = next(lab.kubeconfigs.glob("*east*.yaml")).read_text()
    Cluster(kubeconfig)._request(
        "patch",
        "/api/v1/namespaces/istio-system/secrets/cacerts",
        {"data": {"more": "AA==", "ca-cert.pem": "AA=="}},
        content_type="application/merge-patch+json",
    )


def _refusal(project: Project, found: Run) -> dict[str, str]:
    """What is said of a key that cannot be read."""
    path = Path(project.environment[VARIABLE], "lab/certificates/shop/tls.key")
    begin, *lines, end = path.read_text().splitlines()
    broken = "\n".join((begin, *reversed(lines), end))
    found.secrets["broken/tls.key"] = broken
    path.write_text(broken)
    done = project.run("preview", "-s", "lab")
    assert done.returncode != 0
    return {"refusal": done.stdout}


def _of_clusters(lab: Lab) -> dict[str, str]:
    """The token that each cluster's credentials hold, and the tokens by which clusters read each other."""
    secrets, like = {}, {"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "istio-system"}}
    for path in sorted(lab.kubeconfigs.glob("*.yaml")):
        kubeconfig = path.read_text()
        secrets[f"{path.stem}/credentials"] = yaml.safe_load(kubeconfig)["users"][0]["user"]["token"]
        for secret in Cluster(kubeconfig).matching(like, ""):
            if secret["type"] == "kubernetes.io/service-account-token":
                secrets[f"{path.stem}/token"] = base64.b64decode(secret["data"]["token"]).decode()
    return secrets


def _plans(stack: Path, folder: Path, environment: dict[str, str]) -> dict[str, str]:
    """With all that the deployment could read within reach."""

    def mesh(*arguments: str) -> str:
        command = [sys.executable, "-m", "mesh", *arguments]
        done = subprocess.run(command, cwd=CHECKOUT, env=environment, check=True, capture_output=True, text=True)
        return done.stdout + done.stderr

    shown = mesh("plan", str(stack))
    mesh("plan", str(stack), "--out", str(folder))
    return {"plan shown": shown, "plan": "\n".join(_text(path) for path in sorted(folder.rglob("*.yaml")))}


def _text(path: Path) -> str:
    return path.read_text(errors="replace")
