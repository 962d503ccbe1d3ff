"""The variables that a machine's sidecar starts with, as what in them is neither judged nor harmless."""

from collections.abc import Iterator, Mapping

from mesh.access.treatment import Harmless
from mesh.findings.coverage.fields import JUDGED, Field, only, unknown

_PLATFORM = ("168.63.129.16/32", "169.254.169.254/32")
"""Azure's agent, DNS and instance metadata: nothing of ours answers there."""
_NAME = Harmless("how reports call it")
_VARIABLES: Mapping[str, Field] = {
    **dict.fromkeys(
        (
            *("CA_ADDR", "POD_NAMESPACE", "SERVICE_ACCOUNT", "TRUST_DOMAIN", "ISTIO_META_CLUSTER_ID"),
            *("ISTIO_META_NETWORK", "ISTIO_METAJSON_LABELS", "ISTIO_META_AUTO_REGISTER_GROUP"),
            *("ISTIO_INBOUND_PORTS", "ISTIO_LOCAL_EXCLUDE_PORTS"),
        ),
        JUDGED,
    ),
    "ISTIO_SERVICE_CIDR": only("*"),
    "ISTIO_SERVICE_EXCLUDE_CIDR": only(*_PLATFORM),
    **dict.fromkeys(
        (
            *("CANONICAL_SERVICE", "CANONICAL_REVISION", "ISTIO_META_MESH_ID", "ISTIO_META_WORKLOAD_NAME"),
            *("ISTIO_NAMESPACE", "ISTIO_SERVICE"),
        ),
        _NAME,
    ),
    "ISTIO_SVC_IP": Harmless("what the machine takes for its own address; its entry is judged by Azure's"),
    "ISTIO_META_DNS_CAPTURE": Harmless("who answers the machine's DNS questions"),
    "PILOT_ENABLE_IP_AUTOALLOCATE": Harmless("the addresses by which hosts without one are told apart"),
}
_LISTS = frozenset({"ISTIO_SERVICE_EXCLUDE_CIDR"})


def not_judged(variables: Mapping[str, str]) -> Iterator[str]:
    for name, value in variables.items():
        yield from unknown(value.split(",") if name in _LISTS else value, _VARIABLES.get(name), name)
