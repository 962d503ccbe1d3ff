"""A Kubernetes API server, as the provider uses it: any object by its apiVersion and kind, in plain data."""

import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import urllib3
import yaml
from kubernetes import client, config
from kubernetes.config.config_exception import ConfigException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ResourceNotFoundError

from mesh.lab.providers.kubernetes.refusals import Refused, UnknownKind, readable
from mesh.lab.providers.plugin import Failure

Object = dict[str, Any]

# The discovery client wants to cache in a file that all users share. A file that cannot be: it then goes without.
_NO_CACHE_FILE = os.path.join(os.devnull, "cache")
_CONNECTIONS = 64
_SECONDS_TO_CONNECT_AND_TO_ANSWER = (5, 60)
_SECONDS_BETWEEN_LOOKS = (0.05, 0.5)

# The client comes without types.
_read_kubeconfig: Any = config.load_kube_config_from_dict
_connect: Any = DynamicClient


def name_of(manifest: Mapping[str, Any]) -> str:
    """An object as a user knows it: Kind namespace/name."""
    metadata = manifest["metadata"]
    within = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return f"{manifest['kind']} {within}{metadata.get('name')}"


def active_cluster(kubeconfig: str, context: str | None) -> Any:
    """What a kubeconfig says of the cluster that is used; who uses it may change from one to the next."""
    try:
        content = yaml.safe_load(kubeconfig) or {}
    except yaml.YAMLError:
        return kubeconfig
    if not isinstance(content, dict):
        return kubeconfig
    chosen = context or content.get("current-context")
    contexts = {item["name"]: item["context"] for item in content.get("contexts") or []}
    clusters = {item["name"]: item["cluster"] for item in content.get("clusters") or []}
    return clusters.get(contexts.get(chosen, {}).get("cluster"))


class Cluster:
    def __init__(self, kubeconfig: str, context: str | None = None) -> None:
        settings = client.Configuration()
        try:
            content = yaml.safe_load(kubeconfig)
            _read_kubeconfig(content, context=context, client_configuration=settings)
        except (yaml.YAMLError, ConfigException, TypeError, AttributeError) as unreadable:
            raise Failure(
                "the provider's kubeconfig cannot be read: it is not a kubeconfig in YAML or JSON"
            ) from unreadable
        settings.connection_pool_maxsize = _CONNECTIONS
        settings.retries = urllib3.Retry(connect=2, read=0, redirect=0, other=0, backoff_factor=0.2)
        settings.proxy = None  # what the lab talks to is on the loopback address
        self.host: str = settings.host
        self._settings = settings
        self._connected: Any = None
        self._lock = threading.Lock()
        self._cancelled = threading.Event()

    def get(self, like: Mapping[str, Any]) -> Object | None:
        """The live object of that apiVersion, kind, namespace and name; None where there is none."""
        return self._found(lambda: self._request("get", self._path(like)))

    def matching(self, like: Mapping[str, Any], label_selector: str) -> list[Object]:
        kind, namespace = self._resource(like), like["metadata"].get("namespace")
        query = [("labelSelector", label_selector)]
        answer = self._request("get", kind.path(namespace=namespace), query=query)
        return [{"apiVersion": like["apiVersion"], "kind": like["kind"], **item} for item in answer["items"]]

    def apply(self, manifest: Object, manager: str, *, force: bool = False, dry_run: bool = False) -> Object:
        """Applies on the server's side: it keeps who set which field, and tells who else set it."""
        query = [("fieldManager", manager), ("force", str(force).lower())]
        if dry_run:
            query.append(("dryRun", "All"))
        return self._request("patch", self._path(manifest), manifest, query, "application/apply-patch+yaml")

    def set_status(self, manifest: Object, status: Object) -> Object:
        path = f"{self._path(manifest)}/status"
        return self._request("patch", path, {"status": status}, [], "application/merge-patch+json")

    def delete(self, like: Mapping[str, Any], propagation: str, timeout: float) -> None:
        """Deletes, and waits until it is gone; gone already is fine."""
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        answer = self._found(lambda: self._request("delete", self._path(like), options))
        if answer is None:
            return
        # The answer is the object as it goes, or a Status that has its uid.
        uid = answer.get("metadata", {}).get("uid") or answer.get("details", {}).get("uid")
        self.wait(
            lambda: (live := self.get(like)) is None or live["metadata"]["uid"] != uid,
            timeout,
            lambda: f"{name_of(like)} is still there {timeout:.0f} seconds after it was deleted: {self._holding(like)}",
        )

    def wait(self, done: Callable[[], bool], timeout: float, message: Callable[[], str]) -> None:
        deadline = time.monotonic() + timeout
        pause, longest = _SECONDS_BETWEEN_LOOKS
        while not done():
            if time.monotonic() > deadline:
                raise Failure(message())
            if self._cancelled.wait(pause):
                raise Failure("cancelled while it waited; what it waited for goes on in the cluster")
            pause = min(longest, pause * 1.5)

    def cancel(self) -> None:
        """Lets every wait end, those under way and those to come."""
        self._cancelled.set()

    def forget_kinds(self) -> None:
        """Asks the server anew for its kinds, after some were added."""
        with self._lock:
            self._connected = None

    def _holding(self, like: Mapping[str, Any]) -> str:
        metadata = (self.get(like) or {"metadata": {}})["metadata"]
        finalizers = metadata.get("finalizers")
        return f"finalizers {', '.join(finalizers)}" if finalizers else "the server has not removed it yet"

    def _found(self, answer: Callable[[], Object]) -> Object | None:
        try:
            return answer()
        except UnknownKind:
            return None
        except Refused as refusal:
            if refusal.status == 404:
                return None
            raise

    def _path(self, like: Mapping[str, Any]) -> str:
        kind, metadata = self._resource(like), like["metadata"]
        namespace = (metadata.get("namespace") or "default") if kind.namespaced else None
        return str(kind.path(name=metadata["name"], namespace=namespace))

    def _resource(self, like: Mapping[str, Any]) -> Any:
        with self._lock, readable(self.host):
            try:
                return self._client().resources.get(api_version=like["apiVersion"], kind=like["kind"])
            except ResourceNotFoundError as missing:
                raise UnknownKind(
                    f"the cluster has no kind {like['kind']} in {like['apiVersion']}: "
                    "verify the apiVersion, and that the CustomResourceDefinition is created before"
                ) from missing

    def _client(self) -> Any:
        if self._connected is None:
            self._connected = _connect(client.ApiClient(self._settings), cache_file=_NO_CACHE_FILE)
        return self._connected

    def _request(
        self,
        method: str,
        path: str,
        body: Object | None = None,
        query: list[tuple[str, str]] | None = None,
        content_type: str = "application/json",
    ) -> Object:
        with self._lock, readable(self.host):
            connected = self._client()
        with readable(self.host):
            answer = connected.request(
                method,
                path,
                body=body,
                query_params=query or [],
                content_type=content_type,
                serialize=False,
                _request_timeout=_SECONDS_TO_CONNECT_AND_TO_ANSWER,
            )
            content: Object = json.loads(answer.data)
            return content
