"""Helm's own record of a release: one Secret per revision, readable by `helm list` and `helm history`."""

import base64
import binascii
import datetime
import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mesh.lab.providers.kubernetes.cluster import Cluster, Object
from mesh.lab.providers.plugin import Failure

_MANAGER = "helm"
_TYPE = "helm.sh/release.v1"
_ZERO_TIME = "0001-01-01T00:00:00Z"


@dataclass(frozen=True)
class Record:
    name: str
    namespace: str
    revision: int
    status: str
    chart: str
    version: str
    values: Mapping[str, Any]
    parts: tuple[Object, ...]
    first_deployed: str = ""

    def next(self, **changed: Any) -> "Record":
        return replace(self, revision=self.revision + 1, **changed)


def now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat()


def recorded(cluster: Cluster, namespace: str, name: str) -> list[Record]:
    """All revisions of a release, from the first on."""
    like = {"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": namespace}}
    records = cluster.matching(like, f"owner=helm,name={name}")
    return sorted((_record(item) for item in records), key=lambda record: record.revision)


def write(cluster: Cluster, record: Record) -> Record:
    cluster.apply(_secret(record), _MANAGER, force=True)
    return record


def delete(cluster: Cluster, record: Record) -> None:
    cluster.delete(_like(record), "Background", timeout=60)


def name_of(record: Record) -> str:
    """The name of its Secret."""
    return f"sh.helm.release.v1.{record.name}.v{record.revision}"


def _like(record: Record) -> Object:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": record.namespace, "name": name_of(record)}}


def _secret(record: Record) -> Object:
    labels = {"owner": "helm", "name": record.name, "status": record.status, "version": str(record.revision)}
    like = _like(record)
    encoded = base64.b64encode(gzip.compress(json.dumps(_release(record)).encode(), mtime=0))
    return {
        **like,
        "metadata": {**like["metadata"], "labels": labels},
        "type": _TYPE,
        "data": {"release": base64.b64encode(encoded).decode()},  # Helm's encoding, and in it the Secret's
    }


def _release(record: Record) -> Object:
    metadata = {"name": record.chart, "version": record.version, "appVersion": record.version, "apiVersion": "v2"}
    return {
        "name": record.name,
        "namespace": record.namespace,
        "version": record.revision,
        "info": {
            "first_deployed": record.first_deployed,
            "last_deployed": now(),
            "deleted": _ZERO_TIME,
            "description": f"{record.status} by the lab",
            "status": record.status,
        },
        "chart": {"metadata": metadata, "templates": None, "values": None, "schema": None, "files": None, "lock": None},
        "config": dict(record.values),
        # JSON is YAML: Helm reads it as it reads what it rendered.
        "manifest": "".join(f"---\n{json.dumps(part)}\n" for part in record.parts),
        "hooks": [],
    }


def _record(secret: Object) -> Record:
    try:
        encoded = base64.b64decode(secret["data"]["release"])
        release = json.loads(gzip.decompress(base64.b64decode(encoded)))
        parts = tuple(json.loads(part) for part in release["manifest"].split("---\n") if part.strip())
        metadata = release["chart"]["metadata"]
        return Record(
            name=release["name"],
            namespace=release["namespace"],
            revision=release["version"],
            status=release["info"]["status"],
            chart=metadata["name"],
            version=metadata["version"],
            values=release["config"] or {},
            parts=parts,
            first_deployed=release["info"]["first_deployed"],
        )
    except (KeyError, ValueError, binascii.Error, gzip.BadGzipFile, zlib.error, EOFError) as unreadable:
        name = secret["metadata"]["name"]
        raise Failure(
            f"the record of a Helm release, Secret {secret['metadata'].get('namespace')}/{name}, cannot be read; "
            "delete it to let the release be installed anew"
        ) from unreadable
