"""Which package install.sh takes: its part of the script is run, with what it calls stood in for."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from mesh.files import stacks
from mesh.render import machine_files

CASE = Path(__file__).parents[1] / "cases" / "machines" / "existing-machine-with-sidecar" / "stack.yaml"
RELEASES = "https://storage.googleapis.com/istio-release/releases"
PACKAGE = "what istio-sidecar.deb holds\n"
GOOD = "0b4adc97c40cf5a4a1b99cd3cac6aa5b55b3a9e76c3fa1a2a3bbb4f0ab2a2d1f"
BAD = "b" * 64
CANARY = {"version": "1.31.1", "machines": ["ledger-0"]}


def installed(folder: Path, istio: dict[str, Any], architecture: str = "amd64") -> tuple[str, str, list[str]]:
    """What was installed, what was said against it, and what was fetched for it."""
    stack = yaml.safe_load(CASE.read_bytes())
    stack["config"]["hybrid-mesh:environment"]["istio"] |= istio
    file = folder / "stack.yaml"
    file.write_text(yaml.safe_dump(stack))
    environment = stacks.environment(file)
    script = str(machine_files.files(environment, environment.machines[0])[-1])
    taken = script[script.index("fail()") : script.index("[ ")] + script[script.index("architecture=") :]
    stand_ins = f"""
        fetch() {{
            echo "$1" >> {folder}/fetched
            case $1 in *.sha256) echo "{GOOD}  x" ;; *) printf '{PACKAGE}' ;; esac
        }}
        sha256sum() {{ echo "{GOOD}  $1"; }}
        dpkg() {{ case $1 in -i) cp "$2" {folder}/installed ;; *) echo {architecture} ;; esac; }}
    """
    part = taken[: taken.index("put /etc")].replace("/var/lib/istio", str(folder))
    done = subprocess.run(["sh", "-eu"], input=stand_ins + part, capture_output=True, text=True, check=False)
    package, fetched = folder / "installed", folder / "fetched"
    return (
        package.read_text() if package.exists() else "",
        done.stderr,
        fetched.read_text().splitlines() if fetched.exists() else [],
    )


def test_a_package_is_held_against_the_checksum_beside_it(tmp_path: Path) -> None:
    package = f"{RELEASES}/1.30.4/deb/istio-sidecar.deb"

    assert installed(tmp_path, {}) == (PACKAGE, "", [f"{package}.sha256", package])


def test_a_pinned_checksum_stands_in_place_of_the_one_beside_it(tmp_path: Path) -> None:
    package = f"{RELEASES}/1.30.4/deb/istio-sidecar.deb"

    assert installed(tmp_path, {"package_sha256": {"amd64": GOOD, "arm64": BAD}}) == (PACKAGE, "", [package])


def test_a_package_with_another_checksum_is_not_installed(tmp_path: Path) -> None:
    package, said, _ = installed(tmp_path, {"package_sha256": {"amd64": BAD}})

    assert package == ""
    assert said == f"{RELEASES}/1.30.4/deb/istio-sidecar.deb has the checksum {GOOD} and should have {BAD}.\n"


def test_an_architecture_without_a_checksum_installs_nothing(tmp_path: Path) -> None:
    package, said, fetched = installed(tmp_path, {"package_sha256": {"amd64": GOOD}}, "arm64")

    assert (package, fetched) == ("", [])
    assert said == f"The stack file has no checksum of {RELEASES}/1.30.4/deb/istio-sidecar-arm64.deb.\n"


@pytest.mark.parametrize(("of_the_canary", "expected"), [(GOOD, PACKAGE), (BAD, "")])
def test_a_machine_of_the_canary_has_the_canarys_checksum(tmp_path: Path, of_the_canary: str, expected: str) -> None:
    canary = {**CANARY, "package_sha256": {"amd64": of_the_canary}}

    package, _, fetched = installed(tmp_path, {"canary": canary, "package_sha256": {"amd64": BAD}})

    assert (package, fetched) == (expected, [f"{RELEASES}/1.31.1/deb/istio-sidecar.deb"])


def test_the_canarys_package_is_not_held_against_the_others_checksum(tmp_path: Path) -> None:
    package = f"{RELEASES}/1.31.1/deb/istio-sidecar.deb"

    assert installed(tmp_path, {"canary": CANARY, "package_sha256": {"amd64": BAD}}) == (
        PACKAGE,
        "",
        [f"{package}.sha256", package],
    )
