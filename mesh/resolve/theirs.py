"""What a stack file leaves to others."""

from collections.abc import Iterable

from mesh import model
from mesh.declaration import spec


def resolved(kept: Iterable[spec.Theirs]) -> tuple[model.Kept, ...]:
    return tuple(model.Kept(each.subjects, each.fields, each.reason) for each in kept)
