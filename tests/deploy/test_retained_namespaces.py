"""Namespaces of workloads outlive their last workload; the engine is told so."""

from collections import defaultdict
from pathlib import Path
from typing import Any, cast

import pytest

from mesh.deploy import kubernetes
from mesh.deploy.values import Known
from mesh.files import stacks
from mesh.render import plan

STACK = Path(__file__).parents[1] / "cases" / "workloads" / "workload-without-ports" / "stack.yaml"


def test_only_namespaces_of_workloads_are_retained(monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[str, bool] = {}
    monkeypatch.setattr(kubernetes, "_release", lambda item, given: None)
    monkeypatch.setattr(
        kubernetes, "_object", lambda item, given, known: options.update({item.name: given["retain_on_delete"]})
    )
    monkeypatch.setattr(kubernetes.pulumi, "ResourceOptions", lambda **given: given)
    nothing = cast(Any, defaultdict(lambda: None))

    kubernetes.register(plan(stacks.environment(STACK)), nothing, nothing, Known({}, lambda file: "", nothing))

    assert [name for name, retained in sorted(options.items()) if retained] == ["east/Namespace/shop"]
    assert options["east/Namespace/istio-system"] is False
