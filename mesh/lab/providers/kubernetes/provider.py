"""The `kubernetes` provider: the engine's calls, answered by objects and releases."""

from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2 as rpc

from mesh.lab.paths import Lab
from mesh.lab.providers.differences import differences
from mesh.lab.providers.kubernetes import manifests, object_changes, objects, release_inputs, releases
from mesh.lab.providers.kubernetes.cluster import Cluster, active_cluster
from mesh.lab.providers.kubernetes.options import Options
from mesh.lab.providers.kubernetes.refusals import Unreachable
from mesh.lab.providers.plugin import Failure, Plugin
from mesh.lab.providers.properties import UNKNOWN, Properties, message, plain

_RELEASE = "kubernetes:helm.sh/v3:Release"
_DEFAULT_TIMEOUT = 600.0


class KubernetesProvider(Plugin):
    """Behaves as the official plugin does with server-side apply."""

    version = "4.34.2"

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._configuration: Properties = {}
        self._cluster: Cluster | None = None

    def CheckConfig(self, request: rpc.CheckRequest, context: grpc.ServicerContext) -> rpc.CheckResponse:
        return rpc.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: rpc.DiffRequest, context: grpc.ServicerContext) -> rpc.DiffResponse:
        """A provider is replaced, and all that is on it, only when it is for another cluster.

        With the same clusterIdentifier it is the same cluster, whatever the kubeconfig has become.
        """
        old, new = (plain(item) for item in (request.old_inputs or request.olds, request.news))
        changed = sorted({difference.path[0] for difference in differences(old, new)})
        identifier = old.get("clusterIdentifier"), new.get("clusterIdentifier")
        replaces: list[str] = []
        if None not in identifier:
            replaces = ["clusterIdentifier"] if identifier[0] != identifier[1] else []
        elif _cluster_of(old) != _cluster_of(new):
            replaces = [key for key in changed if key in ("kubeconfig", "context", "cluster")]
        kind = rpc.DiffResponse.DIFF_SOME if changed else rpc.DiffResponse.DIFF_NONE
        return rpc.DiffResponse(changes=kind, diffs=[str(key) for key in changed], replaces=replaces)

    def Configure(self, request: rpc.ConfigureRequest, context: grpc.ServicerContext) -> rpc.ConfigureResponse:
        self._configuration = plain(request.args)
        kubeconfig = self._configuration.get("kubeconfig")
        if kubeconfig and kubeconfig != UNKNOWN:
            self._cluster = Cluster(kubeconfig, self._configuration.get("context"))
        return rpc.ConfigureResponse(supportsPreview=True)

    def Check(self, request: rpc.CheckRequest, context: grpc.ServicerContext) -> rpc.CheckResponse:
        olds, news = plain(request.olds), plain(request.news)
        type_name, name = _type_and_name(request.urn)
        if type_name == _RELEASE:
            inputs, problems = release_inputs.checked(olds, news, name, request.randomSeed)
            failures = [rpc.CheckFailure(property=key, reason=reason) for key, reason in problems]
            return rpc.CheckResponse(inputs=message(inputs), failures=failures)
        inputs = objects.checked(news, olds, type_name, name, request.randomSeed, self._options())
        return rpc.CheckResponse(inputs=message(inputs))

    def Diff(self, request: rpc.DiffRequest, context: grpc.ServicerContext) -> rpc.DiffResponse:
        """What is new is held against what was last seen of the object, as far as the inputs went then.

        What a server, or a webhook, makes of an input is so a change at every run, as with the official plugin.
        """
        old, new = plain(request.old_inputs), plain(request.news)
        if _is_release(request.urn):
            changed = releases.changes(old, new, request.ignoreChanges)
        else:
            seen = objects.inputs_with_drift(old, plain(request.olds))
            changed = object_changes.changes(seen, new, request.ignoreChanges, self._options())
        return _diff_response(changed)

    def Create(self, request: rpc.CreateRequest, context: grpc.ServicerContext) -> rpc.CreateResponse:
        inputs = plain(request.properties)
        if _is_release(request.urn):
            if request.preview:
                return rpc.CreateResponse(properties=message(releases.planned(inputs)))
            state = releases.installed(self._reached(), self._lab, inputs)
            return rpc.CreateResponse(id=releases.identifier(inputs), properties=message(state))
        if request.preview:
            return rpc.CreateResponse(properties=message(self._planned(inputs, exists=False)))
        live = objects.created(self._reached(), self._lab, inputs, self._options())
        return rpc.CreateResponse(id=manifests.identifier(live), properties=message(manifests.outputs(live)))

    def Update(self, request: rpc.UpdateRequest, context: grpc.ServicerContext) -> rpc.UpdateResponse:
        inputs = plain(request.news)
        if _is_release(request.urn):
            if request.preview:
                return rpc.UpdateResponse(properties=message(releases.planned(inputs)))
            return rpc.UpdateResponse(properties=message(releases.upgraded(self._reached(), self._lab, inputs)))
        if request.preview:
            return rpc.UpdateResponse(properties=message(self._planned(inputs, exists=True)))
        live = objects.updated(self._reached(), self._lab, inputs, self._options())
        return rpc.UpdateResponse(properties=message(manifests.outputs(live)))

    def Read(self, request: rpc.ReadRequest, context: grpc.ServicerContext) -> rpc.ReadResponse:
        try:
            return self._read(request)
        except Unreachable:
            if self._is_on("deleteUnreachable"):
                return rpc.ReadResponse()
            if self._is_on("skipUpdateUnreachable"):
                return rpc.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)
            raise

    def _read(self, request: rpc.ReadRequest) -> rpc.ReadResponse:
        cluster, inputs = self._reached(), plain(request.inputs)
        if _is_release(request.urn):
            answer = releases.read(cluster, request.id, inputs)
            if answer is None:
                return rpc.ReadResponse()
            inputs, state = answer
            return rpc.ReadResponse(id=request.id, properties=message(state), inputs=message(inputs))
        live = cluster.get(_like(request, inputs))
        if live is None:
            return rpc.ReadResponse()
        inputs = objects.inputs_with_drift(inputs, live) if inputs else objects.inputs_of(live)
        state = manifests.outputs(live)
        marked = manifests.with_secrets_marked(inputs)
        return rpc.ReadResponse(id=request.id, properties=message(state), inputs=message(marked))

    def Delete(self, request: rpc.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        state, timeout = plain(request.properties), request.timeout or _DEFAULT_TIMEOUT
        try:
            if _is_release(request.urn):
                releases.uninstalled(self._reached(), request.id, timeout)
            else:
                objects.deleted(self._reached(), state, timeout)
        except Unreachable:
            if not self._is_on("deleteUnreachable"):
                raise
        return empty_pb2.Empty()

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        if self._cluster is not None:
            self._cluster.cancel()
        return empty_pb2.Empty()

    def _planned(self, inputs: Properties, *, exists: bool) -> Properties:
        live = objects.planned(self._cluster, inputs, self._options(), exists=exists) if self._cluster else None
        if live is None:
            return manifests.with_secrets_marked(inputs)
        metadata = live["metadata"] if exists else {**live["metadata"], "uid": UNKNOWN}
        # What a status will be is not known from a plan.
        return manifests.outputs(
            {key: value for key, value in live.items() if key != "status"} | {"metadata": metadata}
        )

    def _reached(self) -> Cluster:
        if self._cluster is None:
            raise Failure(
                "the kubernetes provider has no kubeconfig: set `kubeconfig` on the provider of this resource"
            )
        return self._cluster

    def _options(self) -> Options:
        return Options(
            namespace=self._configuration.get("namespace"),
            config_maps_mutable=self._is_on("enableConfigMapMutable"),
            secrets_mutable=self._is_on("enableSecretMutable"),
            force=self._is_on("enablePatchForce"),
            upsert=self._is_on("upsertExistingObjects"),
        )

    def _is_on(self, option: str) -> bool:
        value = self._configuration.get(option)
        return value is True or value == "true"


def _type_and_name(urn: str) -> tuple[str, str]:
    """urn:pulumi:stack::project::parent$type::name"""
    parts = urn.split("::", 3)
    return parts[2].rpartition("$")[2], parts[3]


def _is_release(urn: str) -> bool:
    return _type_and_name(urn)[0] == _RELEASE


def _like(request: rpc.ReadRequest, inputs: Properties) -> Properties:
    """Which object a read is about: its kind from what is known of it or from its type, its name from its id."""
    namespace, _, name = request.id.rpartition("/")
    known = inputs or plain(request.properties)
    if not known.get("apiVersion"):
        type_name = _type_and_name(request.urn)[0].removeprefix("kubernetes:")
        api_version, _, kind = type_name.rpartition(":")
        known = {"apiVersion": api_version.removeprefix("core/"), "kind": kind}
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {"apiVersion": known["apiVersion"], "kind": known["kind"], "metadata": metadata}


def _diff_response(found: object_changes.Changes) -> rpc.DiffResponse:
    kinds = rpc.PropertyDiff.Kind
    detailed = {}
    for difference in found.differences:
        suffix = "_REPLACE" if difference in found.replacing else ""
        kind = kinds.Value(f"{difference.kind.upper()}{suffix}")
        detailed[difference.property_path] = rpc.PropertyDiff(kind=kind, inputDiff=True)
    return rpc.DiffResponse(
        changes=rpc.DiffResponse.DIFF_SOME if found.differences else rpc.DiffResponse.DIFF_NONE,
        diffs=sorted({str(difference.path[0]) for difference in found.differences}),
        replaces=sorted(difference.property_path for difference in found.replacing),
        deleteBeforeReplace=found.delete_first,
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


def _cluster_of(configuration: Properties) -> Any:
    """What of a provider's configuration says which cluster it is for; never equal while that is unknown."""
    keys = ("kubeconfig", "context", "cluster")
    if UNKNOWN in (configuration.get(key) for key in keys):
        return object()
    return active_cluster(configuration.get("kubeconfig") or "", configuration.get("context"))
