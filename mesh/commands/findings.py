"""`mesh findings`: its arguments."""

from typing import Annotated

import typer

from mesh.findings.catalogue import KINDS, SEVERITIES
from mesh.views import findings_page


def findings(
    markdown: Annotated[bool, typer.Option("--markdown", help="Print it as a page to read: docs/findings.md.")] = False,
) -> None:
    """List all findings that mesh check may have, by their codes."""
    if markdown:
        typer.echo(findings_page.page(), nl=False)
        return
    for severity in SEVERITIES:
        for kind in KINDS:
            if kind.severity == severity:
                typer.echo(f"{severity:8} {kind.code}: {kind.what}")
