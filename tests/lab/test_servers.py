"""The lab's API servers: started, healed, deleted, and closed to other users of the machine.

Servers take seconds to start, so the tests share a lab; each starts what it needs, which is nothing where it runs.
"""

import base64
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from temporary_labs import lab_in

from mesh.lab import paths
from mesh.lab.paths import Lab
from mesh.lab.processes import Process, ServerFailed
from mesh.lab.servers import Servers


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return lab_in(tmp_path_factory.mktemp("servers") / "lab")


@pytest.fixture(scope="module")
def servers(lab: Lab) -> Iterator[Servers]:
    servers = Servers(lab)
    yield servers
    for cluster in servers.clusters():
        servers.stop(cluster)


def client(kubeconfig: str, token: str | None = None) -> httpx.Client:
    content = yaml.safe_load(kubeconfig)
    cluster, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
    trust = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
    headers = {"Authorization": f"Bearer {token or user['token']}"}
    return httpx.Client(base_url=cluster["server"], verify=trust, headers=headers, trust_env=False, timeout=30)


def write_config_map(kubeconfig: str, name: str) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
    with client(kubeconfig) as api:
        assert api.post("/api/v1/namespaces/default/configmaps", json=body).status_code == 201


def has_config_map(kubeconfig: str, name: str) -> bool:
    with client(kubeconfig) as api:
        return api.get(f"/api/v1/namespaces/default/configmaps/{name}").status_code == 200


def kill(servers: Servers, *names: str) -> None:
    """Kills them, and waits until they count as ended."""
    killed = [server for server in servers.running() if not names or server.name in names]
    for server in killed:
        os.kill(server.pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while {server.pid for server in killed} & {server.pid for server in servers.running()}:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_two_processes_that_start_one_cluster_at_once_get_one_server(servers: Servers, lab: Lab):
    program = (
        "import sys; from pathlib import Path; from mesh.lab.paths import Lab; from mesh.lab.servers import Servers; "
        "sys.stdout.write(Servers(Lab(Path(sys.argv[1]))).start('west'))"
    )
    command = [sys.executable, "-c", program, str(lab.root)]
    starters = [subprocess.Popen(command, cwd=paths.CHECKOUT, stdout=subprocess.PIPE, text=True) for _ in range(2)]

    first, second = (starter.communicate(timeout=90)[0] for starter in starters)

    assert first == second == servers.start("west")
    assert [server.name for server in servers.running()] == [
        "etcd",
        "west/kube-apiserver",
        "west/kube-controller-manager",
    ]


def test_a_cluster_survives_the_loss_of_every_process_and_keeps_its_kubeconfig(servers: Servers):
    kubeconfig = servers.start("east", service_cidr="10.77.0.0/16")
    write_config_map(kubeconfig, "kept")

    kill(servers)

    assert servers.start("east", service_cidr="10.99.0.0/16") == kubeconfig
    assert has_config_map(kubeconfig, "kept")
    with client(kubeconfig) as api:
        service = api.get("/api/v1/namespaces/default/services/kubernetes").json()
    assert service["spec"]["clusterIP"] == "10.77.0.1", "the service range lasts as long as the cluster"


def test_a_halt_ends_all_servers_and_loses_nothing(servers: Servers):
    kubeconfig = servers.start("east")
    write_config_map(kubeconfig, "halted")

    servers.halt()

    assert servers.running() == ()
    assert "east" in servers.clusters()
    assert servers.start("east") == kubeconfig
    assert has_config_map(kubeconfig, "halted")


def taking(port: int) -> socket.socket:
    """A listener on the port, once the killed server and its connections have let go of it."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return socket.create_server(("127.0.0.1", port))
        except OSError:
            assert time.monotonic() < deadline, f"port {port} is still taken"
            time.sleep(0.2)


def test_a_server_that_dies_at_its_start_shows_its_last_words_and_its_log(servers: Servers, lab: Lab):
    servers.start("east")
    (port,) = (server.port for server in servers.running() if server.name == "east/kube-apiserver")
    assert port is not None
    kill(servers, "east/kube-apiserver", "east/kube-controller-manager")

    with taking(port), pytest.raises(ServerFailed) as failure:
        servers.start("east")

    log = lab.servers / "clusters/east/kube-apiserver.log"
    assert str(failure.value).startswith(f"kube-apiserver ended at its start. Its last words, from {log}:\n")
    assert "address already in use" in str(failure.value)


def test_what_a_deleted_cluster_stored_is_gone_though_its_servers_were_down_and_others_keep_theirs(servers: Servers):
    deleted, other = servers.start("east"), servers.start("west")
    write_config_map(deleted, "mine")
    write_config_map(other, "mine")
    kill(servers, "east/kube-apiserver", "east/kube-controller-manager", "etcd")

    servers.stop("east")

    again = servers.start("east")
    assert again != deleted
    assert not has_config_map(again, "mine")
    assert has_config_map(other, "mine")


def test_nothing_answers_without_its_credentials(servers: Servers, lab: Lab):
    kubeconfig = servers.start("east")
    with client(kubeconfig, token="somebody-else") as api:
        assert api.get("/api/v1/namespaces/default/secrets").status_code == 401
    (etcd,) = (server for server in servers.running() if server.name == "etcd")
    anyone = ssl.create_default_context()
    anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
    with pytest.raises(httpx.TransportError):
        httpx.post(f"https://127.0.0.1:{etcd.port}/v3/kv/range", json={"key": "Lw=="}, verify=anyone, trust_env=False)


def test_what_holds_a_key_or_a_token_is_its_owners_alone(servers: Servers, lab: Lab):
    servers.start("east")

    private = [path for path in lab.servers.rglob("*") if path.is_file() and _holds_a_secret(path)]

    assert len(private) > 8
    assert {path: stat.filemode(path.stat().st_mode) for path in private if path.stat().st_mode & 0o077} == {}
    assert stat.S_IMODE((lab.kubeconfigs / "east.yaml").stat().st_mode) == 0o600


def _holds_a_secret(path: Path) -> bool:
    return path.suffix in (".pem", ".json", ".csv", ".log", ".kubeconfig", ".db") or path.name == "kubeconfig"


def test_the_last_cluster_takes_everything_with_it(servers: Servers, lab: Lab):
    servers.start("east")

    for cluster in (*servers.clusters(), "east"):
        servers.stop(cluster)

    assert servers.running() == ()
    assert [path.name for path in lab.servers.rglob("*") if path.is_file() and path.suffix != ".lock"] == []
    assert list(lab.kubeconfigs.iterdir()) == []


def test_a_missing_program_is_named_with_the_way_to_get_it(tmp_path: Path):
    with pytest.raises(ServerFailed, match=r"/none/etcd is missing\. `make up` builds it\."):
        Process("etcd", tmp_path).start(["/none/etcd"])


def test_a_process_id_that_another_process_has_now_is_not_taken_for_a_server(tmp_path: Path):
    (tmp_path / "etcd.pid").write_text(f"{os.getpid()}\n")

    assert Process("etcd", tmp_path).pid() is None
    Process("etcd", tmp_path).kill()


def test_the_name_of_a_cluster_cannot_lead_out_of_the_lab(servers: Servers):
    with pytest.raises(ValueError, match="no name of an AKS cluster"):
        servers.start("../east")
