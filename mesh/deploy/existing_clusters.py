"""A cluster of others, as declared and as Azure shows it → what it lacks, each with its fix."""

from collections.abc import Iterator, Mapping
from typing import Any

Properties = Mapping[str, Any]


def lacking(declared: Properties, found: Properties) -> list[str]:
    """`declared` are the properties of the fact in the plan, `found` the cluster's as azure-native has them."""
    return [*_of_mesh(found), *_of_network(declared, found), *_of_api_server(declared, found), *_asked(declared, found)]


def _of_mesh(found: Properties) -> Iterator[str]:
    mode = (found.get("serviceMeshProfile") or {}).get("mode")
    if mode not in (None, "Disabled"):
        yield (
            "AKS's own Istio add-on is on, and two meshes fight for the same pods. Switch it off with az aks mesh "
            "disable, or leave this cluster out"
        )


def _of_network(declared: Properties, found: Properties) -> Iterator[str]:
    asked, profile = declared["networkProfile"], found.get("networkProfile") or {}
    plugin, mode = profile.get("networkPlugin"), profile.get("networkPluginMode")
    if (plugin, mode) != ("azure", "overlay"):
        yield (
            f"its pods have their addresses by {plugin or 'no plugin'}{f' in mode {mode}' if mode else ''}, and the "
            "plan takes them to be behind their nodes. Upgrade it to Azure CNI Overlay: az aks update "
            "--network-plugin-mode overlay"
        )
    for key, word in (("podCidr", "pod_cidr"), ("serviceCidr", "service_cidr")):
        if profile.get(key) and profile[key] != asked[key]:
            yield f"its {word} is {profile[key]}, and the stack file says {asked[key]}. Write {word}: {profile[key]}"
    subnet = declared["agentPoolProfiles"][0]["vnetSubnetID"]
    elsewhere = sorted(
        {
            str(pool.get("vnetSubnetID") or "a network that AKS made")
            for pool in found.get("agentPoolProfiles") or ()
            if str(pool.get("vnetSubnetID")).lower() != subnet.lower()
        }
    )
    for other in elsewhere:
        yield f"it has nodes in {other}, and the stack file says {subnet}. Correct subnets.nodes of its network"


def _of_api_server(declared: Properties, found: Properties) -> Iterator[str]:
    is_private = bool((found.get("apiServerAccessProfile") or {}).get("enablePrivateCluster"))
    said = bool((declared.get("apiServerAccessProfile") or {}).get("enablePrivateCluster"))
    if is_private != said:
        kind = "private" if is_private else "public"
        yield f"its API server is {kind}. {'Write private: true' if is_private else 'Remove private'}"


def _asked(declared: Properties, found: Properties) -> Iterator[str]:
    """What gateways that read a vault need."""
    if "addonProfiles" not in declared:
        return
    if not (found.get("oidcIssuerProfile") or {}).get("enabled"):
        yield "it has no OIDC issuer, by which a gateway's pods read their vault: az aks update --enable-oidc-issuer"
    identity = (found.get("securityProfile") or {}).get("workloadIdentity") or {}
    if not identity.get("enabled"):
        yield (
            "it has no workload identity, by which a gateway's pods read their vault: az aks update "
            "--enable-workload-identity"
        )
    for name in declared["addonProfiles"]:
        if not ((found.get("addonProfiles") or {}).get(name) or {}).get("enabled"):
            yield (
                f"its add-on {name} is off, which fetches certificates: az aks enable-addons --addons "
                "azure-keyvault-secrets-provider"
            )
