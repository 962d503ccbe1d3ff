"""The `mesh` command: argument parsing only; what it shows is made in `views`."""

from mesh.commands.cli import app, main

__all__ = ["app", "main"]
