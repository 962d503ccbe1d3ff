"""The kubeconfig by which the istiod of one cluster reads another.

Of a cluster's own credentials it keeps where the API server is and who vouches for it. Who reads is told by a token:
istiod refuses what AKS lists, commands to run and client certificates.
"""

import base64
from collections.abc import Mapping

import pulumi
import yaml

_KEPT = ("server", "certificate-authority-data", "tls-server-name")
_TOKEN = "token"  # noqa: S105 the key in the secret


def output(
    cluster: str, credentials: pulumi.Output[str], token_data: pulumi.Output[Mapping[str, str] | None]
) -> pulumi.Output[str]:
    """Unknown while the cluster or the token's secret does not exist."""
    both = pulumi.Output.all(credentials, token_data)
    return pulumi.Output.secret(both.apply(lambda known: text(cluster, known[0], known[1])))


def text(cluster: str, credentials: str, token_data: Mapping[str, str] | None) -> str:
    """Raises RunError where the cluster has not made the token yet."""
    token = (token_data or {}).get(_TOKEN)
    if not token:
        raise pulumi.RunError(
            f"the cluster {cluster} has not made the token yet by which the other clusters read it. "
            "It does within moments: run `pulumi refresh`, then `pulumi up` again."
        )
    listed = yaml.safe_load(credentials)["clusters"][0]["cluster"]
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": cluster, "cluster": {key: listed[key] for key in _KEPT if key in listed}}],
            "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": cluster}}],
            "current-context": cluster,
            "users": [{"name": cluster, "user": {"token": base64.b64decode(token).decode()}}],
        },
        sort_keys=False,
    )
