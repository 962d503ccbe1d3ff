"""Requests and responses of the simulated Resource Manager, as WSGI has them and as it reads and answers them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, unquote
from wsgiref.types import StartResponse, WSGIEnvironment

from mesh.lab.arm import ids
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.faults import Fault
from mesh.lab.arm.resource_types import Body
from mesh.lab.arm.store import Operation

_HOST = "https://management.azure.com"
_SECONDS_UNTIL_NEXT_LOOK = 1


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    api_version: str | None
    if_match: str | None
    content: bytes
    faults: tuple[Fault, ...] = ()

    @property
    def body(self) -> Any:
        try:
            body = json.loads(self.content or b"{}", parse_constant=_refuse_constant)
            json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair is no text
        except (ValueError, RecursionError) as error:
            raise Rejection(
                "InvalidRequestContent", f"The request content was invalid and could not be deserialized: '{error}'."
            ) from error
        return body

    @property
    def outcome(self) -> str:
        """How an operation that this request starts is to end."""
        kinds = {fault.kind for fault in self.faults}
        return "lose" if "fail_losing" in kinds else "keep" if "fail_keeping" in kinds else "succeed"

    @property
    def longer(self) -> float:
        return self._seconds("slow")

    @property
    def stall(self) -> float:
        return self._seconds("stall")

    def _seconds(self, kind: str) -> float:
        return sum(float(fault.parameters["seconds"]) for fault in self.faults if fault.kind == kind)


@dataclass(frozen=True)
class Response:
    status: int
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    is_json: bool = True

    def sent(self, request: Request, start_response: StartResponse) -> Iterable[bytes]:
        text = json.dumps(self.body) if self.is_json else str(self.body)
        content = b"" if self.body is None or request.method == "HEAD" else text.encode()
        headers = [("Content-Type", "application/json; charset=utf-8"), *self.headers]
        start_response(f"{self.status} {HTTPStatus(self.status).phrase}", headers)
        return [content]


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def request(environ: WSGIEnvironment) -> Request:
    query = {name.lower(): values[0] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
    return Request(
        method=environ["REQUEST_METHOD"],
        path=unquote(environ["PATH_INFO"]),
        api_version=query.get("api-version"),
        if_match=environ.get("HTTP_IF_MATCH"),
        content=environ["wsgi.input"].read(),
    )


def refusal(rejection: Rejection) -> Response:
    headers = (("Retry-After", str(rejection.retry_after)),) if rejection.retry_after is not None else ()
    return Response(rejection.status, rejection.body(), headers)


def polling(operation: Operation, request: Request, body: Body) -> tuple[tuple[str, str], ...]:
    """Where the client asks how far an operation is."""
    subscription = operation.resource.split("/")[2]
    provider = ids.address(operation.resource).provider
    place = f"{_HOST}/subscriptions/{subscription}/providers/{provider}/locations/{body.get('location', 'global')}"
    return (
        ("Azure-AsyncOperation", f"{place}/operations/{operation.id}?api-version={request.api_version}"),
        ("Location", f"{place}/operationResults/{operation.id}?api-version={request.api_version}"),
        ("Retry-After", str(_SECONDS_UNTIL_NEXT_LOOK)),
    )


def next_look(operation: Operation) -> tuple[tuple[str, str], ...]:
    return (("Retry-After", str(_SECONDS_UNTIL_NEXT_LOOK)),) if operation.status == "InProgress" else ()
