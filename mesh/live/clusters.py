"""A cluster's API server → the objects that decide about access, and Helm's records. Only a repair writes."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import urllib3
import yaml
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ResourceNotFoundError

from mesh.failures import Failure
from mesh.review.drift.unowned import DECIDING, REMOTE

Object = dict[str, Any]
Like = Mapping[str, Any]

_NO_CACHE_FILE = os.path.join(os.devnull, "cache")  # the client's own is shared by all users
_AT_ONCE = 8
_SECONDS_TO_CONNECT_AND_TO_ANSWER = (10, 60)
_PAGE = 500
_REFUSALS = (400, 404, 409, 422)
_LISTED = (("v1", "Namespace"), ("v1", "Service"), ("v1", "ServiceAccount"))

_read_kubeconfig: Any = config.load_kube_config_from_dict  # the client comes without types
_connect: Any = DynamicClient


class Refused(Failure):
    """The API server does not take an object as it is; an update may know another way."""


class Cluster:
    def __init__(self, name: str, kubeconfig: str) -> None:
        """Raises Failure where the cluster does not answer, or does not let in."""
        self._name = name
        settings = client.Configuration()
        try:
            _read_kubeconfig(yaml.safe_load(kubeconfig), client_configuration=settings)
        except (ConfigException, yaml.YAMLError, TypeError, AttributeError) as error:
            raise Failure(
                f"The kubeconfig of cluster {name} cannot be used: {error}. kubelogin has to be on PATH, and logged in "
                "(az login; kubelogin convert-kubeconfig is not needed)."
            ) from None
        settings.retries = urllib3.Retry(connect=1, read=0, redirect=0, other=0, backoff_factor=0.2)
        settings.connection_pool_maxsize = _AT_ONCE
        self._host = settings.host
        self._connection = self._answered(
            lambda: _connect(client.ApiClient(settings), cache_file=_NO_CACHE_FILE), "its kinds"
        )

    def close(self) -> None:
        self._connection.client.close()

    def objects(self, wanted: Iterable[Like]) -> tuple[Object, ...]:
        """Of the kinds that decide about access all, of others those wanted; what is not there is left out."""
        listed = {*_LISTED, *((api, kind) for api, kind in self._deciding())}
        groups = {(api.rpartition("/")[0], kind) for api, kind in listed}
        single = {
            (like["apiVersion"], like["kind"], like["metadata"].get("namespace"), like["metadata"]["name"])
            for like in wanted
            if (like["apiVersion"].rpartition("/")[0], like["kind"]) not in groups
        }
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            lists = pool.map(lambda pair: list(self._list(*pair)), sorted(listed))
            found = pool.map(lambda like: self._get(*like), sorted(single, key=str))
            remote = list(self._list("v1", "Secret", label=f"{REMOTE}=true"))
            every = [*(item for items in lists for item in items), *filter(None, found)]
        known = {(item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]) for item in every}
        return (*every, *(item for item in remote if _identity(item) not in known))

    def helm_records(self, namespace: str, name: str) -> list[Object]:
        """The Secrets in which Helm keeps the revisions of a release."""
        return list(self._list("v1", "Secret", namespace, f"owner=helm,name={name}"))

    def get(self, like: Like) -> Object | None:
        found = self._get(like["apiVersion"], like["kind"], like["metadata"].get("namespace"), like["metadata"]["name"])
        return {"apiVersion": like["apiVersion"], "kind": like["kind"], **found} if found else None

    def apply(self, manifest: Like, manager: str) -> Object:
        """On the server's side, as a manager of fields. Raises Refused."""
        query = [("fieldManager", manager), ("force", "true")]
        return self._written("patch", manifest, query, "application/apply-patch+yaml")

    def create(self, manifest: Like, manager: str) -> Object:
        """Raises Refused."""
        return self._written("post", manifest, [("fieldManager", manager)], named=False)

    def replace(self, manifest: Like, manager: str) -> Object:
        """Only the very version that was read. Raises Refused."""
        return self._written("put", manifest, [("fieldManager", manager)])

    def delete(self, like: Like) -> None:
        """Only what a person has named; gone already is fine."""
        path = self._path_of(like)
        if path and self._request(path, []) is not None:
            self._ask("delete", path, [])

    def _deciding(self) -> Iterator[tuple[str, str]]:
        """The version of each kind that the server prefers; none where the kind is not there."""
        for group, kinds in DECIDING.items():
            for kind in kinds:
                served = self._answered(partial(self._connection.resources.search, group=group, kind=kind), kind)
                if served:
                    best = next((version for version in served if version.preferred), served[0])
                    yield best.group_version, kind

    def _list(self, api: str, kind: str, namespace: str | None = None, label: str = "") -> Iterator[Object]:
        path = self._path(api, kind, namespace, None)
        query = [("limit", str(_PAGE)), *((("labelSelector", label),) if label else ())]
        following = ""
        while True:
            asked = [*query, *((("continue", following),) if following else ())]
            answer = self._request(path, asked) if path else None
            for item in (answer or {}).get("items") or ():
                yield {"apiVersion": api, "kind": kind, **item}
            following = ((answer or {}).get("metadata") or {}).get("continue", "")
            if not following:
                return

    def _get(self, api: str, kind: str, namespace: str | None, name: str) -> Object | None:
        path = self._path(api, kind, namespace, name)
        return self._request(path, []) if path else None

    def _written(
        self,
        method: str,
        manifest: Like,
        query: list[tuple[str, str]],
        content_type: str = "application/json",
        *,
        named: bool = True,
    ) -> Object:
        path = self._path_of(manifest, named=named)
        if path is None:
            raise Refused(f"Cluster {self._name} has no kind {manifest['kind']} in {manifest['apiVersion']}.")
        written = self._ask(method, path, query, manifest, content_type)
        return {"apiVersion": manifest["apiVersion"], "kind": manifest["kind"], **written}

    def _path_of(self, like: Like, *, named: bool = True) -> str | None:
        metadata = like["metadata"]
        name = metadata["name"] if named else None
        return self._path(like["apiVersion"], like["kind"], metadata.get("namespace"), name)

    def _path(self, api: str, kind: str, namespace: str | None, name: str | None) -> str | None:
        """None where the server has no such kind."""
        try:
            served = self._answered(lambda: self._connection.resources.get(api_version=api, kind=kind), kind)
        except ResourceNotFoundError:
            return None
        within = namespace if served.namespaced else None
        return str(served.path(name=name, namespace=within) if name or within else served.path())

    def _request(self, path: str, query: list[tuple[str, str]]) -> Object | None:
        """None where nothing is there."""
        found: Object | None = self._ask("get", path, query, missing_is_fine=True)
        return found

    def _ask(
        self,
        method: str,
        path: str,
        query: list[tuple[str, str]],
        body: Like | None = None,
        content_type: str = "application/json",
        *,
        missing_is_fine: bool = False,
    ) -> Any:
        def answer() -> Object | None:
            try:
                answered = self._connection.request(
                    method,
                    path,
                    query_params=query,
                    body=body,
                    content_type=content_type,
                    serialize=False,
                    _request_timeout=_SECONDS_TO_CONNECT_AND_TO_ANSWER,
                )
            except ApiException as error:
                if error.status == 404 and missing_is_fine:
                    return None
                if method != "get" and error.status in _REFUSALS:
                    raise Refused(f"{self._name}: {_reason(error)}") from None
                raise
            content: Object = json.loads(answered.data)
            return content

        return self._answered(answer, path if method == "get" else f"to {method} {path}")

    def _answered(self, answer: Callable[[], Any], what: str) -> Any:
        try:
            return answer()
        except ApiException as error:
            raise Failure(f"Cluster {self._name} refuses {what}: {_refusal(error)}") from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Failure(
                f"The API server of cluster {self._name} ({self._host}) does not answer: {type(error).__name__}. Look "
                "whether it can be reached from here (its network, its authorized ranges), and whether it is stopped."
            ) from None


def _reason(error: ApiException) -> str:
    """What an API server says of an object that it does not take; without values."""
    try:
        return str(json.loads(error.body or "").get("reason") or error.reason)
    except (ValueError, AttributeError):
        return str(error.reason)


def _refusal(error: ApiException) -> str:
    match error.status:
        case 401:
            return "the login has expired, or its credentials were renewed. Log in again (az login), or pulumi up."
        case 403:
            return (
                "this login may not do that there. To look it needs Azure Kubernetes Service RBAC Reader, and to read "
                "Secrets; to repair, Azure Kubernetes Service RBAC Cluster Admin."
            )
        case _:
            return f"{error.status} {error.reason}. Try again."


def _identity(item: Object) -> tuple[str, str | None, str]:
    return item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]
