"""Azure Resource Manager, simulated: a WSGI application over one SQLite file and a catalogue of resource types."""

import json
import os
import signal
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

from mesh.lab.arm import envelope, faults, ids, messages, preconditions, regions
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.ids import GROUPS, SUBSCRIPTIONS, Address
from mesh.lab.arm.messages import Request, Response
from mesh.lab.arm.operations import Operations, has_effects_on_write, stamped
from mesh.lab.arm.resource_types import Body, ResourceType, Write
from mesh.lab.arm.schema import rejections, responses, shapes, violations
from mesh.lab.arm.store import Operation, Store


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
        request = messages.request(environ)
        request = replace(request, faults=faults.met(self.store, request.method, request.path))
        kinds = {fault.kind for fault in request.faults}
        if "kill_before" in kinds:
            _kill_with_the_engine()
        if "reset_before" in kinds:
            raise ConnectionResetError("Connection reset by peer")
        response = self._response(request)
        self.store.log_request(self._clock(), request.method, request.path, response.status)
        if "kill_after" in kinds:
            _kill_with_the_engine()
        if "reset_after" in kinds:
            raise ConnectionResetError("Connection reset by peer")
        time.sleep(request.stall)
        return self._answered(response, kinds).sent(request, start_response)

    def _answered(self, response: Response, kinds: Collection[str]) -> Response:
        """The response as it arrives."""
        if "lose_answer" in kinds:
            return messages.refusal(Rejection("GatewayTimeout", "The gateway did not receive a response in time.", 504))
        return Response(response.status, "{", is_json=False) if "malformed" in kinds else response

    def _response(self, request: Request) -> Response:
        try:
            for fault in request.faults:
                if rejection := faults.rejection(fault, request.path):
                    raise rejection
            return self._answer(request, ids.address(request.path))
        except Rejection as rejection:
            return messages.refusal(rejection)

    def _answer(self, request: Request, address: Address) -> Response:
        self._operations.settle(request.path)
        kinds = [part.lower() for part in address.type_name.split("/")[1:]]
        if kinds in (["locations", "operations"], ["locations", "operationresults"]):
            return self._operation(address.name, as_result=kinds[1] == "operationresults")
        if address.type_name == SUBSCRIPTIONS:
            return Response(200, _subscription(address))
        if address.type_name == GROUPS and address.trailing == "resources" and request.method == "GET":
            return Response(200, {"value": self._members(address)})
        kind = preconditions.kind(self._types, address)
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

    # What each method does

    def _read(self, request: Request, kind: ResourceType, address: Address) -> Response:
        preconditions.require(self.store, kind, address)
        body = self.store.get(address.id) or kind.built_in(address.id)
        if body is None:
            raise preconditions.not_found(kind, address)
        if request.method == "HEAD":
            return Response(204)
        shown = self._shown(kind, body)
        etag = shown.get("etag") or shown.get("eTag")
        return Response(200, shown, (("ETag", etag),) if etag else ())

    def _collection(self, kind: ResourceType, address: Address) -> list[Body]:
        depth = len(address.names) + 1
        return [
            self._shown(kind, body)
            for body in self.store.of_type(kind.name, address.id if address.names else address.scope)
            if len(ids.address(body["id"]).names) == depth
        ]

    def _members(self, address: Address) -> list[Body]:
        preconditions.require_group(self.store, address.id)
        return [
            {key: body[key] for key in ("id", "name", "type", "location", "tags") if key in body}
            for body in self.store.under(address.id)
            if len(ids.address(body["id"]).names) == 1
        ]

    def _write(self, request: Request, kind: ResourceType, address: Address) -> Response:
        body = request.body
        envelope.require_well_formed(body)
        with self.store.transaction():
            preconditions.require(self.store, kind, address, writing=True)
            before = self.store.get(address.id)
            resource_id = before["id"] if before else address.id
            body = self._as_read(kind, resource_id, body, before)
            preconditions.require_match(request.if_match, before)
            self._operations.require_idle(kind, address.id)
            envelope.require_location(body, before, kind, address.name)
            envelope.require_tags(body.get("tags"))
            write = Write(resource_id, address.name, body, before, self.store)
            kind.validate(write)
            after = self._accepted(kind, write)
            operation = self._carry_out(request, kind, before, after)
        shown = self.store.get(resource_id) or after
        return Response(
            200 if before else 201,
            self._shown(kind, shown),
            messages.polling(operation, request, shown) if operation else (),
        )

    def _as_read(self, kind: ResourceType, resource_id: str, body: Body, before: Body | None) -> Body:
        """What a client sent, held against its type; without what only Azure sets."""
        shape = shapes.of_type(kind.name)
        if shape is None:
            return body
        present = self._shown(kind, before) if before else {}
        present = {**present, "id": resource_id, "name": ids.name(resource_id), "type": kind.name}
        if faults_of_shape := list(violations.violations(shape, body, present)):
            raise rejections.rejection(kind.name, faults_of_shape)
        read: Body = violations.read(shape, body)
        return read

    def _shown(self, kind: ResourceType, body: Body) -> Body:
        return responses.shown(shapes.of_type(kind.name), kind.shown(body, self.store))

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
                raise preconditions.not_found(kind, address)
            self._operations.require_idle(kind, address.id)
            after = stamped({**before, "tags": body["tags"] or {}}, before["id"], kind.name, "Succeeded")
            self.store.put(after)
        return Response(200, self._shown(kind, after))

    def _delete(self, request: Request, kind: ResourceType, address: Address) -> Response:
        with self.store.transaction():
            body = self.store.get(address.id)
            if body is None:
                preconditions.require(self.store, kind, address)
                if kind.name == GROUPS:
                    raise preconditions.not_found(kind, address)
                return Response(204)
            preconditions.require_match(request.if_match, body)
            self._operations.require_idle(kind, address.id)
            kind.validate_delete(body, self.store)
            going = stamped(body, body["id"], kind.name, "Deleting")
            operation = self._operations.start(kind, going, "delete", request.longer, request.outcome)
        self._operations.settle(address.id)
        present = self.store.operation(operation.id)
        if present and present.status == "Succeeded":
            return Response(200)
        return Response(202, None, messages.polling(operation, request, body))

    def _act(self, request: Request, kind: ResourceType, address: Address, action: str) -> Response:
        answer = {name.lower(): answer for name, answer in kind.actions.items()}.get(action.lower())
        if answer is None:
            raise Rejection(
                "InvalidResourceType", f"The action '{action}' could not be found for type '{kind.name}'.", status=404
            )
        preconditions.require(self.store, kind, address)
        body = self.store.get(address.id)
        if body is None:
            raise preconditions.not_found(kind, address)
        return Response(200, answer(body, request.body, self.store))

    def _operation(self, operation_id: str, as_result: bool) -> Response:
        operation = self.store.operation(operation_id)
        if operation is None:
            raise Rejection("NotFound", f"The operation '{operation_id}' was not found.", status=404)
        if not as_result:
            error = {"error": json.loads(operation.error)} if operation.error else {}
            return Response(
                200, {"name": operation.id, "status": operation.status, **error}, messages.next_look(operation)
            )
        if operation.status == "InProgress":
            return Response(202, None, messages.next_look(operation))
        if operation.status == "Failed":
            return Response(409, {"error": json.loads(operation.error or "{}")})
        body = self.store.get(operation.resource)
        return Response(200, self._shown(self._operations.kind_of(body), body)) if body else Response(204)


def _kill_with_the_engine() -> None:
    """As kill -9 of a whole run: of the plugin that this simulator runs in, and of the engine that started it."""
    os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def _subscription(address: Address) -> Body:
    return {"id": address.id, "subscriptionId": address.name, "displayName": "lab", "state": "Enabled"}
