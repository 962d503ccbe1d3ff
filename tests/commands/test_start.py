"""What a command imports before it begins: what it needs and no more, as that is a second of each run."""

import subprocess
import sys

import pytest

HEAVY = ("pulumi", "pulumi_kubernetes", "pulumi_azure_native", "kubernetes", "grpc", "requests", "httpx")


@pytest.mark.parametrize("command", ["check", "plan", "access", "graph"])
def test_a_command_that_works_offline_imports_no_engine_and_no_client(command: str) -> None:
    program = (
        "import sys; from mesh.commands.cli import app\n"
        f"try: app(['{command}', '--help'])\nexcept SystemExit: pass\n"
        f"print('imported:', *(name for name in {HEAVY} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert f"Usage: root {command}" in done.stdout or f" {command} [OPTIONS]" in done.stdout
    assert done.stdout.splitlines()[-1].split() == ["imported:"]
