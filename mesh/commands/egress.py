"""`mesh egress`: a stack file → what its networks need of the internet."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from mesh.commands import command_line
from mesh.render import egress as needed


def egress(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A stack file, such as stacks/Pulumi.prod.yaml.")],
) -> None:
    """List what a firewall has to let out, by network.

    Exit codes: 0 shown, 2 wrong use or a bad stack file.
    """
    environment = command_line.environment(file)
    console = command_line.console()
    for network, destinations in needed.destinations(environment).items():
        if destinations:
            table = Table("host or service tag", "port", "for", title=f"from network {network}", title_justify="left")
            for one in destinations:
                table.add_row(one.host, f"{one.port} {one.protocol}", one.reason)
            console.print(table)
