"""An object → the fields that its kind has to have and that it lacks.

The API server refuses such an object. The judge leaves it out, and a finding names the field.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_DESTINATION = {"destination": Mapping, "destination.host": str}
_PODS = {"spec.template": Mapping, "spec.template.metadata": Mapping, "spec.template.spec.containers": list}
_REQUIRED: Mapping[str, Mapping[str, type]] = {
    "Service": {"spec.ports[].port": int},
    "Deployment": _PODS,
    "StatefulSet": _PODS,
    "DaemonSet": _PODS,
    "DestinationRule": {"spec.host": str, "spec.subsets[].name": str},
    "Gateway": {
        "spec.servers[].hosts": list,
        "spec.servers[].port": Mapping,
        "spec.servers[].port.number": int,
        "spec.servers[].port.protocol": str,
    },
    "RequestAuthentication": {"spec.jwtRules[].issuer": str},
    "ServiceEntry": {"spec.hosts": list, "spec.ports[].number": int, "spec.ports[].name": str},
    "VirtualService": {
        "spec.http[].delegate.name": str,
        **{
            f"spec.{field}[].{name}": kind
            for field in ("http[].route", "http[].mirrors", "tls[].route", "tcp[].route")
            for name, kind in _DESTINATION.items()
        },
        "spec.http[].mirror.host": str,
    },
}
"""By kind, the paths of fields that have to be there where what holds them is, and what each is."""
_HOLDERS_REQUIRED = frozenset({"spec", "spec.template", "spec.template.spec"})


def missing(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Their paths, with positions: `spec.ports[0].port`."""
    for path, kind in _REQUIRED.get(str(manifest.get("kind")), {}).items():
        yield from _missing(manifest, path.split("."), kind, "")


def _missing(value: Any, path: list[str], kind: type, place: str) -> Iterator[str]:
    name, *rest = path
    field, is_list = name.removesuffix("[]"), name.endswith("[]")
    here = f"{place}.{field}" if place else field
    held = value.get(field)
    if not rest:
        if not isinstance(held, kind) or isinstance(held, bool):
            yield here
    elif held is None:
        if here in _HOLDERS_REQUIRED and not any(part.endswith("[]") for part in rest):
            yield here
    elif is_list:
        if not isinstance(held, list):
            yield here
            return
        for position, item in enumerate(held):
            if isinstance(item, Mapping):
                yield from _missing(item, rest, kind, f"{here}[{position}]")
            else:
                yield f"{here}[{position}]"
    elif isinstance(held, Mapping):
        yield from _missing(held, rest, kind, here)
    else:
        yield here
