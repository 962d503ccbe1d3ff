"""The script by which a machine asks for its token, against a real API server and a stand-in for Azure's metadata."""

import base64
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
import yaml
from test_servers import client

from mesh import resolve
from mesh.declaration import stack_file
from mesh.model import Environment
from mesh.plan.resources import ApiServer, Output
from mesh.render import plan

STACK_FILE = Path(__file__).parents[1] / "cases" / "machines" / "machine-with-sidecar" / "stack.yaml"
METADATA = "http://169.254.169.254"


@dataclass
class Metadata:
    """Azure's instance metadata, as far as the script asks it."""

    token: str
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def environment(place: str) -> Environment:
    text = STACK_FILE.read_text().replace("namespace: finance", f"namespace: {place}")
    return resolve.environment(stack_file.document(text.encode()), "shop")


@pytest.fixture
def metadata(environment: Environment, kubeconfig: str, place: str) -> Iterator[Metadata]:
    """The machine's identity is the service account `identity` here, as the lab knows no other users."""
    for account in ("identity", "ledger", "other"):
        create(kubeconfig, f"/api/v1/namespaces/{place}/serviceaccounts", {"metadata": {"name": account}})
    rights = [item for item in plan(environment).objects if item.manifest["metadata"]["name"] == "ledger-token"]
    assert [item.manifest["kind"] for item in rights] == ["Role", "RoleBinding"]
    for item in rights:
        manifest = json.loads(json.dumps(item.manifest, default=lambda _: f"system:serviceaccount:{place}:identity"))
        kinds = f"{item.manifest['kind'].lower()}s"
        create(kubeconfig, f"/apis/rbac.authorization.k8s.io/v1/namespaces/{place}/{kinds}", manifest)
    answer = create(kubeconfig, f"/api/v1/namespaces/{place}/serviceaccounts/identity/token", {"spec": {}})
    stand_in = Metadata(answer["status"]["token"])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            stand_in.asked.append((self.path, self.headers["Metadata"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"access_token": stand_in.token, "token_type": "Bearer"}).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    stand_in.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield stand_in
    server.shutdown()
    thread.join()
    server.server_close()


def create(kubeconfig: str, path: str, body: dict[str, object]) -> dict[str, dict[str, str]]:
    with client(kubeconfig) as api:
        answer = api.post(path, json=body)
    assert answer.status_code == httpx.codes.CREATED, answer.text
    created: dict[str, dict[str, str]] = answer.json()
    return created


def script(environment: Environment, metadata: Metadata, kubeconfig: str, folder: Path) -> str:
    """As it would stand on the machine, but for the two addresses and the file that are elsewhere here."""
    cluster = yaml.safe_load(kubeconfig)["clusters"][0]["cluster"]
    authority = folder / "api-server.pem"
    authority.write_bytes(base64.b64decode(cluster["certificate-authority-data"]))
    (machine,) = (machine for machine in plan(environment).machines if machine.machine.name == "ledger-0")
    (file,) = (file for file in machine.files if file.path.endswith("/istio-token"))
    parts = [cluster["server"] if isinstance(part, ApiServer) else str(part) for part in file.parts]
    text = "".join(parts).replace("/etc/hybrid-mesh/api-server.pem", str(authority))
    assert METADATA in text
    return text.replace(METADATA, metadata.address)


def run(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    given = {"PATH": os.environ["PATH"], "RUNTIME_DIRECTORY": str(folder)}
    return subprocess.run(["sh"], input=text, env=given, capture_output=True, text=True, check=False)


def claims(token: str) -> dict[str, object]:
    payload = token.split(".")[1]
    read: dict[str, object] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return read


def test_a_machine_gets_a_token_of_its_own_account_for_istio(
    environment: Environment, metadata: Metadata, kubeconfig: str, place: str, tmp_path: Path
) -> None:
    done = run(script(environment, metadata, kubeconfig, tmp_path), tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    token = tmp_path / "istio-token"
    found = claims(token.read_text())
    assert found["aud"] == ["istio-ca"]
    assert found["sub"] == f"system:serviceaccount:{place}:ledger"
    assert int(str(found["exp"])) - int(str(found["iat"])) == 3600
    assert token.stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "istio-token.new").exists()


def test_it_asks_as_its_own_identity_for_the_api_servers_of_aks(
    environment: Environment, metadata: Metadata, kubeconfig: str, tmp_path: Path
) -> None:
    run(script(environment, metadata, kubeconfig, tmp_path), tmp_path)

    assert metadata.asked == [
        (
            "/metadata/identity/oauth2/token?api-version=2018-02-01"
            "&resource=6dae42f8-4368-4678-94ff-3960e28e3630"
            "&msi_res_id=/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/hybrid-mesh-shop"
            "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/machine-ledger-0",
            "true",
        )
    ]


def test_a_token_of_another_account_is_refused(
    environment: Environment, metadata: Metadata, kubeconfig: str, tmp_path: Path
) -> None:
    (tmp_path / "istio-token").write_text("the one before")
    text = script(environment, metadata, kubeconfig, tmp_path).replace("/ledger/token", "/other/token")

    done = run(text, tmp_path)

    assert done.returncode == 1
    assert '"code":403' in done.stderr.replace(" ", "")
    assert metadata.token not in done.stderr
    assert (tmp_path / "istio-token").read_text() == "the one before"


@pytest.mark.parametrize("path", ["pods", "secrets", "serviceaccounts", "serviceaccounts/ledger", "configmaps"])
def test_the_identity_may_read_nothing(metadata: Metadata, kubeconfig: str, place: str, path: str) -> None:
    with client(kubeconfig, token=metadata.token) as api:
        answer = api.get(f"/api/v1/namespaces/{place}/{path}")

    assert answer.status_code == httpx.codes.FORBIDDEN


def test_without_an_identity_it_says_so(
    environment: Environment, metadata: Metadata, kubeconfig: str, tmp_path: Path
) -> None:
    text = script(environment, metadata, kubeconfig, tmp_path)
    metadata.token = ""

    done = run(text, tmp_path)

    assert done.returncode == 1
    assert done.stderr.startswith("Azure gives this machine no token of its managed identity: ")


def test_the_binding_waits_for_the_identitys_number(environment: Environment) -> None:
    (binding,) = (item for item in plan(environment).objects if item.manifest["kind"] == "RoleBinding")

    assert binding.manifest["subjects"] == [
        {
            "kind": "User",
            "apiGroup": "rbac.authorization.k8s.io",
            "name": Output("identity/machine-ledger-0", "principalId"),
        }
    ]
