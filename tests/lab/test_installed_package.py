"""The package as others install it: built, in an environment without this checkout, beginning a project in it.

Its dependencies are those of this environment; only the package itself is installed.
"""

import os
import site
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built of a copy: setuptools leaves folders beside what it builds."""
    folder = tmp_path_factory.mktemp("wheel")
    files = subprocess.run(["git", "ls-files", "mesh", "pyproject.toml", "LICENSE"], cwd=CHECKOUT, check=True,
                           capture_output=True, text=True).stdout.split()  # fmt: skip
    for name in files:
        if (CHECKOUT / name).exists():
            (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "source" / name).write_bytes((CHECKOUT / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), "."]
    subprocess.run(command, cwd=folder / "source", check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder)
    packages = next((folder / "lib").glob("python3*/site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    own = [path for path in site.getsitepackages() if Path(path).is_dir()]
    (packages / "dependencies.pth").write_text("\n".join(own))
    return folder / "bin/python"


def mesh(python: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "HYBRID_MESH"))}
    command = [str(python), "-m", "mesh", *arguments]
    return subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)


def test_the_package_holds_every_module_and_its_data(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())

    modules = {str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "mesh").rglob("*.py")}
    assert modules - held == set()
    assert {
        "mesh/py.typed",
        "mesh/report/page.html",
        "mesh/report/vendor/cytoscape.min.js",
        "mesh/lab/go/engine/go.sum",
        "mesh/lab/npm/package-lock.json",
        "mesh/starter/stacks/stack.yaml",
    } <= held


def test_an_installed_package_begins_a_project(python: Path, tmp_path: Path) -> None:
    where = subprocess.run([str(python), "-c", "import mesh; print(mesh.__file__)"], cwd=tmp_path, check=True,
                           capture_output=True, text=True).stdout  # fmt: skip

    begun, checked = mesh(python, tmp_path, "init"), mesh(python, tmp_path, "check", "stacks/Pulumi.lab.yaml")
    drawn = mesh(python, tmp_path, "report", "stacks/Pulumi.lab.yaml", "--out", "page.html")

    assert "site-packages/mesh" in where
    assert (begun.returncode, begun.stderr) == (0, "")
    assert checked.returncode == 0, checked.stderr
    assert drawn.returncode == 0, drawn.stderr
    assert (tmp_path / "page.html").stat().st_size > 100_000


def test_the_lab_of_an_installed_package_is_in_the_project(python: Path, tmp_path: Path) -> None:
    mesh(python, tmp_path, "init")
    code = "from mesh.lab import paths, stack; print(paths.lab().root, *stack.files())"
    said = subprocess.run([str(python), "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    assert said.split() == [str(tmp_path / ".lab"), str(tmp_path / "stacks/Pulumi.lab.yaml")]
