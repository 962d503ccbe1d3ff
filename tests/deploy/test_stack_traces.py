"""Registrations name no lines of the program: the state would keep them for every resource."""

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi.runtime import mocks
from test_outputs import CASE, KUBECONFIG
from test_program import Engine, run

from mesh.files.secret_files import VARIABLE
from mesh.lab import authority
from mesh.lab.paths import Lab


def test_resources_of_a_plan_send_no_stack_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab(tmp_path)
    authority.issue(lab, [CASE])
    monkeypatch.setenv(VARIABLE, str(lab.secrets))
    kubeconfig = base64.b64encode(yaml.safe_dump(KUBECONFIG).encode()).decode()
    monkeypatch.setattr(Engine, "call", lambda self, args: {"kubeconfigs": [{"name": "user", "value": kubeconfig}]})
    answer = Engine.new_resource
    under = "/subscriptions/s/resourceGroups/group/"
    monkeypatch.setattr(Engine, "new_resource", lambda self, args: (under + args.name, answer(self, args)[1]))
    requests: list[Any] = []
    register = mocks.MockMonitor.RegisterResource

    def recorded(self: mocks.MockMonitor, request: Any) -> Any:
        requests.append(request)
        return register(self, request)

    monkeypatch.setattr(mocks.MockMonitor, "RegisterResource", recorded)
    run(yaml.safe_load(CASE.read_bytes())["config"], "stack", monkeypatch)

    ours = [request for request in requests if request.type != "pulumi:pulumi:Stack"]
    assert {"kubernetes:core/v1:Namespace", "azure-native:network:VirtualNetwork"} <= {request.type for request in ours}
    assert [request.name for request in ours if request.stackTrace.frames or request.sourcePosition.uri] == []
