"""CRDs of the Gateway API and of Cilium, as their modules carry them. Only tests need them, to draw objects from."""

from collections.abc import Mapping
from pathlib import Path

from mesh.lab.parts import go, stamps
from mesh.lab.paths import Lab
from mesh.terminal.progress import Report

_FOLDERS: Mapping[str, str] = {
    "sigs.k8s.io/gateway-api": "config/crd/experimental",
    "github.com/cilium/cilium": "pkg/k8s/apis/cilium.io/client/crds",
}
_KIND = "kind: CustomResourceDefinition"


def install(lab: Lab, report: Report) -> Path:
    """One file with all of them."""
    file = lab.root / "definitions.yaml"
    versions = {module: go.version("definitions", module) for module in _FOLDERS}
    pin = " ".join(f"{module} {version}" for module, version in versions.items())
    if not stamps.is_current(lab, file, pin):
        with report.step("CRDs of the Gateway API and of Cilium for the tests"):
            unfinished = file.with_suffix(".unfinished")
            unfinished.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_text("\n---\n".join(_definitions(lab, report)), encoding="utf-8")
            stamps.put(lab, unfinished, file, pin)
    return file


def _definitions(lab: Lab, report: Report) -> list[str]:
    files = (
        file
        for module, folder in _FOLDERS.items()
        for file in sorted((go.downloaded_module(lab, "definitions", module, report) / folder).rglob("*.yaml"))
    )
    return [text for file in files if _KIND in (text := file.read_text(encoding="utf-8"))]
