"""Switches that make the simulated Azure misbehave as the real one does, kept in its database."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.store import Store

Kind = Literal[
    "refuse",  # before anything is accepted, with `code`, `message` and `status`
    "throttle",  # 429 with Retry-After `seconds`
    "forbid",  # 403 AuthorizationFailed
    "reset_before",  # the connection breaks, nothing was done
    "reset_after",  # the connection breaks after the request was carried out
    "fail_keeping",  # accepted, then the operation fails with `code`; the resource stays, Failed
    "fail_losing",  # accepted, then the operation fails with `code`; the resource is gone
    "slow",  # the operation takes `seconds` longer
    "hide",  # 404 although it exists, as shortly after a create
    "stall",  # the answer takes `seconds`
    "malformed",  # carried out, and the answer is no JSON
    "lose_answer",  # carried out, and answered with 504
    "kill_before",  # SIGKILL to this process and to the engine that started it; nothing was done
    "kill_after",  # the same after the request was carried out, before it is answered
]


@dataclass(frozen=True)
class Fault:
    kind: Kind
    parameters: Mapping[str, Any]


def switch_on(store: Store, kind: Kind, method: str = "*", path: str = "*", times: int = 1, **parameters: Any) -> None:
    """The next `times` requests whose method and path match (`*` and `?`, whatever the casing) meet the fault.

    With `skip`, those after the next `skip` ones.
    """
    with store.transaction() as connection:
        connection.execute(
            "insert into faults (kind, method, path, times, parameters) values (?, ?, ?, ?, ?)",
            (kind, method.upper(), path.lower(), times, json.dumps(parameters)),
        )


def switch_off(store: Store) -> None:
    with store.transaction() as connection:
        connection.execute("delete from faults")


def met(store: Store, method: str, path: str) -> tuple[Fault, ...]:
    """The faults that a request meets; each of them has one time less left afterwards."""
    matching = [
        row
        for row in store.rows("select id, kind, method, path, parameters from faults")
        if _matches(row, method, path)
    ]
    if not matching:
        return ()
    with store.transaction() as connection:
        taken = [
            row
            for row in matching
            if not _is_skipped(connection, row[0])
            and connection.execute("update faults set times = times - 1 where id = ? and times > 0", (row[0],)).rowcount
        ]
        connection.execute("delete from faults where times <= 0")
    return tuple(Fault(kind, json.loads(parameters)) for _, kind, _, _, parameters in taken)


def rejection(fault: Fault, path: str) -> Rejection | None:
    """How the fault refuses a request before it is looked at."""
    given = fault.parameters
    match fault.kind:
        case "refuse":
            return Rejection(
                given.get("code", "InternalServerError"),
                given.get("message", "An error occurred."),
                given.get("status", 500),
            )
        case "throttle":
            return Rejection(
                "TooManyRequests",
                "The request is being throttled as the limit has been reached for operation type - Write.",
                status=429,
                retry_after=given.get("seconds", 1),
            )
        case "forbid":
            return Rejection(
                "AuthorizationFailed",
                f"The client does not have authorization to perform action over scope '{path}' or the scope is invalid."
                " If access was recently granted, please refresh your credentials.",
                status=403,
            )
        case "hide":
            return Rejection("ResourceNotFound", f"The Resource '{path}' was not found.", status=404)
    return None


def _is_skipped(connection: sqlite3.Connection, fault: int) -> bool:
    """Counts down what is to be skipped first."""
    for (text,) in connection.execute("select parameters from faults where id = ?", (fault,)).fetchall():
        parameters = json.loads(text)
        if left := parameters.get("skip", 0):
            parameters["skip"] = left - 1
            connection.execute("update faults set parameters = ? where id = ?", (json.dumps(parameters), fault))
            return True
    return False


def _matches(row: tuple[Any, ...], method: str, path: str) -> bool:
    return fnmatchcase(method.upper(), row[2]) and fnmatchcase(path.lower(), row[3])
