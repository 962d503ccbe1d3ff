"""Istio's CRDs, as its API module carries them."""

import shutil
from pathlib import Path

from mesh.lab.parts import go, stamps
from mesh.lab.paths import Lab
from mesh.terminal.progress import Report

_MODULE = "istio.io/api"
_FILE = "customresourcedefinitions.gen.yaml"


def install(lab: Lab, report: Report) -> Path:
    definitions = lab.root / "istio" / _FILE
    version = go.version("istio", _MODULE)
    if stamps.is_current(lab, definitions, version):
        return definitions
    with report.step(f"Istio's CRDs from its API module {version}"):
        source = go.downloaded_module(lab, "istio", _MODULE, report) / "kubernetes" / _FILE
        definitions.parent.mkdir(parents=True, exist_ok=True)
        unfinished = definitions.with_suffix(".unfinished")
        shutil.copyfile(source, unfinished)
        stamps.put(lab, unfinished, definitions, version)
    return definitions
