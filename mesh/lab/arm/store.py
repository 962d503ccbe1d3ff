"""What exists in the simulated Azure, and what goes on in it, in one SQLite file that several processes share."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mesh.lab.arm.ids import folded
from mesh.lab.arm.resource_types import Body

_SECONDS_TO_WAIT_FOR_ANOTHER_PROCESS = 120

_SCHEMA = """
create table if not exists resources (
  id text primary key, type text not null, body text not null);
create index if not exists resources_by_type on resources (type, id);
create table if not exists links (
  source text not null, target text not null, primary key (target, source)) without rowid;
create index if not exists links_by_source on links (source);
create table if not exists operations (
  id text primary key, resource text not null, kind text not null, due real not null, exclusive text not null,
  status text not null, outcome text not null default 'succeed', error text);
create index if not exists operations_in_progress on operations (status, resource);
create table if not exists faults (
  id integer primary key, kind text not null, method text not null, path text not null, times integer not null,
  parameters text not null);
create table if not exists requests (
  id integer primary key, time real not null, method text not null, path text not null, status integer not null);
"""


@dataclass(frozen=True)
class Operation:
    """A write or a deletion that takes time."""

    id: str
    resource: str
    kind: str
    """write or delete"""
    due: float
    exclusive: str
    """The folded id inside which no other write may start meanwhile."""
    status: str
    """InProgress, Succeeded or Failed"""
    outcome: str
    """How it is to end: succeed, keep (Failed, the resource stays) or lose (Failed, the resource is gone)."""
    error: str | None


class Store:
    """The file. Each thread has a connection of its own; writing transactions queue up."""

    def __init__(self, database: Path) -> None:
        database.parent.mkdir(parents=True, exist_ok=True)
        self._database = database
        self._threads = threading.local()
        self._writing = threading.RLock()
        with self._writing:
            connection = self._connection()
            connection.execute("pragma journal_mode=wal")
            connection.executescript(_SCHEMA)

    def _connection(self) -> sqlite3.Connection:
        connection = getattr(self._threads, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                self._database, timeout=_SECONDS_TO_WAIT_FOR_ANOTHER_PROCESS, isolation_level=None
            )
            connection.execute("pragma synchronous=normal")
            self._threads.connection = connection
        return connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, and nobody else writes meanwhile."""
        with self._writing:
            connection = self._connection()
            connection.execute("begin immediate")
            try:
                yield connection
            except BaseException:
                connection.execute("rollback")
                raise
            connection.execute("commit")

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self._connection().execute(statement, values).fetchall()

    # Resources

    def get(self, resource_id: str) -> Body | None:
        rows = self.rows("select body from resources where id = ?", folded(resource_id))
        return json.loads(rows[0][0]) if rows else None

    def of_type(self, type_name: str, under: str = "") -> Iterator[Body]:
        inside = folded(under) + "/"
        rows = self.rows(
            "select body from resources where type = ? and id >= ? and id < ? order by id",
            *(type_name.lower(), inside, inside + "\U0010ffff"),
        )
        return (json.loads(body) for (body,) in rows)

    def under(self, resource_id: str) -> list[Body]:
        """Everything whose id lies under the given one, parents before children."""
        inside = folded(resource_id) + "/"
        rows = self.rows(
            "select body from resources where id >= ? and id < ? order by id", inside, inside + "\U0010ffff"
        )
        return [json.loads(body) for (body,) in rows]

    def referring_to(self, resource_id: str, type_name: str = "") -> Iterator[Body]:
        rows = self.rows(
            "select body from resources join links on links.source = resources.id"
            " where links.target = ? and (? = '' or resources.type = ?) order by resources.id",
            *(folded(resource_id), type_name, type_name.lower()),
        )
        return (json.loads(body) for (body,) in rows)

    def put(self, body: Body) -> None:
        """Within a transaction."""
        key = folded(body["id"])
        connection = self._connection()
        connection.execute(
            "insert into resources values (?, ?, ?) on conflict (id) do update set body = excluded.body",
            (key, body["type"].lower(), json.dumps(body)),
        )
        connection.execute("delete from links where source = ?", (key,))
        connection.executemany(
            "insert or ignore into links values (?, ?)", ((key, target) for target in _ids_in(body, key))
        )

    def remove(self, resource_id: str) -> None:
        """Within a transaction."""
        key = folded(resource_id)
        connection = self._connection()
        connection.execute("delete from resources where id = ?", (key,))
        connection.execute("delete from links where source = ?", (key,))

    # Operations

    def start(self, operation: Operation) -> None:
        """Within a transaction."""
        self._connection().execute(
            "insert into operations (id, resource, kind, due, exclusive, status, outcome) values (?, ?, ?, ?, ?, ?, ?)",
            (
                *(operation.id, operation.resource, operation.kind, operation.due, operation.exclusive),
                *(operation.status, operation.outcome),
            ),
        )

    def end(self, operation: Operation, status: str, error: str | None) -> None:
        """Within a transaction."""
        self._connection().execute(
            "update operations set status = ?, error = ? where id = ?", (status, error, operation.id)
        )

    def operation(self, operation_id: str) -> Operation | None:
        rows = self.rows("select * from operations where id = ?", operation_id.lower())
        return Operation(*rows[0]) if rows else None

    def in_progress(self) -> list[Operation]:
        return [
            Operation(*row) for row in self.rows("select * from operations where status = 'InProgress' order by due")
        ]

    # Requests

    def log_request(self, time: float, method: str, path: str, status: int) -> None:
        with self.transaction() as connection:
            connection.execute(
                "insert into requests (time, method, path, status) values (?, ?, ?, ?)", (time, method, path, status)
            )

    def requests(self) -> list[tuple[str, str, int]]:
        """Method, path and status of every request, oldest first."""
        return [tuple(row) for row in self.rows("select method, path, status from requests order by id")]


def _ids_in(value: object, own: str) -> Iterator[str]:
    """The folded ids of resources that a body mentions, other than itself and its parts."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _ids_in(key, own)
            yield from _ids_in(member, own)
    elif isinstance(value, list):
        for member in value:
            yield from _ids_in(member, own)
    elif isinstance(value, str) and value.lower().startswith("/subscriptions/"):
        key = folded(value)
        if key != own and not key.startswith(own + "/"):
            yield key
