"""Who gets keys and tokens: secrets, roles, pods with an account; told where somebody gets those of another."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from mesh import model, names
from mesh.access.istio.meshes import Mesh
from mesh.access.world import World
from mesh.model import Workload
from mesh.plan.resources import Kubeconfig, KubernetesObject, Output, Secret

_CERTIFICATE_KEYS = frozenset({"tls.crt", "tls.key", "ca.crt", "ca.crl"})
_AUTHORITY_KEYS = frozenset({"ca-cert.pem", "ca-key.pem", "cert-chain.pem", "root-cert.pem", "ca-crl.pem"})


class Credentials:
    """Of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rules: Mapping[str, Callable[[Mesh, KubernetesObject], Iterator[str]]] = {
            "Secret": self._of_secret,
            "rbac.authorization.k8s.io/Role": self._of_role,
            "rbac.authorization.k8s.io/RoleBinding": self._of_role_binding,
            "secrets-store.csi.x-k8s.io/SecretProviderClass": self._of_secret_provider,
            **dict.fromkeys(("apps/Deployment", "apps/StatefulSet", "apps/DaemonSet"), self._of_pods),
        }

    def strange(self, kind: str, mesh: Mesh, item: KubernetesObject) -> Iterator[str]:
        """Why an object gives somebody what is not declared to be his."""
        if rule := self._rules.get(kind):
            yield from rule(mesh, item)

    @cached_property
    def _by_account(self) -> Mapping[tuple[str, str], Workload]:
        workloads = self._world.workloads.values()
        return {(workload.namespace, names.service_account(workload)): workload for workload in workloads}

    def _of_secret(self, mesh: Mesh, item: KubernetesObject) -> Iterator[str]:
        metadata = item.manifest["metadata"]
        namespace, name = metadata.get("namespace"), metadata["name"]
        content = {**(item.manifest.get("data") or {}), **(item.manifest.get("stringData") or {})}
        account = (metadata.get("annotations") or {}).get("kubernetes.io/service-account.name")
        if item.manifest.get("type") == "kubernetes.io/service-account-token" or account:
            if (namespace, account) != (names.SYSTEM_NAMESPACE, names.READER_ACCOUNT):
                yield f"it holds a token of the account {namespace}/{account}"
        elif (metadata.get("labels") or {}).get("istio/multiCluster") == "true":
            yield from self._of_remotes(mesh, content)
        elif (namespace, name) == (mesh.settings.root_namespace, names.AUTHORITY_SECRET):
            yield from _files(content, f"authority/{mesh.cluster}", _AUTHORITY_KEYS)
        elif namespace == names.INGRESS_NAMESPACE and name in self._certificates(mesh):
            yield from _files(content, f"certificates/{name}", _CERTIFICATE_KEYS)
        else:
            yield f"it is the secret of nobody declared in namespace {namespace}"

    def _of_remotes(self, mesh: Mesh, content: Mapping[str, Any]) -> Iterator[str]:
        for cluster, value in content.items():
            own = isinstance(value, Kubeconfig) and value.cluster == cluster
            if not own or cluster == mesh.cluster or cluster not in self._world.meshes:
                yield f"it has the istiod of {mesh.cluster} read {cluster} by a kubeconfig of another"

    def _certificates(self, mesh: Mesh) -> frozenset[str]:
        """The secrets that the declared gateways of a cluster serve."""
        return frozenset(tls.secret for _, tls in self._served(mesh))

    def _served(self, mesh: Mesh) -> Iterator[tuple[model.IngressGateway, model.IngressTls]]:
        for gateway in self._world.gateways:
            if gateway.release.cluster == mesh.cluster and gateway.declared and gateway.declared.tls:
                yield gateway.declared, gateway.declared.tls

    def _of_role(self, mesh: Mesh, item: KubernetesObject) -> Iterator[str]:
        if self._given_by(item) is None:
            yield "it gives more than tokens of one declared workload's account"

    def _given_by(self, role: KubernetesObject) -> Workload | None:
        """The workload whose tokens a Role gives, if that is all."""
        match role.manifest.get("rules"):
            case [{"apiGroups": [""], "resources": ["serviceaccounts/token"], "resourceNames": [account],
                   "verbs": ["create"], **more}] if not more:  # fmt: skip
                return self._by_account.get((role.manifest["metadata"].get("namespace", ""), account))
        return None

    @cached_property
    def _roles(self) -> Mapping[str, KubernetesObject]:
        return {item.name: item for item in self._world.plan.objects if item.manifest["kind"] == "Role"}

    def _of_role_binding(self, mesh: Mesh, item: KubernetesObject) -> Iterator[str]:
        reference, namespace = item.manifest.get("roleRef") or {}, item.manifest["metadata"].get("namespace")
        kind, name = reference.get("kind"), reference.get("name")
        role = self._roles.get(f"{mesh.cluster}/{namespace}/Role/{name}") if kind == "Role" else None
        workload = self._given_by(role) if role else None
        if workload is None:
            yield f"{kind} {name} gives more than tokens of one declared workload's account"
            return
        own = {_user(machine) for machine in workload.machines if machine.joins.name == mesh.cluster}
        for subject in item.manifest.get("subjects") or ():
            if subject.get("kind") != "User" or subject.get("name") not in own:
                yield f"it gives tokens of {workload.name} to {subject.get('kind')} {subject.get('name')}"

    def _of_secret_provider(self, mesh: Mesh, item: KubernetesObject) -> Iterator[str]:
        """Which vault, and which of its secrets, a gateway has its certificates from."""
        spec, metadata = item.manifest.get("spec") or {}, item.manifest["metadata"]
        sources = {names.ingress_gateway(gateway): tls.source for gateway, tls in self._served(mesh)}
        vault = sources.get(metadata["name"]) if metadata.get("namespace") == names.INGRESS_NAMESPACE else None
        if not isinstance(vault, model.KeyVault):
            yield "no declared gateway has its certificates by it"
            return
        parameters = spec.get("parameters") or {}
        if parameters.get("keyvaultName") != vault.name:
            yield f"spec.parameters.keyvaultName is {parameters.get('keyvaultName')} and not {vault.name}"
        for secret in spec.get("secretObjects") or ():
            for data in secret.get("data") or ():
                if data.get("objectName") not in vault.secrets:
                    yield f"{data.get('objectName')} is none of the gateway's secrets in {vault.name}"

    def _of_pods(self, mesh: Mesh, item: KubernetesObject) -> Iterator[str]:
        template = (item.manifest.get("spec") or {}).get("template") or {}
        labels = (template.get("metadata") or {}).get("labels") or {}
        account = (template.get("spec") or {}).get("serviceAccountName", "default")
        workload = self._by_account.get((item.manifest["metadata"].get("namespace", ""), account))
        if workload is None or mesh.cluster not in {cluster.name for cluster in workload.clusters}:
            yield f"it runs pods with the account {account}, which is no declared workload's there"
        elif dict(labels) != names.selector(workload):
            yield f"its pods have other labels than those of {workload.name}"


def _files(content: Mapping[str, Any], folder: str, keys: frozenset[str]) -> Iterator[str]:
    """Each key is the file of its name in the folder of secrets."""
    for key, value in content.items():
        if key not in keys or not isinstance(value, Secret) or value.file != f"{folder}/{key}":
            yield f"{key} is not the file {folder}/{key}"


def _user(machine: model.Machine) -> Output:
    return Output(f"identity/{names.machine_identity(machine)}", "principalId")
