"""The lab's own root of trust: an authority for each cluster that can be previewed there, made once."""

import stat
from pathlib import Path

from mesh.files import secret_files
from mesh.lab import authority, environment
from mesh.lab.paths import CHECKOUT, Lab

STACKS = [CHECKOUT / "stacks" / f"Pulumi.{name}.yaml" for name in ("lab", "prod")]


def files(lab: Lab) -> dict[str, bytes]:
    return {str(path.relative_to(lab.root)): path.read_bytes() for path in lab.root.rglob("*.pem")}


def test_every_cluster_has_an_authority_of_one_root_and_keeps_it(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab")
    authority.issue(lab, STACKS)
    first = files(lab)
    authority.issue(lab, STACKS)

    assert files(lab) == first
    assert {f"secrets/lab/authority/{cluster}/ca-key.pem" for cluster in ("east", "west")} <= set(first)
    assert len({first[name] for name in first if name.endswith("/root-cert.pem")}) == 1
    assert stat.S_IMODE((lab.authority / "root-key.pem").stat().st_mode) == 0o600


def test_a_stack_file_that_is_broken_does_not_stop_the_lab(tmp_path: Path) -> None:
    broken = tmp_path / "Pulumi.broken.yaml"
    broken.write_text("config: {}")
    lab = Lab(tmp_path / "lab")

    authority.issue(lab, [broken, STACKS[0]])

    assert (lab.secrets / "lab").is_dir()
    assert not (lab.secrets / "broken").exists()


def test_the_labs_shell_reads_the_labs_secrets(tmp_path: Path) -> None:
    assert environment.variables(Lab(tmp_path))[secret_files.VARIABLE] == str(tmp_path / "secrets")
