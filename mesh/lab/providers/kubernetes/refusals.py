"""What an API server answers when it refuses, and what it means when it does not answer, in words for a user."""

import json

import grpc
import urllib3
from kubernetes.dynamic.exceptions import DynamicApiError

from mesh.lab.providers.plugin import Failure


class Unreachable(Failure):
    """The API server does not answer: nothing is known about what is there."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"configured Kubernetes cluster is unreachable: {host}: {reason}", grpc.StatusCode.UNAVAILABLE)


class UnknownKind(Failure):
    """The API server has no such kind: its CustomResourceDefinition is not there, or not yet."""


class Refused(Failure):
    """The API server refused a request; `reason` and `fields` as in its Status."""

    def __init__(self, message: str, status: int, reason: str, fields: tuple[tuple[str, str], ...]) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.fields = fields
        """The fields that it names, each with what is wrong with it."""


class readable:
    """Turns the client's exceptions into failures that a user can read."""

    def __init__(self, host: str) -> None:
        self._host = host

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, DynamicApiError):
            raise _refusal(error) from error
        if isinstance(error, urllib3.exceptions.HTTPError):
            reason = getattr(error, "reason", None) or error
            raise Unreachable(self._host, str(reason).rpartition(": ")[2]) from error


def _refusal(error: DynamicApiError) -> Refused:
    try:
        status = json.loads(error.body or "")
    except ValueError:
        status = {"message": f"{error.status} {error.reason}"}
    causes = (status.get("details") or {}).get("causes") or []
    fields = tuple((cause.get("field", ""), cause.get("message", "")) for cause in causes)
    return Refused(status.get("message", ""), error.status, status.get("reason", ""), fields)
