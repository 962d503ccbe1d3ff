"""What Checkov says about the Azure resources and cluster objects of stacks lab, dev and prod.

`make checkov` prints the table. Checkov knows no severity without its vendor's service, so every failed check counts as
high: it needs a reason in accepted.yaml. A reason that no failed check needs is an error, too. Nothing is asked of the
network.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import checkov_files
import yaml

from mesh.files import stacks
from mesh.lab import paths
from mesh.lab.parts import checkov
from mesh.render import plan

STACKS = ("lab", "dev", "prod")
ACCEPTED = Path(__file__).with_name("accepted.yaml")


class Failed(NamedTuple):
    """A failed check."""

    stack: str
    check: str
    name: str
    resource: str

    @property
    def accepted_as(self) -> str:
        """Such as CKV_AZURE_4 Microsoft.ContainerService/managedClusters."""
        return f"{self.check} {self.resource.rpartition('.')[0]}"


@dataclass(frozen=True)
class Answer:
    resources: Mapping[tuple[str, str], int]
    """By stack and framework, how many were given."""
    passed: Mapping[tuple[str, str], int]
    failed: Sequence[tuple[str, Failed]]
    """Each with its framework."""

    def without_reason(self, accepted: Collection[str]) -> list[Failed]:
        return [failed for _, failed in self.failed if failed.accepted_as not in accepted]

    def unused(self, accepted: Collection[str]) -> list[str]:
        return sorted(set(accepted) - {failed.accepted_as for _, failed in self.failed})


def answer() -> Answer:
    """Of Checkov, for all stacks in one run."""
    resources: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for name in STACKS:
            made = plan(stacks.environment(paths.CHECKOUT / f"stacks/Pulumi.{name}.yaml"))
            checkov_files.write(made, Path(folder, name))
            resources[name, "arm"], resources[name, "kubernetes"] = len(made.azure), len(made.objects)
        done = subprocess.run(
            [checkov.command(paths.lab()), "-d", folder, "--framework", "arm", "kubernetes", "--skip-download",
             "--compact", "-o", "json"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    return _read(json.loads(done.stdout), resources)


def _read(reports: list[Mapping[str, Any]], resources: Mapping[tuple[str, str], int]) -> Answer:
    passed: Counter[tuple[str, str]] = Counter()
    failed = []
    for report in reports:
        framework, results = report["check_type"], report["results"]
        assert not results["parsing_errors"], results["parsing_errors"]
        passed.update((_stack(check), framework) for check in results["passed_checks"])
        failed += [
            (framework, Failed(_stack(check), check["check_id"], check["check_name"], check["resource"]))
            for check in results["failed_checks"]
        ]
    return Answer(resources, passed, failed)


def _stack(check: Mapping[str, Any]) -> str:
    return str(check["file_path"]).strip("/").partition("/")[0]


def accepted() -> Mapping[str, str]:
    """Reasons, by check and kind of resource."""
    reasons: Mapping[str, str] = yaml.safe_load(ACCEPTED.read_text())
    return reasons


def table(found: Answer, reasons: Mapping[str, str]) -> str:
    failed = Counter((failed.stack, framework) for framework, failed in found.failed)
    open_ones = found.without_reason(reasons)
    without = Counter((failed.stack, framework) for framework, failed in found.failed if failed in open_ones)
    lines = [
        "| stack | framework | resources | checks passed | checks failed | failed without a reason |",
        "|---|---|---:|---:|---:|---:|",
        *(
            f"| {stack} | {framework} | {count} | {found.passed.get((stack, framework), 0)} "
            f"| {failed[stack, framework]} | {without[stack, framework]} |"
            for (stack, framework), count in found.resources.items()
        ),
        f"\n{len(reasons)} reasons in {ACCEPTED.name}, {len(found.unused(reasons))} of them not needed",
        *(f"✗ {failed.stack}: {failed.check} {failed.resource}: {failed.name}" for failed in open_ones),
        *(f"✗ {ACCEPTED.name}: {key}: no failed check needs this reason" for key in found.unused(reasons)),
    ]
    return "\n".join(lines)


def main() -> int:
    found, reasons = answer(), accepted()
    sys.stdout.write(table(found, reasons) + "\n")
    return 1 if found.without_reason(reasons) or found.unused(reasons) else 0


if __name__ == "__main__":
    raise SystemExit(main())
