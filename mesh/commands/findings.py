"""`mesh findings`: its arguments."""

from typing import Annotated

import typer

from mesh.findings.catalogue import KINDS
from mesh.views import findings_page


def findings(
    markdown: Annotated[bool, typer.Option("--markdown", help="Print it as a page to read: docs/findings.md.")] = False,
) -> None:
    """List all findings that mesh check may report, by severity and code."""
    if markdown:
        typer.echo(findings_page.page(), nl=False)
        return
    for kind in KINDS:
        typer.echo(f"{kind.severity:8} {kind.code}: {kind.what}")
