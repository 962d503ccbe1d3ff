"""Secrets, from the files that hold them: `<folder>/<environment>/<file>`, read when the plan is registered.

The folder is `secrets` beside Pulumi.yaml, never in git; a pipeline fills it from its vault and names it with
HYBRID_MESH_SECRETS. Values become Pulumi secrets, and so are encrypted in the state.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mesh.failures import Failure

VARIABLE = "HYBRID_MESH_SECRETS"
_DEFAULT = "secrets"
_SECRET_VARIABLES = ("_PASSPHRASE", "_PASSWORD", "_SECRET", "_TOKEN", "_ACCESSTOKEN", "_KEY")


@dataclass(frozen=True)
class SecretFiles:
    folder: Path

    @staticmethod
    def of(environment: str) -> "SecretFiles":
        return SecretFiles(Path(os.environ.get(VARIABLE) or _DEFAULT, environment))

    def require(self, files: Iterable[str]) -> None:
        """Raises Failure that names every file that is not there."""
        missing = [file for file in files if not (self.folder / file).is_file()]
        if missing:
            listed = "".join(f"\n  {self.folder / file}" for file in missing)
            raise Failure(
                f"these secrets are needed and not there:{listed}\n"
                f"Make them (`mesh authority issue` makes those of an authority; docs/ingress.md tells of those of "
                f"gateways), or name their folder with {VARIABLE}."
            )

    def has(self, files: Iterable[str]) -> bool:
        return all((self.folder / file).is_file() for file in files)

    def read(self, file: str) -> str:
        """Raises Failure where it is not there or cannot be read; never tells the contents."""
        try:
            return (self.folder / file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise Failure(f"the secret {self.folder / file} cannot be read: {why}") from None


def known(environment: str) -> tuple[str, ...]:
    """All secrets at hand, for keeping them out of what is shown: the environment's files, and variables of secrets."""
    folder = SecretFiles.of(environment).folder
    files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    return (
        *(path.read_text(encoding="utf-8", errors="replace") for path in files if os.access(path, os.R_OK)),
        *(value for name, value in sorted(os.environ.items()) if value and name.endswith(_SECRET_VARIABLES)),
    )
