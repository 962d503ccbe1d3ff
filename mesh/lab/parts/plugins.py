"""The lab's provider plugins, installed into its own PULUMI_HOME in the versions that the SDKs ask for.

`azure-native` is always the lab's: the official one talks to Azure. `kubernetes` is the lab's unless
HYBRID_MESH_KUBERNETES_PLUGIN=official asks for Pulumi's: that one installs Istio's charts from the internet and waits
for pods, which nothing here runs.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from mesh.failures import Failure
from mesh.lab import environment
from mesh.lab.parts import scripts
from mesh.lab.paths import Lab
from mesh.terminal.progress import Report

CHOICE = "HYBRID_MESH_KUBERNETES_PLUGIN"

_SECONDS_TO_DOWNLOAD = 300


def install(lab: Lab, engine: Path, report: Report) -> None:
    _install_ours(lab, engine, "azure-native", report)
    choice = os.environ.get(CHOICE, "ours")
    if choice == "ours":
        _install_ours(lab, engine, "kubernetes", report)
    elif choice == "official":
        _install_official(lab, engine, "kubernetes", report)
    else:
        raise Failure(f"{CHOICE} is {choice!r}; it can be ours (the default) or official.")


def _install_ours(lab: Lab, engine: Path, name: str, report: Report) -> None:
    module = f"mesh.lab.providers.{name.replace('-', '_')}"
    # -P: the folder that the engine starts it in must not shadow modules.
    command = [sys.executable, "-P", "-m", module]
    variables = {"HYBRID_MESH_LAB": str(lab.root)}
    installed = _folder(lab, name) / f"pulumi-resource-{name}"
    if installed.exists() and installed.read_bytes() == scripts.text(command, variables).encode():
        return
    source = lab.root / "plugins" / name
    scripts.write(source / installed.name, command, variables)
    shutil.rmtree(_folder(lab, name), ignore_errors=True)
    _run_engine(lab, engine, name, "--file", str(source))
    report.line(f"✓ {name} {version(name)}: the lab's own provider plugin", style="green")


def _install_official(lab: Lab, engine: Path, name: str, report: Report) -> None:
    installed = _folder(lab, name) / f"pulumi-resource-{name}"
    if installed.exists() and not scripts.is_ours(installed):
        return
    with report.step(f"{name} {version(name)}: the official provider plugin"):
        shutil.rmtree(_folder(lab, name), ignore_errors=True)
        _run_engine(lab, engine, name)


def _run_engine(lab: Lab, engine: Path, name: str, *options: str) -> None:
    command = [str(engine), "plugin", "install", "resource", name, version(name), *options, "--non-interactive"]
    try:
        done = subprocess.run(
            command, env=environment.around(lab), timeout=_SECONDS_TO_DOWNLOAD,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as expired:
        raise Failure(f"The {name} plugin did not arrive in {_SECONDS_TO_DOWNLOAD} s. Unset {CHOICE}.") from expired
    if done.returncode:
        raise Failure(f"The {name} plugin could not be installed:\n{done.stdout.strip()}")


def origin(lab: Lab, name: str) -> str:
    installed = _folder(lab, name) / f"pulumi-resource-{name}"
    if not installed.exists():
        return "missing"
    return f"{version(name)}, {'ours' if scripts.is_ours(installed) else 'the official one'}"


def version(name: str) -> str:
    """The version that the installed SDK of a provider asks for."""
    package = importlib.util.find_spec(f"pulumi_{name.replace('-', '_')}")
    if package is None or package.origin is None:
        raise Failure(f"The Python package pulumi-{name} is not installed. `make up` installs it.")
    return str(json.loads(Path(package.origin).with_name("pulumi-plugin.json").read_text())["version"])


def _folder(lab: Lab, name: str) -> Path:
    return lab.pulumi_home / "plugins" / f"resource-{name}-v{version(name)}"
