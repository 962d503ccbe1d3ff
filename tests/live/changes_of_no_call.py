"""Changes that open no call and break none: cosmetic ones, and those that are no drift at all."""

from changes_behind import NETWORK, Behind, added, azure, edited, put

_REASON = "Azure Policy sets it on everything in the subscription"


def _tagged(subject: str, path: str) -> Behind:
    return azure(subject, "cosmetic", path, put("17", "tags", "cost"), "tags.cost")


def _labelled(subject: str) -> Behind:
    return edited(subject, "cosmetic", put("a", "metadata", "labels", "team"), "metadata.labels")


def _annotated(subject: str) -> Behind:
    return edited(subject, "cosmetic", put("a", "metadata", "annotations", "team"), "metadata.annotations")


COSMETIC = (
    _tagged("nat/east", f"{NETWORK}/natGateways/east-nat"),
    _tagged("network/machines", f"{NETWORK}/virtualNetworks/machines"),
    _tagged("nsg/east/gateways", f"{NETWORK}/networkSecurityGroups/east-gateways"),
    _tagged("public-ip/east-nat", f"{NETWORK}/publicIPAddresses/east-nat"),
    _tagged("machine/ledger-0", "Microsoft.Compute/virtualMachines/ledger-0"),
    _labelled("east/shop/NetworkPolicy/storefront"),
    _labelled("east/istio-system/VirtualService/istiod"),
    _labelled("east/shop/AuthorizationPolicy/storefront"),
    *(_labelled(f"east/shop/ServiceAccount/{name}") for name in ("cart", "orders", "prices", "stock")),
    *(_annotated(f"east/shop/Sidecar/{name}") for name in ("prices", "stock", "storefront")),
    _annotated("east/shop/Service/orders"),
    _labelled("east/shop/Service/prices"),
    Behind(
        "east/Namespace/finance", "cosmetic", ("metadata.labels.team",),
        lambda they: they.patch("Namespace", "finance", {"metadata": {"labels": {"team": "a"}}}),
    ),
    edited("east/shop/VirtualService/orders", "cosmetic", put("30s", "spec", "http", 0, "timeout"),
           "spec.http[0].timeout"),
    added("east/shop/Telemetry/quiet", "cosmetic", spec={"accessLogging": [{"disabled": True}]}),
)  # fmt: skip

NO_DRIFT = (
    azure("pool/east/apps", "expected", "Microsoft.ContainerService/managedClusters/east/agentPools/apps",
          put(4, "properties", "count"), "the autoscaler chooses how many nodes there are"),
    Behind(
        "east/release/istiod: istio-system/Deployment/istiod", "expected", ("the autoscaler chooses how many",),
        lambda they: they.patch("Deployment", "istio-system/istiod", {"spec": {"replicas": 4}}),
    ),
    Behind(
        "east/finance/WorkloadEntry/ledger-0-10.30.0.10", "expected",
        ("a machine of the environment has registered itself",),
        lambda they: they.add(
            "WorkloadEntry", "finance/ledger-0-10.30.0.10",
            metadata={"annotations": {"istio.io/autoRegistrationGroup": "ledger-machines"}},
            spec={"address": "10.30.0.10", "labels": {"app": "ledger"}, "serviceAccount": "ledger"},
        ),
    ),
    azure("network/east", "theirs", f"{NETWORK}/virtualNetworks/east", put("17", "tags", "CostCenter"),
          "tags.CostCenter", _REASON),
)  # fmt: skip
"""It ends with 0, and a repair leaves it."""
