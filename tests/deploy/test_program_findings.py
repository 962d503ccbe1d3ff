"""A plan that is not what its stack file declares: the program registers nothing."""

from types import SimpleNamespace

import pulumi
import pytest
import yaml
from test_program import CASES, Engine, run

from mesh.findings import Finding, catalogue
from mesh.findings.routes.undeclared_openings import UNDECLARED_OPENING
from mesh.findings.single_points import SINGLE_MACHINE

CONFIGURATION = yaml.safe_load((CASES / "clusters" / "one-cluster" / "stack.yaml").read_bytes())["config"]
WEAK = Finding(SINGLE_MACHINE, "ledger", "it runs on machine ledger-0 only")
OPEN = Finding(UNDECLARED_OPENING, "cart to orders:8080", "is open")


def judged_to_have(*found: Finding, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what the program then registers."""
    monkeypatch.setattr(catalogue, "CHECKS", (SimpleNamespace(KINDS=(), findings=lambda _context: iter(found)),))
    seen: list[str] = []
    monkeypatch.setattr(Engine, "new_resource", lambda self, args: seen.append(args.name))
    return seen


def test_with_an_error_nothing_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = judged_to_have(OPEN, monkeypatch=monkeypatch)

    with pytest.raises(pulumi.RunError, match=r"cart to orders:8080: is open") as raised:
        run(CONFIGURATION, "stack", monkeypatch)

    assert seen == []
    assert "Fix: Close what lets it through, or declare a route." in str(raised.value)
