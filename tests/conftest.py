"""Real API servers for the tests: one pair for the whole run, in a lab of their own."""

from collections.abc import Iterator

import kubernetes_calls
import pytest
from temporary_labs import lab_in

from mesh.lab.paths import Lab
from mesh.lab.providers.kubernetes.cluster import Cluster
from mesh.lab.servers import Servers


@pytest.fixture(scope="session")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab whose cluster `east` runs; tests keep apart by namespaces of their own."""
    lab = lab_in(tmp_path_factory.mktemp("lab"))
    servers = Servers(lab)
    try:
        servers.start("east")
        yield lab
    finally:
        for cluster in servers.clusters():
            servers.stop(cluster)


@pytest.fixture(scope="session")
def kubeconfig(shared_lab: Lab) -> str:
    return (shared_lab.kubeconfigs / "east.yaml").read_text()


@pytest.fixture(scope="session")
def cluster(kubeconfig: str) -> Cluster:
    return Cluster(kubeconfig)


@pytest.fixture(scope="session")
def calls(shared_lab: Lab, kubeconfig: str) -> Iterator[kubernetes_calls.Calls]:
    """The provider, configured as the program configures it."""
    with kubernetes_calls.provider(shared_lab) as made:
        made.configure(
            kubeconfig=kubeconfig, clusterIdentifier="east", enableServerSideApply=True, enableConfigMapMutable="true"
        )
        yield made


@pytest.fixture
def place(cluster: Cluster) -> str:
    """A namespace of the test's own; it goes with the server."""
    return kubernetes_calls.namespace(cluster)


@pytest.fixture(scope="session")
def istio_kinds(calls: kubernetes_calls.Calls, cluster: Cluster) -> None:
    """Istio's kinds, installed by the chart that brings them."""
    place = kubernetes_calls.namespace(cluster)
    calls.create(kubernetes_calls.release("istio-base", place, "base", **{"global": {"istioNamespace": place}}))
