"""What Azure refuses in a managed cluster."""

import re
from collections.abc import Iterator

from mesh.lab.arm import authorization, identity, ids
from mesh.lab.arm.containers import (
    agent_pool_rules,
    api_server_access,
    cluster_networks,
    cluster_subnets,
    kubernetes_versions,
)
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.refusals import properties, properties_before
from mesh.lab.arm.resource_types import Body, Write

# Codes: AKS's own list (see agent_pool_rules); messages: its support articles, and what users report of versions
# (K8sVersionNotSupported) and of pools in the profile (pulumi-azure-native#2719).
_NAME = re.compile(r"[a-zA-Z0-9]|[a-zA-Z0-9][-_a-zA-Z0-9]{0,61}[a-zA-Z0-9]")
_RESERVED_NAMES = ("azure",)
_RESERVED_WORDS = ("microsoft", "windows")
_RESERVED_STARTS = ("login", "xbox")
_DNS_PREFIX = re.compile(r"[a-zA-Z0-9]([-a-zA-Z0-9]{0,52}[a-zA-Z0-9])?")
_ADMINISTRATOR = re.compile(r"[A-Za-z][-A-Za-z0-9_]*")
_MAX_ISTIO_REVISIONS = 2
_CREATE_ONLY = ("dnsPrefix", "nodeResourceGroup", "fqdnSubdomain", "enableRBAC")


def name_refusals(write: Write) -> Iterator[Rejection]:
    name, folded = write.name, write.name.lower()
    if not _NAME.fullmatch(name):
        yield _invalid("name", "1 to 63 letters, digits, underscores and hyphens, with a letter or digit at both ends")
    # Support article "Troubleshoot the InvalidParameter error".
    if folded in _RESERVED_NAMES:
        yield _invalid("name", f'"{name}" managed cluster name is invalid because it is reserved.')
    if any(word in folded for word in _RESERVED_WORDS):
        yield _invalid(
            "name",
            f"\"{name}\" managed cluster name is invalid because 'MICROSOFT' and 'WINDOWS' can't be used as either a "
            "whole word or a substring in the name.",
        )
    if folded.startswith(_RESERVED_STARTS):
        yield _invalid(
            "name",
            f"\"{name}\" managed cluster name is invalid because 'LOGIN' and 'XBOX' can't be used at the start of a "
            "resource name, but can be used later in the name.",
        )


def profile_refusals(write: Write) -> Iterator[Rejection]:
    sent = properties(write)
    prefix = sent.get("dnsPrefix")
    if not prefix and not sent.get("fqdnSubdomain"):
        yield _required("dnsPrefix")
    if prefix and not _DNS_PREFIX.fullmatch(prefix):
        yield _invalid("dnsPrefix", "1 to 54 letters, digits and hyphens, with a letter or digit at both ends")
    # The property's description: only on clusters that Entra ID signs users in to.
    if sent.get("disableLocalAccounts") and not (sent.get("aadProfile") or {}).get("managed"):
        yield Rejection(
            "BadRequest",
            "Local accounts can only be disabled with a managed aadProfile.",
            target="disableLocalAccounts",
        )
    linux = sent.get("linuxProfile")
    if linux is not None:
        if not _ADMINISTRATOR.fullmatch(linux.get("adminUsername") or ""):
            yield _invalid("linuxProfile.adminUsername", "it must match ^[A-Za-z][-A-Za-z0-9_]*$")
        keys = (linux.get("ssh") or {}).get("publicKeys")
        if not keys or not all(key.get("keyData") for key in keys):
            yield _required("linuxProfile.ssh.publicKeys.keyData")
    mesh = sent.get("serviceMeshProfile")
    if mesh is not None:
        revisions = (mesh.get("istio") or {}).get("revisions") or []
        if len(revisions) > _MAX_ISTIO_REVISIONS or len(revisions) != len(set(revisions)):
            yield _invalid(
                "serviceMeshProfile.istio.revisions", f"at most {_MAX_ISTIO_REVISIONS} revisions, none twice"
            )


