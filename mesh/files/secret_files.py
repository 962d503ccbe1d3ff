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
