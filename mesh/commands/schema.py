"""`mesh schema`: its arguments."""

import json
from typing import Annotated

import typer

from mesh.declaration import reference, spec


def schema(
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print it as a page to read: docs/stack-file.md.")
    ] = False,
) -> None:
    """Print the JSON schema of a stack file, for editors."""
    if markdown:
        typer.echo(reference.page(spec.schema()), nl=False)
    else:
        typer.echo(json.dumps(spec.schema(), indent=2, ensure_ascii=False))
