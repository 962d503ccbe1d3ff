"""What one cluster reads another with, on a real API server: it lists what istiod lists, and changes nothing."""

import base64
import ssl

import httpx
import pytest
import yaml
from kubernetes_calls import Calls, release

from mesh.deploy import remote_kubeconfigs
from mesh.lab.providers.properties import plain

ACCOUNT = "istio-reader-service-account"


@pytest.fixture
def reader(calls: Calls, place: str, kubeconfig: str) -> httpx.Client:
    """A client with what is in the kubeconfig that other clusters are given, and with nothing else."""
    within = {"global": {"istioNamespace": place}}
    calls.create(release("istio-base", place, "base", base={"enableCRDTemplates": False}, **within))
    calls.create(release("istiod", place, "istiod", **within))
    annotations = {"kubernetes.io/service-account.name": ACCOUNT}
    token = calls.create(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/service-account-token",
            "metadata": {"name": "reader", "namespace": place, "annotations": annotations},
        }
    )
    text = remote_kubeconfigs.text("east", kubeconfig, plain(token.properties)["data"])
    [cluster], [user] = (yaml.safe_load(text)[key] for key in ("clusters", "users"))
    authority = base64.b64decode(cluster["cluster"]["certificate-authority-data"]).decode()
    return httpx.Client(
        base_url=cluster["cluster"]["server"],
        verify=ssl.create_default_context(cadata=authority),
        headers={"Authorization": f"Bearer {user['user']['token']}"},
        trust_env=False,
        timeout=30,
    )


def test_its_kubeconfig_lists_what_istiod_reads(reader: httpx.Client) -> None:
    services = reader.get("/api/v1/services").json()["items"]
    answers = {
        path: reader.get(f"/{path}").status_code
        for path in ("api/v1/pods", "api/v1/nodes", "api/v1/namespaces", "apis/discovery.k8s.io/v1/endpointslices")
    }

    assert "kubernetes" in [service["metadata"]["name"] for service in services]
    assert set(answers.values()) == {200}, answers


def test_its_kubeconfig_changes_nothing(reader: httpx.Client, place: str) -> None:
    made = reader.post(f"/api/v1/namespaces/{place}/configmaps", json={"metadata": {"name": "mine"}})

    assert (made.status_code, made.json()["reason"]) == (403, "Forbidden")


def test_without_the_token_it_is_nobodys(reader: httpx.Client) -> None:
    del reader.headers["Authorization"]

    assert reader.get("/api/v1/services").status_code in (401, 403)
