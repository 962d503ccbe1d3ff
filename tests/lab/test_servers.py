"""The lab's API servers: started, healed, deleted, and closed to other users of the machine."""

import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import yaml

from mesh.lab import paths
from mesh.lab.processes import Process, ServerFailed
from mesh.lab.servers import Servers


def client(kubeconfig: str, tmp_path: Path, token: str | None = None) -> httpx.Client:
    content = yaml.safe_load(kubeconfig)
    cluster, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
    trust = ssl.create_default_context(cadata=_decoded(cluster["certificate-authority-data"]))
    headers = {"Authorization": f"Bearer {token or user['token']}"}
    return httpx.Client(base_url=cluster["server"], verify=trust, headers=headers, trust_env=False)


def _decoded(data: str) -> str:
    import base64

    return base64.b64decode(data).decode()


def config_map(name: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


def kill_everything(servers: Servers) -> None:
    for server in servers.running():
        os.kill(server.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while servers.running():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_cluster_survives_the_loss_of_every_process_and_keeps_its_kubeconfig(own_servers: Servers, tmp_path: Path):
    kubeconfig = own_servers.start("east", service_cidr="10.77.0.0/16")
    with client(kubeconfig, tmp_path) as api:
        assert api.get("/version").json()["minor"] == "36"
        assert api.post("/api/v1/namespaces/default/configmaps", json=config_map("kept")).status_code == 201
    names = [server.name for server in own_servers.running()]
    assert names == ["etcd", "east/kube-apiserver", "east/kube-controller-manager"]

    kill_everything(own_servers)

    assert own_servers.start("east", service_cidr="10.99.0.0/16") == kubeconfig
    with client(kubeconfig, tmp_path) as api:
        assert api.get("/api/v1/namespaces/default/configmaps/kept").status_code == 200
        service = api.get("/api/v1/namespaces/default/services/kubernetes").json()
        assert service["spec"]["clusterIP"] == "10.77.0.1", "the service range lasts as long as the cluster"


def test_what_a_deleted_cluster_stored_is_gone_and_the_others_keep_theirs(own_servers: Servers, tmp_path: Path):
    with ThreadPoolExecutor() as pool:
        first, other = pool.map(own_servers.start, ["east", "east-2"])
    for kubeconfig in (first, other):
        with client(kubeconfig, tmp_path) as api:
            assert api.post("/api/v1/namespaces/default/configmaps", json=config_map("mine")).status_code == 201
    kill_everything(own_servers)

    own_servers.stop("east")

    again = own_servers.start("east")
    assert again != first
    with client(again, tmp_path) as api:
        assert api.get("/api/v1/namespaces/default/configmaps/mine").status_code == 404
    assert own_servers.start("east-2") == other
    with client(other, tmp_path) as api:
        assert api.get("/api/v1/namespaces/default/configmaps/mine").status_code == 200

    own_servers.stop("east")
    own_servers.stop("east-2")
    own_servers.stop("east-2")
    assert own_servers.running() == ()
    assert own_servers.clusters() == ()


def test_two_processes_that_start_one_cluster_at_once_get_one_server(own_servers: Servers, tmp_path: Path):
    program = (
        "import sys; from pathlib import Path; from mesh.lab.paths import Lab; from mesh.lab.servers import Servers; "
        "sys.stdout.write(Servers(Lab(Path(sys.argv[1]))).start('east'))"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "lab")]
    starters = [
        subprocess.Popen(command, cwd=paths.CHECKOUT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]

    first, second = (starter.communicate(timeout=60)[0] for starter in starters)

    assert first == second == own_servers.start("east")
    assert len(own_servers.running()) == 3


def test_nothing_answers_without_its_credentials(own_servers: Servers, tmp_path: Path):
    kubeconfig = own_servers.start("east")
    with client(kubeconfig, tmp_path, token="somebody-else") as api:
        assert api.get("/api/v1/namespaces/default/secrets").status_code == 401
    (etcd,) = (server for server in own_servers.running() if server.name == "etcd")
    anyone = ssl.create_default_context()
    anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
    with pytest.raises(httpx.TransportError):
        httpx.post(f"https://127.0.0.1:{etcd.port}/v3/kv/range", json={"key": "Lw=="}, verify=anyone, trust_env=False)

    private = [path for path in (tmp_path / "lab/servers").rglob("*") if path.is_file() and _holds_a_secret(path)]
    assert len(private) > 8
    assert {path: stat.filemode(path.stat().st_mode) for path in private if path.stat().st_mode & 0o077} == {}
    assert stat.S_IMODE((tmp_path / "lab/kubeconfigs/east.yaml").stat().st_mode) == 0o600


def _holds_a_secret(path: Path) -> bool:
    return path.suffix in (".pem", ".json", ".csv", ".log", ".kubeconfig", ".db") or path.name == "kubeconfig"


def test_a_server_that_dies_at_its_start_shows_its_last_words_and_its_log(own_servers: Servers, tmp_path: Path):
    own_servers.start("east")
    (port,) = (server.port for server in own_servers.running() if server.name == "east/kube-apiserver")
    assert port is not None
    kill_everything(own_servers)
    with socket.create_server(("127.0.0.1", port)), pytest.raises(ServerFailed) as failure:
        own_servers.start("east")

    log = tmp_path / "lab/servers/clusters/east/kube-apiserver.log"
    assert str(failure.value).startswith(f"kube-apiserver ended at its start. Its last words, from {log}:\n")
    assert "address already in use" in str(failure.value)
    own_servers.start("east")


def test_a_missing_program_is_named_with_the_way_to_get_it(tmp_path: Path):
    with pytest.raises(ServerFailed, match=r"/none/etcd is missing\. `make up` builds it\."):
        Process("etcd", tmp_path).start(["/none/etcd"])


def test_a_process_id_that_another_process_has_now_is_not_taken_for_a_server(tmp_path: Path):
    (tmp_path / "etcd.pid").write_text(f"{os.getpid()}\n")

    assert Process("etcd", tmp_path).pid() is None
    Process("etcd", tmp_path).kill()


def test_the_name_of_a_cluster_cannot_lead_out_of_the_lab(own_servers: Servers):
    with pytest.raises(ValueError, match="no name of an AKS cluster"):
        own_servers.start("../east")
