"""A plan that is not what its stack file declares: the program registers nothing."""

import pulumi
import pytest
import yaml
from test_program import CASES, Engine, run

from mesh import judgement
from mesh.findings import Finding
from mesh.findings import catalogue as kinds
from mesh.plan import Plan

CONFIGURATION = yaml.safe_load((CASES / "one-cluster" / "stack.yaml").read_bytes())["config"]
WEAK = Finding(kinds.SINGLE_MACHINE, "ledger", "it runs on machine ledger-0 only")
OPEN = Finding(kinds.UNDECLARED_OPENING, "cart to orders:8080", "is open")


def judged_to_have(*found: Finding, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what the program then registers."""

    def findings(_plan: Plan) -> tuple[Finding, ...]:
        return found

    monkeypatch.setattr(judgement, "findings", findings)
    seen: list[str] = []
    monkeypatch.setattr(Engine, "new_resource", lambda self, args: seen.append(args.name))
    return seen


def test_with_an_error_nothing_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = judged_to_have(OPEN, monkeypatch=monkeypatch)

    with pytest.raises(pulumi.RunError, match=r"cart to orders:8080: is open") as raised:
        run(CONFIGURATION, "stack", monkeypatch)

    assert seen == []
    assert "Way out: Close what lets it through, or declare a route." in str(raised.value)
