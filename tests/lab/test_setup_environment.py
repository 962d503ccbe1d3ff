"""What a shell sources to work on the lab."""

import shutil
import subprocess
from pathlib import Path

import pytest

from mesh.lab import environment
from mesh.lab.paths import Lab

SHELLS = [shell for shell in ("sh", "dash", "bash", "zsh") if shutil.which(shell)]


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    made = Lab(tmp_path / "a lab's folder")
    made.root.mkdir()
    environment.write_file(made)
    return made


def printed(shell: str, lab: Lab, script: str) -> str:
    done = subprocess.run(
        [shell, "-euc", script],
        env={"PATH": "/usr/bin:/bin", "ENVIRONMENT": str(lab.environment_file), "PULUMI_SKIP_CHECKPOINTS": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr
    return done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_sourced_twice_path_grows_once(lab: Lab, shell: str):
    source = '. "$ENVIRONMENT"; '

    assert printed(shell, lab, f'{source * 2} printf %s "$PATH"') == f"{lab.root}/bin:/usr/bin:/bin"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_cli_is_turned_to_the_lab(lab: Lab, shell: str):
    shown = printed(shell, lab, '. "$ENVIRONMENT"; env')

    assert f"PULUMI_BACKEND_URL=file://{lab.root}/state\n" in shown
    assert f"PULUMI_HOME={lab.root}/pulumi\n" in shown
    assert f"HYBRID_MESH_LAB={lab.root}\n" in shown
    assert "PULUMI_CONFIG_PASSPHRASE=hybrid-mesh-lab\n" in shown
    assert "PULUMI_SKIP_CHECKPOINTS" not in shown


def test_what_would_mislead_the_engine_is_not_handed_on(lab: Lab):
    around = environment.around(lab, {"PATH": "/bin", "HOME": "/home/me", "PULUMI_STACK": "prod", "PYTHONPATH": "x"})

    assert around["PATH"] == f"{lab.root}/bin:/bin"
    assert around["HOME"] == "/home/me"
    assert "PULUMI_STACK" not in around
    assert "PYTHONPATH" not in around
