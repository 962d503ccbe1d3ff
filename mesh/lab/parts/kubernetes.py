"""Kubernetes' own servers: built from their Go modules, or taken from a folder that the user names."""

import shutil
import subprocess
from pathlib import Path

from mesh.failures import Failure
from mesh.lab.parts import go, stamps
from mesh.lab.paths import Lab
from mesh.terminal.progress import Report

SERVERS = ("kube-apiserver", "kube-controller-manager", "etcd")

_KUBERNETES = "k8s.io/kubernetes"
_ETCD = "go.etcd.io/etcd/server/v3"


def install(lab: Lab, folder: Path | None, report: Report) -> None:
    """Brings the servers, and kubectl where the machine has none; from the folder, or built where none is given."""
    for binary in (*_servers(), *_kubectl(lab)):
        if folder is not None and (binary.name in SERVERS or (folder / binary.name).exists()):
            _take(lab, folder / binary.name, report)
        else:
            go.build(lab, binary, report)


def _servers() -> tuple[go.Binary, ...]:
    version = go.version("kubernetes", _ETCD)
    etcd = go.Binary("etcd", "kubernetes", _ETCD, version, "-s -w", "10 seconds")
    return (
        _kubernetes("kube-apiserver", "about 4 minutes"),
        _kubernetes("kube-controller-manager", "about 1 minute"),
        etcd,
    )


def _kubectl(lab: Lab) -> tuple[go.Binary, ...]:
    kubectl = shutil.which("kubectl")
    if kubectl and Path(kubectl).resolve().parent != lab.binaries:
        return ()
    return (_kubernetes("kubectl", "about 1 minute"),)


def _kubernetes(name: str, minutes: str) -> go.Binary:
    version = go.version("kubernetes", _KUBERNETES)
    major, minor, _ = version.removeprefix("v").split(".")
    known = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    flags = " ".join(f"-X k8s.io/component-base/version.{key}={value}" for key, value in known.items())
    return go.Binary(name, "kubernetes", f"{_KUBERNETES}/cmd/{name}", version, f"-s -w {flags}", minutes)


def _take(lab: Lab, given: Path, report: Report) -> None:
    try:
        done = subprocess.run([given, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failure(
            f"{given} cannot be run ({error}). The folder given for Kubernetes' binaries must hold "
            f"{', '.join(SERVERS)} for this machine; leave it out to have them built."
        ) from error
    part = lab.binaries / given.name
    pin = f"{given.resolve()} {done.stdout.splitlines()[0]}"
    if stamps.is_current(lab, part, pin):
        return
    lab.binaries.mkdir(parents=True, exist_ok=True)
    unfinished = part.with_name(f".{part.name}.unfinished")
    shutil.copy(given, unfinished)
    stamps.put(lab, unfinished, part, pin)
    report.line(f"✓ {given.name} from {given.parent}", style="green")
