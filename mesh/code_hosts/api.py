"""Requests to a code host's API: JSON in and out, a few retries, and failures in words, without the token."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from mesh.failures import Failure

_SECONDS_TO_ANSWER = 30.0
_TRIES = 4
_SECONDS_BEFORE_RETRY = 1.0
_LONGEST_WAIT = 60.0


class TooLong(Exception):
    """The host does not take a text of this length."""


@dataclass(frozen=True)
class Api:
    url: str
    host: str
    """As a reader knows it."""
    headers: Mapping[str, str] = field(repr=False)
    """With the token."""
    rights: str
    """What the token has to be allowed to do, in the words of the host."""
    client: httpx.Client = field(repr=False, default_factory=lambda: httpx.Client(timeout=_SECONDS_TO_ANSWER))

    def get(self, path: str, **parameters: str | int) -> httpx.Response:
        # None and not {}: httpx takes an empty dictionary for a query that replaces the address's own.
        return self._answer("GET", path, params=parameters or None)

    def send(self, method: str, path: str, content: Any, **headers: str) -> httpx.Response:
        return self._answer(method, path, json=content, headers=headers)

    def _answer(self, method: str, path: str, **request: Any) -> httpx.Response:
        url = path if path.startswith(("http://", "https://")) else f"{self.url}{path}"
        request["headers"] = {**self.headers, **request.get("headers", {})}
        for attempt in range(1, _TRIES + 1):
            try:
                response = self.client.request(method, url, **request)
            except httpx.HTTPError as error:
                # A write that got no answer may have been done: the next run finds what it wrote.
                if attempt == _TRIES or method != "GET":
                    raise Failure(
                        f"{self.host} does not answer ({type(error).__name__} at {method} {self.url}). "
                        "Run the job again."
                    ) from None
                time.sleep(_SECONDS_BEFORE_RETRY * attempt)
                continue
            if response.is_success:
                return response
            if attempt < _TRIES and _may_be_asked_again(response, method):
                time.sleep(_wait(response, attempt))
                continue
            raise self._failure(method, path, response)
        raise AssertionError  # the last attempt returns or raises

    def _failure(self, method: str, path: str, response: httpx.Response) -> Exception:
        said = _said(response)
        if response.status_code in (413, 422) and "too long" in said.lower():
            return TooLong()
        if response.status_code in (401, 403, 404):
            return Failure(
                f"{self.host} refuses {method} {path}: {response.status_code} {said}\n"
                f"The token needs: {self.rights}. The run of a fork's pull request has no such token."
            )
        return Failure(f"{self.host} answers {method} {path} with {response.status_code} {said}")


def _may_be_asked_again(response: httpx.Response, method: str) -> bool:
    limited = response.status_code == 429 or (response.status_code == 403 and "retry-after" in response.headers)
    return limited or (response.status_code >= 500 and method == "GET")


def _wait(response: httpx.Response, attempt: int) -> float:
    asked = response.headers.get("retry-after", "")
    return min(float(asked), _LONGEST_WAIT) if asked.isdigit() else _SECONDS_BEFORE_RETRY * attempt


def _said(response: httpx.Response) -> str:
    try:
        answer = response.json()
    except ValueError:
        return response.reason_phrase
    if not isinstance(answer, dict):
        return response.reason_phrase
    errors = [one for one in answer.get("errors") or () if isinstance(one, dict)]
    parts = [answer.get("message"), *(one.get("message") or one.get("code") for one in errors)]
    return ": ".join(str(part) for part in parts if part) or response.reason_phrase
