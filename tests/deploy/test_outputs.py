"""What a reader of the stack finds in its outputs."""

import base64
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from test_program import CASES, Engine, run

from mesh.files.secret_files import VARIABLE
from mesh.lab import authority
from mesh.lab.paths import Lab

CASE = CASES / "machines" / "database-on-a-machine" / "stack.yaml"
KUBECONFIG = {
    "clusters": [{"cluster": {"server": "https://east.example", "certificate-authority-data": "cGVt"}, "name": "east"}]
}


def test_a_machine_without_a_sidecar_is_named_with_what_protects_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = Lab(tmp_path)
    authority.issue(lab, [CASE])
    monkeypatch.setenv(VARIABLE, str(lab.secrets))
    listed = {
        "kubeconfigs": [{"name": "user", "value": base64.b64encode(yaml.safe_dump(KUBECONFIG).encode()).decode()}]
    }
    monkeypatch.setattr(Engine, "call", lambda self, args: listed)
    answer = Engine.new_resource
    under = "/subscriptions/s/resourceGroups/group/"
    monkeypatch.setattr(Engine, "new_resource", lambda self, args: (under + args.name, answer(self, args)[1]))
    outputs: dict[str, Any] = {}
    monkeypatch.setattr(pulumi, "export", outputs.__setitem__)

    run(yaml.safe_load(CASE.read_bytes())["config"], "stack", monkeypatch)

    assert outputs["machinesWithoutSidecar"] == {
        "orders-db-0": "only the security group data-machines protects it",
    }
