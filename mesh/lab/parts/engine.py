"""The Pulumi engine: the machine's own, else the official one, else built from its Go module; with a language host."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx

from mesh.lab.parts import go, scripts, stamps
from mesh.lab.paths import CHECKOUT, Lab
from mesh.terminal.progress import Report

OLDEST = (3, 226, 1)
"""From here on `preview --expect-no-changes` has an exit code of its own (pulumi/pulumi#5144)."""
LANGUAGE_HOST = "pulumi-language-python"

_INSTALLER = "https://get.pulumi.com/install.sh"
_SECONDS_TO_REACH_IT = 3.0
_MODULE = "github.com/pulumi/pulumi/pkg/v3"
_OFFICIAL = "from the official installer"


def installed(lab: Lab) -> Path | None:
    """The engine's command, where one fits: the lab's own first, so that nothing changes under a stack."""
    own = lab.binaries / "pulumi"
    return own if stamps.pin_of(lab, own) in (_binary().pin, _OFFICIAL) else _on_path(lab)


def install(lab: Lab, report: Report) -> Path:
    """The engine's command, brought where it is missing."""
    command = installed(lab)
    if command is None:
        command = _install_official(lab, report) or go.build(lab, _binary(), report)
    if command.parent == lab.binaries:
        _put_language_host_beside(command)
    else:
        report.line(f"✓ Pulumi engine: {command}", style="green")
    return command


def _binary() -> go.Binary:
    version = go.version("engine", _MODULE)
    return go.Binary(
        name="pulumi",
        module="engine",
        package=f"{_MODULE}/cmd/pulumi",
        version=version,
        # Python's Automation API refuses an engine that does not know its version.
        link_flags=f"-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={version}",
        minutes="about 5 minutes",
    )


def _on_path(lab: Lab) -> Path | None:
    """The machine's own engine, where it is new enough and can run Python programs. The lab's own does not count."""
    folders = [path for path in os.get_exec_path() if Path(path).resolve() != lab.binaries]
    command = shutil.which("pulumi", path=os.pathsep.join(folders))
    if command is None or _version(Path(command)) < OLDEST:
        return None
    beside = Path(command).resolve().with_name(LANGUAGE_HOST)
    return Path(command) if beside.exists() or shutil.which(LANGUAGE_HOST, path=os.pathsep.join(folders)) else None


def _version(engine: Path) -> tuple[int, ...]:
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    done = subprocess.run([engine, "version"], env=environment, capture_output=True, text=True, check=False)
    numbers = re.match(r"v?(\d+)\.(\d+)\.(\d+)", done.stdout.strip())
    return tuple(int(number) for number in numbers.groups()) if numbers else (0,)


def _install_official(lab: Lab, report: Report) -> Path | None:
    try:
        httpx.head(_INSTALLER, timeout=_SECONDS_TO_REACH_IT, follow_redirects=True).raise_for_status()
    except httpx.HTTPError as error:
        reason = str(error) or type(error).__name__
        report.line(f"  Pulumi's installer cannot be reached ({reason}); the engine is built from source instead.")
        return None
    from pulumi.automation import PulumiCommand  # most commands start without it: it takes longer than they do

    with report.step("Pulumi engine from the official installer"):
        try:
            # The installer puts its programs into `bin` of the folder that it is given: the lab's own.
            PulumiCommand.install(root=str(lab.root))
        except (subprocess.CalledProcessError, OSError) as error:
            report.line(f"  Pulumi's installer failed ({error}); the engine is built from source instead.")
            return None
    own = lab.binaries / "pulumi"
    stamps.put(lab, own, own, _OFFICIAL)
    return own


def _put_language_host_beside(engine: Path) -> None:
    """This project's, for an engine that came without one."""
    host = engine.with_name(LANGUAGE_HOST)
    if not host.exists() or scripts.is_ours(host):
        scripts.write(host, [sys.executable, "-P", str(CHECKOUT / "mesh/lab/language_host.py")])
