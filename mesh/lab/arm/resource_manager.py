"""Azure Resource Manager, simulated: a WSGI application over one SQLite file and a catalogue of resource types."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote
from wsgiref.types import StartResponse, WSGIEnvironment

from mesh.lab.arm import envelope, faults, ids, regions
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.ids import GROUPS, SUBSCRIPTIONS, Address
from mesh.lab.arm.operations import Operations, has_effects_on_write, stamped
from mesh.lab.arm.resource_types import Body, ResourceType, Write
from mesh.lab.arm.store import Operation, Store

_HOST = "https://management.azure.com"
_SECONDS_UNTIL_NEXT_LOOK = 1


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    api_version: str | None
    if_match: str | None
    content: bytes
    faults: tuple[faults.Fault, ...]

    @property
    def body(self) -> Any:
        try:
            return json.loads(self.content or b"{}")
        except ValueError as error:
            raise Rejection(
                "InvalidRequestContent", f"The request content was invalid and could not be deserialized: '{error}'."
            ) from error

    @property
    def outcome(self) -> str:
        """How an operation that this request starts is to end."""
        kinds = {fault.kind for fault in self.faults}
        return "lose" if "fail_losing" in kinds else "keep" if "fail_keeping" in kinds else "succeed"

    @property
    def longer(self) -> float:
        return sum(float(fault.parameters["seconds"]) for fault in self.faults if fault.kind == "slow")


@dataclass(frozen=True)
class Response:
    status: int
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()


class ResourceManager:
    """Speaks to `httpx.Client(transport=httpx.WSGITransport(app=…), base_url="https://management.azure.com")`."""

    def __init__(
        self, database: Path, catalogue: Mapping[str, ResourceType], clock: Callable[[], float] = time.time
    ) -> None:
        self.store = Store(database)
        self._types = {name.lower(): kind for name, kind in catalogue.items()}
        self._operations = Operations(self.store, catalogue, clock)
        self._clock = clock

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = self._request(environ)
        kinds = {fault.kind for fault in request.faults}
        if "reset_before" in kinds:
            raise ConnectionResetError("Connection reset by peer")
        response = self._response(request)
        self.store.log_request(self._clock(), request.method, request.path, response.status)
        if "reset_after" in kinds:
            raise ConnectionResetError("Connection reset by peer")
        content = b"" if response.body is None or request.method == "HEAD" else json.dumps(response.body).encode()
        headers = [("Content-Type", "application/json; charset=utf-8"), *response.headers]
        start_response(f"{response.status} {HTTPStatus(response.status).phrase}", headers)
        return [content]

    def _request(self, environ: WSGIEnvironment) -> Request:
        path = unquote(environ["PATH_INFO"])
        query = {name.lower(): values[0] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
        method = environ["REQUEST_METHOD"]
        return Request(
            method=method,
            path=path,
            api_version=query.get("api-version"),
            if_match=environ.get("HTTP_IF_MATCH"),
            content=environ["wsgi.input"].read(),
            faults=faults.met(self.store, method, path),
        )

    def _response(self, request: Request) -> Response:
        try:
            for fault in request.faults:
                if rejection := faults.rejection(fault, request.path):
                    raise rejection
            return self._answer(request, ids.address(request.path))
        except Rejection as rejection:
            headers = (("Retry-After", str(rejection.retry_after)),) if rejection.retry_after is not None else ()
            return Response(rejection.status, rejection.body(), headers)

    def _answer(self, request: Request, address: Address) -> Response:
        self._operations.settle(request.path)
        kinds = [part.lower() for part in address.type_name.split("/")[1:]]
        if kinds in (["locations", "operations"], ["locations", "operationresults"]):
            return self._operation(address.name, as_result=kinds[1] == "operationresults")
        if address.type_name == SUBSCRIPTIONS:
            return Response(200, _subscription(address))
        if address.type_name == GROUPS and address.trailing == "resources" and request.method == "GET":
            return Response(200, {"value": self._members(address)})
        kind = self._kind(address)
        envelope.require_api_version(request.api_version, kind)
        match request.method, address.trailing:
            case "GET", str():
                return Response(200, {"value": self._collection(kind, address)})
            case "GET" | "HEAD", None:
                return self._read(request, kind, address)
            case "PUT", None:
                return self._write(request, kind, address)
            case "PATCH", None:
                return self._tag(request, kind, address)
            case "DELETE", None:
                return self._delete(request, kind, address)
            case "POST", str(action):
                return self._act(request, kind, address, action)
        raise Rejection(
            "MethodNotAllowed", f"The HTTP method '{request.method}' is not supported at '{request.path}'.", status=405
        )

    def _kind(self, address: Address) -> ResourceType:
        """The type of what a path addresses; of its last resource where an action or a collection trails."""
        name = address.type_name
        if address.trailing is not None and address.names and name.lower() not in self._types:
            name = name.rpartition("/")[0] if name != GROUPS else name
        kind = self._types.get(name.lower())
        if kind is None or (kind.name != GROUPS and not kind.extension and not _lies_in_group(address)):
            raise self._unknown_type(address)
        return kind

    def _unknown_type(self, address: Address) -> Rejection:
        known = {name.partition("/")[0] for name in self._types}
        if address.provider.lower() not in known:
            return Rejection(
                "InvalidResourceNamespace", f"The resource namespace '{address.provider}' is invalid.", status=404
            )
        return Rejection(
            "InvalidResourceType",
            f"The resource type '{address.type_name.partition('/')[2]}' could not be found in the namespace"
            f" '{address.provider}'.",
            status=404,
        )

    # What each method does

    def _read(self, request: Request, kind: ResourceType, address: Address) -> Response:
        self._require_surroundings(kind, address)
        body = self.store.get(address.id) or kind.built_in(address.id)
        if body is None:
            raise _not_found(kind, address)
        if request.method == "HEAD":
            return Response(204)
        return Response(200, kind.shown(body, self.store), (("ETag", body.get("etag", "")),))

    def _collection(self, kind: ResourceType, address: Address) -> list[Body]:
        depth = len(address.names) + 1
        return [
            kind.shown(body, self.store)
            for body in self.store.of_type(kind.name, address.id if address.names else address.scope)
            if len(ids.address(body["id"]).names) == depth
        ]

    def _members(self, address: Address) -> list[Body]:
        self._require_group(address.id)
        return [
            {key: body[key] for key in ("id", "name", "type", "location", "tags") if key in body}
            for body in self.store.under(address.id)
            if len(ids.address(body["id"]).names) == 1
        ]

    def _write(self, request: Request, kind: ResourceType, address: Address) -> Response:
        body = request.body
        envelope.require_well_formed(body)
        with self.store.transaction():
            self._require_surroundings(kind, address, writing=True)
            before = self.store.get(address.id)
            _require_match(request, before)
            self._operations.require_idle(kind, address.id)
            envelope.require_location(body, before, kind, address.name)
            envelope.require_tags(body.get("tags"))
            resource_id = before["id"] if before else address.id
            write = Write(resource_id, address.name, body, before, self.store)
            kind.validate(write)
            after = self._accepted(kind, write)
            operation = self._carry_out(request, kind, before, after)
        shown = self.store.get(resource_id) or after
        return Response(
            200 if before else 201,
            kind.shown(shown, self.store),
            _polling(operation, request, shown) if operation else (),
        )

    def _accepted(self, kind: ResourceType, write: Write) -> Body:
        body = dict(kind.completed(write))
        if "location" in body:
            body["location"] = regions.normalized(body["location"])
        return stamped(body, write.id, kind.name, "Updating" if write.before else "Creating")

    def _carry_out(self, request: Request, kind: ResourceType, before: Body | None, after: Body) -> Operation | None:
        takes_time = kind.seconds or request.longer or request.outcome != "succeed" or has_effects_on_write(kind)
        operation = None
        if takes_time:
            operation = self._operations.start(kind, after, "write", request.longer, request.outcome)
        else:
            self.store.put(stamped(after, after["id"], kind.name, "Succeeded"))
        self._operations.apply(kind.consequences(before, after, self.store))
        return operation

    def _tag(self, request: Request, kind: ResourceType, address: Address) -> Response:
        body = request.body
        if not isinstance(body, dict) or set(body) != {"tags"}:
            raise Rejection("InvalidRequestContent", "Only the tags of a resource can be changed by PATCH.")
        envelope.require_tags(body["tags"])
        with self.store.transaction():
            before = self.store.get(address.id)
            if before is None:
                raise _not_found(kind, address)
            self._operations.require_idle(kind, address.id)
            after = stamped({**before, "tags": body["tags"] or {}}, before["id"], kind.name, "Succeeded")
            self.store.put(after)
        return Response(200, kind.shown(after, self.store))

    def _delete(self, request: Request, kind: ResourceType, address: Address) -> Response:
        with self.store.transaction():
            body = self.store.get(address.id)
            if body is None:
                self._require_surroundings(kind, address)
                if kind.name == GROUPS:
                    raise _not_found(kind, address)
                return Response(204)
            _require_match(request, body)
            self._operations.require_idle(kind, address.id)
            kind.validate_delete(body, self.store)
            going = stamped(body, body["id"], kind.name, "Deleting")
            operation = self._operations.start(kind, going, "delete", request.longer, request.outcome)
        self._operations.settle(address.id)
        present = self.store.operation(operation.id)
        if present and present.status == "Succeeded":
            return Response(200)
        return Response(202, None, _polling(operation, request, body))

    def _act(self, request: Request, kind: ResourceType, address: Address, action: str) -> Response:
        answer = {name.lower(): answer for name, answer in kind.actions.items()}.get(action.lower())
        if answer is None:
            raise Rejection(
                "InvalidResourceType", f"The action '{action}' could not be found for type '{kind.name}'.", status=404
            )
        self._require_surroundings(kind, address)
        body = self.store.get(address.id)
        if body is None:
            raise _not_found(kind, address)
        return Response(200, answer(body, request.body, self.store))

    def _operation(self, operation_id: str, as_result: bool) -> Response:
        operation = self.store.operation(operation_id)
        if operation is None:
            raise Rejection("NotFound", f"The operation '{operation_id}' was not found.", status=404)
        if not as_result:
            error = {"error": json.loads(operation.error)} if operation.error else {}
            return Response(200, {"name": operation.id, "status": operation.status, **error}, _next_look(operation))
        if operation.status == "InProgress":
            return Response(202, None, _next_look(operation))
        if operation.status == "Failed":
            return Response(409, {"error": json.loads(operation.error or "{}")})
        body = self.store.get(operation.resource)
        return Response(200, body) if body else Response(204)

    # What must be there

    def _require_surroundings(self, kind: ResourceType, address: Address, writing: bool = False) -> None:
        if kind.name == GROUPS:
            return
        group = ids.group_id(address.id)
        if group:
            self._require_group(group, writing)
        if address.parent and self.store.get(address.parent) is None:
            raise Rejection(
                "ParentResourceNotFound",
                "Can not perform requested operation on nested resource."
                f" Parent resource '{ids.name(address.parent)}' not found.",
                status=404,
            )

    def _require_group(self, group_id: str, writing: bool = False) -> None:
        group = self.store.get(group_id)
        if group is None:
            raise Rejection(
                "ResourceGroupNotFound", f"Resource group '{ids.name(group_id)}' could not be found.", status=404
            )
        if writing and group["properties"]["provisioningState"] == "Deleting":
            raise Rejection(
                "ResourceGroupBeingDeleted",
                f"The resource group '{group['name']}' is in deprovisioning state and cannot perform this operation.",
                status=409,
            )


def _lies_in_group(address: Address) -> bool:
    # A collection may be asked for over the whole subscription.
    return ids.group_id(address.id) is not None or not address.names


def _subscription(address: Address) -> Body:
    return {"id": address.id, "subscriptionId": address.name, "displayName": "lab", "state": "Enabled"}


def _not_found(kind: ResourceType, address: Address) -> Rejection:
    if kind.name == GROUPS:
        return Rejection("ResourceGroupNotFound", f"Resource group '{address.name}' could not be found.", status=404)
    group = ids.group_id(address.id)
    under = f" under resource group '{ids.name(group)}'" if group else ""
    return Rejection(
        "ResourceNotFound",
        f"The Resource '{kind.name}/{'/'.join(address.names)}'{under} was not found. For more details please go to"
        " https://aka.ms/ARMResourceNotFoundFix",
        status=404,
    )


def _require_match(request: Request, before: Body | None) -> None:
    if request.if_match and (before is None or request.if_match not in ("*", before.get("etag"))):
        raise Rejection(
            "PreconditionFailed",
            f"The etag '{request.if_match}' in the If-Match header is not the present one.",
            status=412,
        )


def _polling(operation: Operation, request: Request, body: Body) -> tuple[tuple[str, str], ...]:
    subscription = operation.resource.split("/")[2]
    provider = ids.address(operation.resource).provider
    place = f"{_HOST}/subscriptions/{subscription}/providers/{provider}/locations/{body.get('location', 'global')}"
    return (
        ("Azure-AsyncOperation", f"{place}/operations/{operation.id}?api-version={request.api_version}"),
        ("Location", f"{place}/operationResults/{operation.id}?api-version={request.api_version}"),
        ("Retry-After", str(_SECONDS_UNTIL_NEXT_LOOK)),
    )


def _next_look(operation: Operation) -> tuple[tuple[str, str], ...]:
    return (("Retry-After", str(_SECONDS_UNTIL_NEXT_LOOK)),) if operation.status == "InProgress" else ()
