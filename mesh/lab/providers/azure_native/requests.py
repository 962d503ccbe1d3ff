"""Requests to Resource Manager: carried through, however busy it is, within a bound."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from mesh.lab.providers.plugin import Failure

_ATTEMPTS = 6
"""At what fails for no reason of ours: throttling, server errors, broken connections."""

_SECONDS_TO_WAIT_FOR_OTHERS = 300.0
"""While another operation goes on in the same place."""

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 5.0
_BUSY = frozenset({"AnotherOperationInProgress", "ReferencedResourceNotProvisioned", "RetryableError"})


class Unanswered(Failure):
    """A request whose answer never came."""


class Refused(Failure):
    """Resource Manager's answer, in the words of its error."""

    def __init__(self, request: str, status: int, error: Mapping[str, Any], retry_after: str | None = None) -> None:
        self.status = status
        self.error = error
        self.error_code = str(error.get("code", ""))
        self.retry_after = retry_after
        super().__init__(f"{request}: Status={status} {_words(error)}")


class OperationFailed(Failure):
    """Accepted, and failed later: the resource may exist."""

    def __init__(self, request: str, error: Mapping[str, Any]) -> None:
        super().__init__(f"{request}: accepted, then failed: {_words(error)}")


@dataclass(frozen=True)
class Requests:
    http: httpx.Client
    pause: Callable[[float], None] = time.sleep

    def get(self, path: str, api_version: str) -> dict[str, Any] | None:
        """None where there is no such resource."""
        try:
            body: dict[str, Any] = self._sent("GET", path, api_version).json()
        except Refused as refused:
            if refused.status == 404:
                return None
            raise
        return body

    def put(self, path: str, api_version: str, body: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        """What was written, once it is done."""
        response = self._sent("PUT", path, api_version, body)
        self._wait(f"PUT {path}", response, timeout)
        written: dict[str, Any] = response.json()
        return written

    def delete(self, path: str, api_version: str, timeout: float) -> None:
        """Until it is gone; that it was gone already is fine."""
        try:
            self._wait(f"DELETE {path}", self._sent("DELETE", path, api_version), timeout)
        except Refused as refused:
            if refused.status != 404:
                raise

    def post(self, path: str, api_version: str, query: Mapping[str, str]) -> dict[str, Any]:
        answer: dict[str, Any] = self._sent("POST", path, api_version, {}, query).json()
        return answer

    def _sent(
        self,
        method: str,
        path: str,
        api_version: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        parameters = {"api-version": api_version, **(query or {})}
        attempts, patience, pause = _ATTEMPTS, _SECONDS_TO_WAIT_FOR_OTHERS, _FIRST_PAUSE
        while True:
            try:
                return self._answer(method, path, body, parameters)
            except (Refused, ConnectionError) as error:
                busy = isinstance(error, Refused) and error.error_code in _BUSY
                attempts -= 0 if busy else 1
                if patience <= 0 or attempts == 0 or not (busy or _may_pass(error)):
                    raise _told(f"{method} {path}", error) from None
                # A busy neighbour is asked again sooner than Azure says: here its operations take parts of a second.
                now = pause if busy else _asked_pause(error, pause)
            self.pause(now)
            patience, pause = patience - now, min(pause * 2, _LONGEST_PAUSE)

    def _answer(
        self, method: str, path: str, body: Mapping[str, Any] | None, parameters: Mapping[str, str]
    ) -> httpx.Response:
        try:
            response = self.http.request(method, path, json=body, params=dict(parameters))
        except httpx.TransportError as error:
            raise ConnectionError(str(error)) from None
        except ConnectionError:
            raise
        except Exception as error:  # the simulator runs in this process: its own faults end in one line
            raise Unanswered(f"{method} {path}: {type(error).__name__}: {error}") from error
        if response.status_code < 500:
            _require_json(method, path, response)
        if response.status_code < 400:
            return response
        raise _refusal(f"{method} {path}", response)

    def _wait(self, request: str, response: httpx.Response, timeout: float) -> None:
        """Until the operation that a response started is at its end."""
        operation = response.headers.get("Azure-AsyncOperation")
        waited, pause = 0.0, _FIRST_PAUSE
        while operation:
            url = httpx.URL(operation)
            try:
                answer = self._sent("GET", url.path, url.params["api-version"])
            except Refused as refused:
                raise OperationFailed(request, refused.error) from None
            status = answer.json()["status"]
            if status == "Succeeded":
                return
            if status != "InProgress":
                raise OperationFailed(request, answer.json().get("error") or {"code": status})
            if waited >= timeout:
                raise Unanswered(f"{request}: accepted, but not done after {timeout:.0f} seconds")
            self.pause(pause)
            waited, pause = waited + pause, min(pause * 2, float(answer.headers.get("Retry-After", _LONGEST_PAUSE)))


def _require_json(method: str, path: str, response: httpx.Response) -> None:
    """An answer that broke off on its way is asked for again, as a broken connection is."""
    try:
        if response.content:
            response.json()
    except ValueError:
        raise ConnectionError(f"{method} {path}: the answer is no JSON") from None


def _words(error: Mapping[str, Any]) -> str:
    details = "".join(f" {detail.get('code')}: {detail.get('message')}" for detail in error.get("details") or [])
    return f'Code="{error.get("code", "")}" Message="{error.get("message", "")}"{details}'


def _refusal(request: str, response: httpx.Response) -> Refused:
    try:
        error = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        error = {"code": response.reason_phrase, "message": response.text}
    return Refused(request, response.status_code, error, response.headers.get("Retry-After"))


def _may_pass(error: Refused | ConnectionError) -> bool:
    return isinstance(error, ConnectionError) or error.status == 429 or error.status >= 500


def _asked_pause(error: Refused | ConnectionError, otherwise: float) -> float:
    return float(error.retry_after) if isinstance(error, Refused) and error.retry_after else otherwise


def _told(request: str, error: Refused | ConnectionError) -> Failure:
    if isinstance(error, Refused):
        return error
    return Unanswered(f"{request}: the connection to Resource Manager broke {_ATTEMPTS} times: {error}")
