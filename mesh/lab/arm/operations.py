"""Accepted writes and deletions: stored with the time they are due, finished by whoever looks after that.

Nothing runs in the background: a client that is killed leaves an operation that the next look finishes.
"""

import json
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping

from mesh.lab.arm import ids
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.ids import GROUPS, folded
from mesh.lab.arm.resource_types import Body, Changes, ResourceType, nothing
from mesh.lab.arm.store import Operation, Store


class Operations:
    def __init__(self, store: Store, catalogue: Mapping[str, ResourceType], clock: Callable[[], float]) -> None:
        self._store = store
        self._types = {name.lower(): kind for name, kind in catalogue.items()}
        self._clock = clock
        self._finishing: dict[str, threading.Lock] = defaultdict(threading.Lock)

    def kind_of(self, body: Body) -> ResourceType:
        return self._types[body["type"].lower()]

    def require_idle(self, kind: ResourceType, resource_id: str) -> None:
        """Refuses a write while another is in progress on the resource, or inside what must be written one by one."""
        exclusive = _exclusive(kind, resource_id)
        for operation in self._store.in_progress():
            if operation.exclusive == exclusive or folded(operation.resource) == folded(resource_id):
                raise Rejection(
                    kind.busy_code,
                    "Another operation on this or dependent resource is in progress. To retrieve status of the"
                    " operation"
                    f" use uri: /subscriptions/{operation.resource.split('/')[2]}/operations/{operation.id}.",
                    status=409,
                    retry_after=1,
                )

    def start(self, kind: ResourceType, body: Body, what: str, longer: float, outcome: str) -> Operation:
        """Within a transaction. The body is stored with the state of an operation that goes on."""
        seconds = kind.delete_seconds if what == "delete" and kind.delete_seconds is not None else kind.seconds
        operation = Operation(
            id=str(uuid.uuid4()),
            resource=body["id"],
            kind=what,
            due=self._clock() + seconds + longer,
            exclusive=_exclusive(kind, body["id"]),
            status="InProgress",
            outcome=outcome,
            error=None,
        )
        self._store.put(body)
        self._store.start(operation)
        return operation

    def settle(self, path: str) -> None:
        """Finishes what is due; what has effects outside only where the path concerns it."""
        now = self._clock()
        looked_at = folded(path)
        for operation in self._store.in_progress():
            if operation.due > now:
                continue
            kind = self._types[ids.address(operation.resource).type_name.lower()]
            if _is_concerned(operation, looked_at) or not _has_effects(kind):
                with self._finishing[operation.id]:
                    self._finish(operation, kind)

    def apply(self, changes: Changes) -> None:
        """Within a transaction."""
        for resource_id, body in changes.items():
            if body is None:
                self._remove_with_children(resource_id)
            else:
                self._store.put(stamped(body, resource_id, ids.address(resource_id).type_name, "Succeeded"))

    def _finish(self, operation: Operation, kind: ResourceType) -> None:
        present = self._store.operation(operation.id)
        if present is None or present.status != "InProgress":
            return
        if operation.outcome != "succeed":
            self._fail(operation, _broken_off())
        elif operation.kind == "write":
            self._finish_write(operation, kind)
        elif kind.name == GROUPS:
            self._finish_group_deletion(operation)
        else:
            self._finish_deletion(operation)

    def _finish_write(self, operation: Operation, kind: ResourceType) -> None:
        body = self._store.get(operation.resource)
        if body is None:
            self._end(operation, "Failed", _broken_off())
            return
        try:
            kind.after_write(body)
        except Rejection as rejection:
            self._fail(operation, rejection)
            return
        with self._store.transaction():
            self._store.put(stamped(body, body["id"], body["type"], "Succeeded"))
            self._store.end(operation, "Succeeded", None)

    def _finish_deletion(self, operation: Operation) -> None:
        body = self._store.get(operation.resource)
        if body is not None:
            self._delete(body)
        self._end(operation, "Succeeded", None)

    def _finish_group_deletion(self, operation: Operation) -> None:
        """Deletes what is in the group, users before what they use, in as many rounds as that takes."""
        while members := [body for body in self._store.under(operation.resource) if _is_top_level(body)]:
            refusals = [refusal for body in members if (refusal := self._refusal_to_delete(body))]
            if len(refusals) == len(members):
                self._fail(operation, refusals[0])
                return
        self._finish_deletion(operation)

    def _refusal_to_delete(self, body: Body) -> Rejection | None:
        try:
            self.kind_of(body).validate_delete(body, self._store)
        except Rejection as rejection:
            return rejection
        self._delete(body)
        return None

    def _delete(self, body: Body) -> None:
        for resource in (*reversed(self._store.under(body["id"])), body):
            self.kind_of(resource).after_delete(resource)
        with self._store.transaction():
            self.apply(self.kind_of(body).consequences(body, None, self._store))
            self._remove_with_children(body["id"])

    def _remove_with_children(self, resource_id: str) -> None:
        for child in self._store.under(resource_id):
            self._store.remove(child["id"])
        self._store.remove(resource_id)

    def _fail(self, operation: Operation, rejection: Rejection) -> None:
        """A failed write leaves the resource Failed, or gone; a failed deletion leaves it as it was."""
        body = self._store.get(operation.resource)
        with self._store.transaction():
            if body is not None and operation.outcome == "lose":
                self._remove_with_children(operation.resource)
            elif body is not None:
                state = "Failed" if operation.kind == "write" else "Succeeded"
                self._store.put(stamped(body, body["id"], body["type"], state))
            self._store.end(operation, "Failed", json.dumps(rejection.body()["error"]))

    def _end(self, operation: Operation, status: str, rejection: Rejection | None) -> None:
        with self._store.transaction():
            self._store.end(operation, status, json.dumps(rejection.body()["error"]) if rejection else None)


def stamped(body: Body, resource_id: str, type_name: str, state: str) -> Body:
    """The body with what Resource Manager itself adds."""
    return {
        **body,
        "id": resource_id,
        "name": ids.name(resource_id),
        "type": type_name,
        "etag": f'W/"{uuid.uuid4()}"',
        "properties": {**(body.get("properties") or {}), "provisioningState": state},
    }


def has_effects_on_write(kind: ResourceType) -> bool:
    return kind.after_write is not nothing


def _has_effects(kind: ResourceType) -> bool:
    # A group's deletion reaches everything in it, whatever effects that has.
    return has_effects_on_write(kind) or kind.after_delete is not nothing or kind.name == GROUPS


def _exclusive(kind: ResourceType, resource_id: str) -> str:
    return folded(kind.one_write_at_a_time_under(resource_id) if kind.one_write_at_a_time_under else resource_id)


def _is_concerned(operation: Operation, looked_at: str) -> bool:
    resource = folded(operation.resource)
    return (
        looked_at.endswith(operation.id)
        or operation.exclusive == looked_at
        or (looked_at + "/").startswith(resource + "/")
        or (resource + "/").startswith(looked_at + "/")
    )


def _is_top_level(body: Body) -> bool:
    return len(ids.address(body["id"]).names) == 1


def _broken_off() -> Rejection:
    return Rejection("InternalServerError", "An error occurred while the operation was carried out.", status=500)
