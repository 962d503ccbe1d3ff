"""A stack that a run is at work on → a refusal: what is read of it meanwhile is on its way somewhere else."""

from collections.abc import Iterator
from contextlib import contextmanager

from mesh.engine import troubles
from mesh.engine.recovery import states
from mesh.engine.runs import Engine, EngineFailed
from mesh.failures import Failure


def refuse(engine: Engine) -> None:
    """Raises Failure where the stack is locked, also by a run that is dead."""
    with readable(engine):
        held = states.state(engine).locks()
    if held:
        listed = "\n".join(f"  {lock.text}" for lock in held)
        raise Failure(
            f"Stack {engine.stack} is locked, so nobody can say what it holds and what is being deployed:\n{listed}\n"
            f"Try again when that run has ended. If it is dead: mesh recover --stack {engine.stack}"
        )


@contextmanager
def readable(engine: Engine) -> Iterator[None]:
    """What the engine says of a state that it cannot read, with what to do."""
    try:
        yield
    except EngineFailed as failed:
        said = str(failed)
        raise Failure(
            f"The state of stack {engine.stack} cannot be read:\n  {said}\n{troubles.fix([said], engine.stack)}."
        ) from None
