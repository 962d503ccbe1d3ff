"""`mesh learn --write`: proposed routes, added to a stack file and to the files that it includes."""

from collections.abc import Mapping
from pathlib import Path

import typer

from mesh import resolve
from mesh.declaration import declared as declarations
from mesh.declaration.problems import Invalid
from mesh.failures import Failure
from mesh.files import rewrites, stacks
from mesh.learn import edits
from mesh.learn.edits import Left
from mesh.learn.proposals import Proposal
from mesh.terminal.exits import FOUND_SOMETHING


def write(file: Path, proposals: tuple[Proposal, ...]) -> int:
    """The exit code. Raises Failure where a file cannot be written."""
    before = stacks.texts(file)
    after, left = _sound(file, before, proposals)
    changed = {file.parent / name if name else file: text for name, text in after.items() if text != before[name]}
    try:
        rewrites.rewrite(changed)
    except OSError as error:
        raise Failure(f"{error.filename}: cannot be written: {error.strerror}. Check its rights.") from None
    for path in changed:
        typer.echo(f"{path}: written. Look at it with git diff, and run mesh check {file}.", err=True)
    if not changed:
        typer.echo(f"{file}: nothing to add.", err=True)
    for proposal, reason in left:
        called = f"{proposal.caller} to {proposal.callee}:{proposal.port.number}"
        typer.echo(f"not written: {called}: {reason}.", err=True)
    return FOUND_SOMETHING if left else 0


def _sound(file: Path, before: Mapping[str, str], proposals: tuple[Proposal, ...]) -> tuple[Mapping[str, str], Left]:
    """The files with all that they may say, and what is left out. One by one only where all together may not stand."""
    declared, _ = declarations.read(stacks.document_of(before))
    if declared is None:
        return before, ()
    together = edits.edited(before, declared, proposals)
    if _problem(file, together.files) is None:
        return together.files, together.left
    files, left = before, list[tuple[Proposal, str]]()
    for proposal in proposals:
        edited = edits.edited(files, declared, (proposal,))
        problem = _problem(file, edited.files)
        left += [*edited.left, *([(proposal, problem)] if problem else [])]
        files = files if problem else edited.files
    return files, tuple(left)


def _problem(file: Path, texts: Mapping[str, str]) -> str | None:
    """The first of a stack file, with its fix."""
    try:
        resolve.environment(stacks.document_of(texts), stacks.name(file))
    except Invalid as invalid:
        first = invalid.problems[0]
        return f"{first.message}. {first.fix}"
    return None