def version_refusals(write: Write) -> Iterator[Rejection]:
    wanted = properties(write).get("kubernetesVersion")
    current = properties_before(write).get("currentKubernetesVersion")
    version = kubernetes_versions.resolved(wanted) if wanted else None
    if wanted and version is None and wanted != current:
        yield Rejection(
            "K8sVersionNotSupported",
            f"Managed cluster {write.name} is on version {wanted} which is not supported in this region. Please use "
            "[az aks get-versions] command to get the supported version list in this region. For more information, "
            "please check https://aka.ms/supported-version-list",
            target="kubernetesVersion",
        )
    tier, plan = (write.body.get("sku") or {}).get("tier"), properties(write).get("supportPlan")
    if version and kubernetes_versions.is_long_term_only(version) and (tier, plan) != ("Premium", "AKSLongTermSupport"):
        yield Rejection(
            "K8sVersionNotSupported",
            f"Managed cluster {write.name} is on version {version}, which is only available for Long-Term "
            "Support (LTS). "
            "If you intend to onboard to LTS, please ensure the cluster is in Premium tier and LTS support plan (see "
            "https://aka.ms/aks/enable-lts). Otherwise, use [az aks get-versions] command to get the supported "
            "version list.",
            target="kubernetesVersion",
        )
    if version and current and not kubernetes_versions.is_upgrade_allowed(current, version):
        yield Rejection(
            "OperationNotAllowed",
            f"Upgrading Kubernetes version {current} to {version} is not allowed: no downgrade, and no minor version "
            "may be skipped. Please see https://aka.ms/aks-supported-k8s-ver for version details.",
            target="kubernetesVersion",
        )


def node_group_refusals(write: Write, node_group_id: str) -> Iterator[Rejection]:
    if ids.folded(node_group_id) == ids.folded(ids.group_id(write.id) or ""):
        yield Rejection(
            "NodeResourceGroupSameAsResourceGroup",
            "The node resource group must not be the resource group of the cluster.",
            target="nodeResourceGroup",
        )
    present = write.resources.get(node_group_id) if write.before is None else None
    owner = (present or {}).get("managedBy")
    if owner and ids.folded(owner) != ids.folded(write.id):
        yield Rejection(
            "NodeResourceGroupManagedByAnotherResource",
            f"The node resource group {ids.name(node_group_id)} is managed by {owner}.",
            409,
            target="nodeResourceGroup",
        )
    # One that is this cluster's own is left from a creation that failed.
    if present and not owner:
        yield Rejection(
            "NodeResourceGroupAlreadyExists",
            f"The node resource group {ids.name(node_group_id)} already exists; AKS must create it.",
            409,
            target="nodeResourceGroup",
        )


def identity_refusals(write: Write) -> Iterator[Rejection]:
    block = write.body.get("identity")
    kubelet = ((properties(write).get("identityProfile") or {}).get("kubeletidentity") or {}).get("resourceId")
    if not block and not properties(write).get("servicePrincipalProfile"):
        yield _required("identity")
    missing = identity.missing_identities(block, write.resources)
    if kubelet and write.before is None and write.resources.get(kubelet) is None:
        missing.append(kubelet)
    if missing:
        yield Rejection(
            "InvalidManagedIdentityResourceID", f"The managed identity {missing[0]} was not found.", target="identity"
        )
    if not kubelet or write.before:
        return
    if not identity.user_assigned_ids(block):
        yield Rejection(
            "CustomKubeletIdentityOnlySupportedOnUserAssignedMSICluster",
            "A kubelet identity of your own needs a cluster with a user-assigned identity.",
            target="identityProfile",
        )
    for identity_id in identity.user_assigned_ids(block):
        may_assign = ("Owner", "Contributor", "Managed Identity Operator")
        if not authorization.may(identity.principal_id(identity_id), may_assign, kubelet, write.resources):
            yield Rejection(
                "CustomKubeletIdentityMissingPermissionError",
                "The cluster using user-assigned managed identity must be granted 'Managed Identity Operator' role to "
                f"assign kubelet identity. Identity: {identity_id}; kubelet identity: {kubelet}.",
            )


