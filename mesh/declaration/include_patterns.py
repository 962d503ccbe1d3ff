"""A pattern of included files → what is wrong with it, and whether a path matches it."""

from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from mesh.declaration import spelling


def fault(pattern: str) -> tuple[str, str] | None:
    """What is wrong with a pattern, and the fix."""
    parts = PurePosixPath(pattern).parts
    if pattern.startswith(("/", "~")) or ".." in parts or "\\" in pattern:
        return (
            f"{spelling.shown(pattern)} leads out of the folder of the stack file",
            "Name files beside it or below it, such as teams/*.yaml",
        )
    if not parts or "**" in pattern:
        return f"{spelling.shown(pattern)} names no files", "Write a path such as teams/*.yaml"
    if parts[-1].startswith("Pulumi."):
        return f"{spelling.shown(pattern)} names stack files, which are whole environments", "Name files of teams"
    if not pattern.endswith((".yaml", ".yml")):
        return f"{spelling.shown(pattern)} names no YAML files", "Write a path such as teams/*.yaml"
    return None


def matches(pattern: str, path: str) -> bool:
    """A star stands for a part of one name. Stack files are no team's."""
    wanted, parts = PurePosixPath(pattern).parts, PurePosixPath(path).parts
    if len(wanted) != len(parts) or fnmatchcase(parts[-1], "Pulumi.*"):
        return False
    return all(fnmatchcase(part, want) for part, want in zip(parts, wanted, strict=True))
