"""The kubeconfig by which the istiod of one cluster reads another."""

import base64

import pulumi
import pytest
import yaml

from mesh.deploy import remote_kubeconfigs

CREDENTIALS = """
apiVersion: v1
kind: Config
clusters:
- name: hybrid-mesh-prod_west
  cluster: {server: "https://west.hcp.example:443", certificate-authority-data: Q0E=, proxy-url: "http://127.0.0.1:1"}
contexts:
- name: admin
  context: {cluster: hybrid-mesh-prod_west, user: me, namespace: shop}
current-context: admin
users:
- name: me
  user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: kubelogin}}
"""


def test_it_has_where_the_cluster_is_and_a_token_and_nothing_of_whoever_deploys() -> None:
    token = base64.b64encode(b"eyJ.token").decode()

    assert yaml.safe_load(remote_kubeconfigs.text("west", CREDENTIALS, {"token": token, "ca.crt": "Q0E="})) == {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "west",
                "cluster": {"server": "https://west.hcp.example:443", "certificate-authority-data": "Q0E="},
            }
        ],
        "contexts": [{"name": "west", "context": {"cluster": "west", "user": "west"}}],
        "current-context": "west",
        "users": [{"name": "west", "user": {"token": "eyJ.token"}}],
    }


@pytest.mark.parametrize("data", [None, {}, {"ca.crt": "Q0E="}])
def test_a_token_that_is_not_there_yet_is_told_with_the_way_out(data: dict[str, str] | None) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        remote_kubeconfigs.text("west", CREDENTIALS, data)

    assert str(refused.value) == (
        "the cluster west has not made the token yet by which the other clusters read it. "
        "It does within moments: run `pulumi refresh`, then `pulumi up` again."
    )
