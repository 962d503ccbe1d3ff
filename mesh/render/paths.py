"""A declared path, as a VirtualService matches it, and its place among others."""


def match(path: str) -> dict[str, str]:
    return {"prefix": path[:-1]} if path.endswith("*") else {"exact": path}


def most_specific_first(path: str) -> tuple[bool, int, str]:
    """The order in which paths are tried: exact ones, then longer ones."""
    return path.endswith("*"), -len(path), path
