"""A new project: a starter stack and what stands around it, as files by path."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

import mesh
from mesh.declaration import supported_versions
from mesh.failures import Failure

CodeHost = Literal["github", "azure-devops", "none"]
ISTIO = "1.30.4"
_PLACES: Mapping[CodeHost, Mapping[str, str]] = {
    "github": {"github/preview.yml": ".github/workflows/preview.yml"},
    "azure-devops": {"azure-devops/preview.yml": "pipelines/preview.yml"},
    "none": {},
}
_ALWAYS = {
    "Pulumi.yaml": "Pulumi.yaml",
    "__main__.py.txt": "__main__.py",
    "gitignore": ".gitignore",
    "requirements.txt": "requirements.txt",
}
_LITERAL = ("Pulumi.yaml", "__main__.py.txt", "gitignore")
"""Files that are copied as they are; the others take the answers."""


@dataclass(frozen=True)
class Answers:
    stack: str
    subscription: str
    location: str
    trust_domain: str
    code_host: CodeHost


def starter(answers: Answers) -> dict[str, str]:
    """Its files, by relative path."""
    places = {**_ALWAYS, "stacks/stack.yaml": f"stacks/Pulumi.{answers.stack}.yaml", **_PLACES[answers.code_host]}
    folder = resources.files(mesh) / "starter"
    texts = {target: (name, (folder / name).read_text(encoding="utf-8")) for name, target in places.items()}
    values = {
        "stack": answers.stack,
        "subscription": answers.subscription,
        "location": answers.location,
        "trust_domain": answers.trust_domain,
        "istio": ISTIO,
        "kubernetes": supported_versions.KUBERNETES_MINORS[0],
        "version": mesh.__version__,
    }
    return {
        target: text if name in _LITERAL else text.format_map(values) for target, (name, text) in sorted(texts.items())
    }


def write(files: Mapping[str, str], folder: Path) -> None:
    """Raises Failure, and writes nothing, where one of them is there already."""
    if there := [name for name in files if (folder / name).exists()]:
        raise Failure(f"{', '.join(there)}: there already. Nothing was written; use an empty folder.")
    for name, text in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
