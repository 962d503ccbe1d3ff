"""The Secrets in which Helm keeps a release → what it was last installed with, and what it made."""

import base64
import binascii
import gzip
import json
import threading
import zlib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import yaml

from mesh.failures import Failure
from mesh.review.drift.live import Record

_GZIP = b"\x1f\x8b\x08"
_PARSING = threading.Lock()
"""Clusters are read at once; what one has parsed, the others take."""


def newest(secrets: Iterable[Mapping[str, Any]]) -> Record | None:
    """None where there is none, or the release was taken away and only its history is left."""
    by_revision = sorted(secrets, key=lambda item: int((item["metadata"].get("labels") or {}).get("version", 0)))
    if not by_revision:
        return None
    record = _record(by_revision[-1])
    return None if record.status == "uninstalled" else record


@cache
def _documents(manifest: str) -> tuple[dict[str, Any], ...]:
    """Clusters hold the same charts, and the chart of Istio's kinds is long."""
    return tuple(part for part in yaml.load_all(manifest, Loader=yaml.CSafeLoader) if isinstance(part, dict))


def _record(secret: Mapping[str, Any]) -> Record:
    try:
        written = base64.b64decode(base64.b64decode(secret["data"]["release"]))
        release = json.loads(gzip.decompress(written) if written.startswith(_GZIP) else written)
        with _PARSING:
            made = _documents(release.get("manifest") or "")
        metadata = release["chart"]["metadata"]
        return Record(
            namespace=release["namespace"],
            name=release["name"],
            chart=metadata["name"],
            version=metadata["version"],
            status=release["info"]["status"],
            values=release.get("config") or {},
            parts=made,
        )
    except (KeyError, ValueError, binascii.Error, gzip.BadGzipFile, zlib.error, EOFError, yaml.YAMLError):
        name = f"{secret['metadata'].get('namespace')}/{secret['metadata']['name']}"
        raise Failure(f"Helm's record {name} cannot be read, so nobody can tell what that release has made.") from None
