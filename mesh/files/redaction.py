"""Text that others wrote → the same without any of the secrets, however they are written in it."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote

from mesh.files import secret_files

MASK = "[secret]"
_SHORTEST = 8
"""Characters: what is shorter is found in every text, and guarded by nobody."""


def without_secrets_of(stack: str) -> Callable[[str], str]:
    """A stack → what takes its secrets out of a text: all that are at hand when there is something to show."""
    return lambda text: redacted(text, secret_files.known(stack.rpartition("/")[2]))


def redacted(text: str, secrets: Iterable[str]) -> str:
    written = {form for secret in secrets for part in _parts(secret) for form in _forms(part)}
    for form in sorted(written, key=len, reverse=True):
        text = text.replace(form, MASK)
    return text


def _parts(secret: str) -> Iterator[str]:
    """All of it, and each line: messages often show one."""
    yield from (part for part in (secret, secret.strip(), *map(str.strip, secret.splitlines())) if _counts(part))


def _counts(part: str) -> bool:
    """What begins and ends a PEM is no secret."""
    return len(part) >= _SHORTEST and not (part.startswith("-----") and "\n" not in part)


def _forms(part: str) -> Iterator[str]:
    yield part
    yield json.dumps(part)[1:-1]
    yield json.dumps(json.dumps(part)[1:-1])[1:-1]
    yield quote(part, safe="")
    yield repr(part)[1:-1]
    data = part.encode()
    yield data.hex()
    for encoded in (base64.b64encode, base64.urlsafe_b64encode):
        yield encoded(data).decode().rstrip("=")
        # Inside of something longer, where it begins at any of the three places in a group of four characters.
        for skipped in (1, 2):
            inner = encoded(b"\0" * skipped + data).decode().rstrip("=")[4:-1]
            if len(inner) >= _SHORTEST:
                yield inner