def pool_refusals(
    write: Write, network: Body, pools_before: list[Body], context: agent_pool_rules.ClusterContext
) -> Iterator[Rejection]:
    sent: list[Body] = properties(write).get("agentPoolProfiles") or []
    before = {pool["name"]: pool for pool in pools_before}
    names = [pool.get("name") for pool in sent]
    if len(names) != len(set(names)):
        yield _invalid("agentPoolProfiles", "two agent pools have the same name")
    if before and (new := [name for name in names if name not in before]):
        yield Rejection(
            "BadRequest",
            f"A new agent pool was introduced: {', '.join(map(str, new))}. Adding agent pools to an existing cluster "
            "is not allowed through managed cluster operations. For agent pool specific change, please use per agent "
            "pool operations: https://aka.ms/agent-pool-rest-api",
        )
    yield from _pool_version_refusals(sent, before, context.version)
    for pool in sent:
        yield from agent_pool_rules.refusals(pool, before.get(pool.get("name", "")), context)
    after = list((before | {pool["name"]: before.get(pool["name"], {}) | pool for pool in sent}).values())
    if not any(pool.get("mode") == "System" for pool in after):
        yield Rejection(
            "MustDefineAtLeastOneSystemPool",
            "There has to be at least one system agent pool.",
            target="agentPoolProfiles",
        )
    yield from cluster_networks.refusals(network, after, write.resources)
    yield from cluster_subnets.refusals(
        after, write.id, context.location, network, write.body.get("identity"), write.resources
    )
    yield from api_server_access.refusals(properties(write).get("apiServerAccessProfile"), network)
    if write.before:
        yield from cluster_networks.change_refusals(network, properties_before(write)["networkProfile"])


def _pool_version_refusals(sent: list[Body], before: dict[str, Body], control_plane: str) -> Iterator[Rejection]:
    """Reported by users of upgrades through the cluster: pools keep their version or get the control plane's."""
    for pool in sent:
        wanted = kubernetes_versions.resolved(pool.get("orchestratorVersion") or "")
        present = before.get(pool["name"], {}).get("currentOrchestratorVersion")
        if wanted and present and wanted not in (present, control_plane):
            yield Rejection(
                "NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged",
                "Using managed cluster api, all Agent pools' OrchestratorVersion must be all specified or all "
                "unspecified. "
                "If all specified, they must be stay unchanged or the same with control plane.",
                target="agentPoolProfiles.orchestratorVersion",
            )


def change_refusals(write: Write) -> Iterator[Rejection]:
    if write.before is None:
        return
    before = properties_before(write)
    for name in _CREATE_ONLY:
        sent = properties(write).get(name)
        if sent is not None and sent != before.get(name):
            yield Rejection(
                "PropertyChangeNotAllowed",
                f"Changing property '{name}' is not allowed.",
                409,
                target=f"properties.{name}",
            )
    issuer = properties(write).get("oidcIssuerProfile")
    if issuer and not issuer.get("enabled") and (before.get("oidcIssuerProfile") or {}).get("enabled"):
        yield Rejection("OIDCIssuerCannotBeDisabled", "The OIDC issuer cannot be disabled.", target="oidcIssuerProfile")


def _invalid(field: str, why: str) -> Rejection:
    return Rejection(
        "InvalidParameter",
        f"The value of parameter {field} is invalid. Error details: {why}. "
        "Please see https://aka.ms/aks-naming-rules for more details.",
        target=field,
    )


def _required(field: str) -> Rejection:
    return Rejection("InvalidParameter", f"Required parameter {field} is missing (null).", target=field)
