"""The environment variables that turn the plain Pulumi CLI to the lab."""

import os
import shlex
from collections.abc import Mapping

from mesh.files import secret_files
from mesh.lab.paths import Lab

PASSPHRASE = "hybrid-mesh-lab"  # noqa: S105 the lab's state holds nothing that is secret outside it

_UNWANTED = (
    "PULUMI_CONFIG_PASSPHRASE_FILE",  # would win over the passphrase
    "PULUMI_SKIP_CHECKPOINTS",  # a kill then loses what was created
    "PULUMI_STACK",
    "PYTHONPATH",
    "PYTHONHOME",
)


def variables(lab: Lab) -> dict[str, str]:
    return {
        "HYBRID_MESH_LAB": str(lab.root),
        secret_files.VARIABLE: str(lab.secrets),
        "PULUMI_HOME": str(lab.pulumi_home),
        "PULUMI_BACKEND_URL": f"file://{lab.state}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }


def around(lab: Lab, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """A whole environment for a process of the lab, from the one that is there."""
    kept = {name: value for name, value in inherited.items() if name not in _UNWANTED}
    path = os.pathsep.join([str(lab.binaries), kept.get("PATH", os.defpath)])
    return {**kept, **variables(lab), "PATH": path}


def write_file(lab: Lab) -> None:
    """Writes what a shell sources: sh, bash or zsh, any number of times."""
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables(lab).items())
    unwanted = " ".join(name for name in _UNWANTED if name.startswith("PULUMI"))
    binaries = shlex.quote(str(lab.binaries))
    unfinished = lab.environment_file.with_suffix(".unfinished")
    unfinished.write_text(
        "# Source this to use the plain Pulumi CLI against the lab. Written by `make up`.\n"
        f"unset {unwanted}\n"
        f"{exports}"
        f'case "$PATH" in {binaries}:*) ;; *) export PATH={binaries}:"$PATH" ;; esac\n'
    )
    os.replace(unfinished, lab.environment_file)
