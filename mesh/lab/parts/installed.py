"""Installed parts of the lab → a table."""

from pathlib import Path

from rich.table import Table

from mesh.lab.parts import engine, kubernetes, plugins, stamps
from mesh.lab.paths import Lab


def table(lab: Lab) -> Table:
    shown = Table("part", "from", title="installed", title_justify="left")
    shown.add_row("pulumi", _engine(lab))
    for name in kubernetes.SERVERS:
        shown.add_row(name, _origin(lab, lab.binaries / name))
    shown.add_row("Istio's CRDs", _origin(lab, lab.root / "istio/customresourcedefinitions.gen.yaml"))
    for name in ("azure-native", "kubernetes"):
        shown.add_row(f"plugin {name}", plugins.origin(lab, name))
    return shown


def _engine(lab: Lab) -> str:
    command = engine.installed(lab)
    own = lab.binaries / "pulumi"
    return "missing" if command is None else _origin(lab, own) if command == own else str(command)


def _origin(lab: Lab, part: Path) -> str:
    """The source of a part, without the checksum of its lock."""
    pin = stamps.pin_of(lab, part)
    return "missing" if pin is None else " ".join(pin.split()[:2])
