"""A request's path, as the proxy compares it and passes it on.

https://istio.io/latest/docs/reference/config/security/normalization/
"""

import re
from functools import lru_cache

from mesh.access.istio.meshes import Normalization

_QUERY_OR_FRAGMENT = re.compile("[?#]")
_ENCODED = re.compile("%([0-9A-Fa-f]{2})")
_ENCODED_SLASH = re.compile("%(2[Ff]|5[Cc])")
_DOTS_WITH_PARAMETERS = re.compile(r"(?<=/)(\.\.?);[^/]*")
"""Taken for dots alone since the fix of CVE-2026-73551; not where a dot or the slash before it is written otherwise."""


@lru_cache(maxsize=10_000)
def normalized(path: str, normalization: Normalization) -> str | None:
    """Without query and fragment. None where the proxy answers 400 by itself."""
    path = _QUERY_OR_FRAGMENT.split(path, maxsplit=1)[0]
    if "%00" in path:
        return None
    if normalization == "NONE":
        return path
    if normalization == "DECODE_AND_MERGE_SLASHES":
        path = _ENCODED_SLASH.sub(_decoded, path)
    path = _DOTS_WITH_PARAMETERS.sub(r"\1", path)
    path = _without_dots(_ENCODED.sub(_decoded_if_unreserved, path).replace("\\", "/"))
    return path if normalization == "BASE" else re.sub("/+", "/", path)


def _decoded(encoded: re.Match[str]) -> str:
    return chr(int(encoded[1], 16))


def _decoded_if_unreserved(encoded: re.Match[str]) -> str:
    character = _decoded(encoded)
    return character if character.isascii() and (character.isalnum() or character in "-._~") else encoded[0]


def _without_dots(path: str) -> str:
    kept: list[str] = []
    segments = path.removeprefix("/").split("/")
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
