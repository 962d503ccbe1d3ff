"""What a client sent, with what Azure fills in where it sent nothing."""

from typing import Any

from mesh.lab.arm.resource_types import Body


def filled(sent: Body | None, defaults: Body) -> Body:
    """Objects are filled in at every depth; a list is the client's or the default's. Null is nothing sent."""
    result: dict[str, Any] = dict(defaults)
    for key, value in (sent or {}).items():
        if value is None and key in defaults:
            continue
        default = defaults.get(key)
        result[key] = filled(value, default) if isinstance(value, dict) and isinstance(default, dict) else value
    return result
