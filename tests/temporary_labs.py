"""Labs of their own for tests, with the parts of the checkout's."""

from pathlib import Path

import pytest

from mesh.lab import paths
from mesh.lab.paths import Lab

_NEEDED = ("bin/kube-apiserver", "bin/kube-controller-manager", "bin/etcd", "istio/customresourcedefinitions.gen.yaml")


def lab_in(root: Path) -> Lab:
    """A lab of its own, with the programs and files that `make up` brought into the checkout's."""
    built = paths.lab().root
    missing = [name for name in _NEEDED if not (built / name).exists()]
    if missing:
        pytest.fail(f"{', '.join(missing)} not in {built}: `make up` brings them")
    root.mkdir(parents=True, exist_ok=True)
    for folder in ("bin", "istio"):
        (root / folder).symlink_to(built / folder)
    return Lab(root)
