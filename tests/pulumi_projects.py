"""Throw-away Pulumi projects on the real engine, with the file provider in the place of named plugins."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mesh.lab import paths
from mesh.lab.parts import engine, scripts

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Project:
    folder: Path
    environment: dict[str, str]

    @property
    def resources(self) -> set[str]:
        """The names of the files that the file provider keeps."""
        return {path.name for path in (self.folder / "resources").iterdir()}

    def write(self, program: str) -> None:
        (self.folder / "__main__.py").write_text(program)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [ENGINE, *arguments, "--non-interactive", "--color=never"],
            cwd=self.folder, env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=300, check=False,
        )  # fmt: skip

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [ENGINE, *arguments, "--non-interactive", "--color=never"],
            cwd=self.folder, env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip


ENGINE = str(engine.installed(paths.lab()))


def script(path: Path, *command: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\nPYTHONPATH={paths.CHECKOUT}:{HERE} exec {" ".join(command)} "$@"\n')
    path.chmod(0o755)


def project(
    folder: Path,
    variables: Mapping[str, str] | None = None,
    provider: Path = HERE / "file_provider.py",
    **plugins: str,
) -> Project:
    """A project with an empty stack `lab`, and a provider of tests installed as the plugins (name → version)."""
    for name in ("state", "resources", "bin"):
        (folder / name).mkdir(parents=True)
    host = Path(ENGINE).with_name(engine.LANGUAGE_HOST)
    if not (host.exists() and scripts.is_ours(host)):
        script(folder / "bin" / host.name, sys.executable, str(paths.CHECKOUT / "mesh/lab/language_host.py"))
    (folder / "Pulumi.yaml").write_text("name: trial\nruntime: python\n")
    made = Project(
        folder,
        {
            **os.environ,
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "trial",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "FILE_PROVIDER_FOLDER": str(folder / "resources"),
            **(variables or {}),
        },
    )
    for name, version in plugins.items():
        package = name.replace("_", "-")
        source = folder / "plugins" / f"pulumi-resource-{package}"
        script(source / source.name, sys.executable, str(provider), version, source.name)
        done = made.run("plugin", "install", "resource", package, version, "--file", str(source))
        assert done.returncode == 0, done.stdout
    done = made.run("stack", "init", "lab")
    assert done.returncode == 0, done.stdout
    return made
