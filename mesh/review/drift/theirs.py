"""Fields and objects that others keep, as the stack file says: `theirs:`."""

from fnmatch import fnmatchcase

from mesh.model import Environment
from mesh.review.drift.changes import Change


def reason(change: Change, path: str, environment: Environment) -> str | None:
    """Why somebody else keeps a field, or the whole object where the path is empty; None where nobody does."""
    for kept in environment.theirs:
        if not any(fnmatchcase(change.subject, pattern) for pattern in kept.of):
            continue
        if not kept.fields or any(covers(field, path) for field in kept.fields):
            return kept.reason
    return None


def covers(field: str, path: str) -> bool:
    """Whether a path is the field, or lies below it; `*` stands for any characters."""
    plain = path.replace('["', ".").replace('"]', "").replace("[", ".").replace("]", "")
    return fnmatchcase(plain, field) or fnmatchcase(plain, f"{field}.*")
