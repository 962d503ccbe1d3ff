"""A Helm release whose install or upgrade was killed, on a real API server."""

import json

import pytest

from mesh.engine.recovery import releases
from mesh.failures import Failure
from mesh.lab.providers.kubernetes import release_records
from mesh.lab.providers.kubernetes.cluster import Cluster
from mesh.lab.providers.kubernetes.release_records import Record

URN = "urn:pulumi:lab::hybrid-mesh::kubernetes:helm.sh/v3:Release::east/release/istiod"
PROVIDER = "urn:pulumi:lab::hybrid-mesh::pulumi:providers:kubernetes::kubernetes/east"
SECRET = "4dabf18193072939515e22adb298388d"
"""What marks a secret in a state."""


def deployment(kubeconfig: str) -> dict:
    shown = {SECRET: "1b47061264138c4ac30d75fd1eb44270", "plaintext": json.dumps(kubeconfig)}
    release = {
        "urn": URN,
        "type": "kubernetes:helm.sh/v3:Release",
        "provider": f"{PROVIDER}::1f2e",
        "inputs": {"namespace": "istio-system", "name": "istiod"},
    }
    provider = {"urn": PROVIDER, "type": "pulumi:providers:kubernetes", "inputs": {"kubeconfig": shown}}
    other = {"urn": "urn:x", "type": "azure-native:network:Subnet", "inputs": {}}
    return {
        "resources": [provider],
        "pending_operations": [{"type": "creating", "resource": one} for one in (other, release)],
    }


def test_the_releases_that_a_killed_run_was_at_work_on_are_known() -> None:
    state = deployment("the kubeconfig")

    assert releases.worked_on(state)
    assert releases.interrupted(state) == (releases.Release("istio-system", "istiod", "the kubeconfig"),)
    assert "the kubeconfig" not in repr(releases.interrupted(state))


def test_a_state_without_them_has_none() -> None:
    assert not releases.worked_on({"pending_operations": None})
    assert not releases.worked_on({"pending_operations": [{"resource": {"type": "azure-native:network:Subnet"}}]})


def test_pending_records_go_and_all_others_stay(kubeconfig: str, cluster: Cluster, place: str) -> None:
    for name, revision, status in (
        ("istiod", 1, "superseded"),
        ("istiod", 2, "deployed"),
        ("istiod", 3, "pending-upgrade"),
        ("istio-base", 1, "pending-install"),
    ):
        release_records.write(cluster, Record(name, place, revision, status, "istiod", "1.30.4", {}, ()))

    assert releases.clear(releases.Release(place, "istiod", kubeconfig)) == 1

    assert [record.status for record in release_records.recorded(cluster, place, "istiod")] == [
        "superseded",
        "deployed",
    ]
    assert len(release_records.recorded(cluster, place, "istio-base")) == 1


def test_an_installed_release_is_left_alone(kubeconfig: str, place: str) -> None:
    assert releases.clear(releases.Release(place, "istiod", kubeconfig)) == 0


def test_a_cluster_that_does_not_answer_is_said_so(kubeconfig: str) -> None:
    elsewhere = "\n".join(
        "    server: https://127.0.0.1:1" if line.strip().startswith("server:") else line
        for line in kubeconfig.splitlines()
    )

    with pytest.raises(
        Failure, match=r"^The Helm release shop/istiod was being worked on, and its cluster does not tell"
    ):
        releases.clear(releases.Release("shop", "istiod", elsewhere))
