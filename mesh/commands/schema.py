"""`mesh schema`: prints the JSON schema of a stack file, or a page with all its keys."""

import json
from typing import Annotated

import typer

from mesh.declaration import reference, spec


def schema(
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown page: docs/stack-file.md.")] = False,
) -> None:
    """Print the JSON schema of a stack file, for editors.

    Exit codes: 0 printed, 2 wrong use.
    """
    if markdown:
        typer.echo(reference.page(spec.schema()), nl=False)
    else:
        typer.echo(json.dumps(spec.schema(), indent=2, ensure_ascii=False))
