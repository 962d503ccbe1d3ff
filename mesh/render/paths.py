"""A declared path, as a VirtualService matches it."""

from mesh import request_paths


def match(path: str) -> dict[str, str]:
    """As a regular expression where it has a hole: a VirtualService knows no templates."""
    if request_paths.has_hole(path):
        return {"regex": request_paths.expression(path)}
    return {"prefix": path[:-1]} if path.endswith("*") else {"exact": path}
