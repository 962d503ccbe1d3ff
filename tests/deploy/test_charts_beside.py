"""What a team's chart owns: the program makes nothing of it, so that Helm may.

Helm refuses to install an object that is there without its own marks (`app.kubernetes.io/managed-by: Helm`, and the
annotations `meta.helm.sh/release-name` and `meta.helm.sh/release-namespace` of the release).
"""

from collections import defaultdict
from pathlib import Path
from typing import Any, cast

import pytest

from mesh.deploy import kubernetes
from mesh.deploy.values import Known
from mesh.files import stacks
from mesh.plan import Plan
from mesh.render import plan

STACK = Path(__file__).parents[1] / "cases" / "workloads" / "chart-that-owns-its-service" / "stack.yaml"
CHART = [("ServiceAccount", "shop-orders"), ("Service", "shop-orders"), ("Service", "orders"), ("Deployment", "orders")]


def refused_by_helm(deployed: Plan, release: str, namespace: str, chart: list[tuple[str, str]]) -> list[str]:
    """The objects of a chart that are there and not marked as the release's."""
    marks = {"meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace}
    there = {
        (item.manifest["kind"], item.manifest["metadata"]["name"]): item.manifest["metadata"]
        for item in deployed.objects
        if not item.theirs and item.manifest["metadata"].get("namespace") == namespace
    }
    return [
        f"{kind}/{name}"
        for kind, name in chart
        if (metadata := there.get((kind, name))) is not None and not _is_marked(metadata, marks)
    ]


def _is_marked(metadata: dict[str, Any], marks: dict[str, str]) -> bool:
    managed = metadata.get("labels", {}).get("app.kubernetes.io/managed-by") == "Helm"
    return managed and marks.items() <= metadata.get("annotations", {}).items()


def test_a_chart_that_owns_its_service_and_account_installs_beside_the_program() -> None:
    assert refused_by_helm(plan(stacks.environment(STACK)), "orders", "shop", CHART) == []


def test_a_chart_is_refused_where_the_program_makes_the_same(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.stack.yaml").write_text(STACK.read_text().replace(", owner: theirs", ""))

    assert refused_by_helm(plan(stacks.environment(tmp_path / "Pulumi.stack.yaml")), "orders", "shop", CHART) == [
        "ServiceAccount/shop-orders",
        "Service/shop-orders",
        "Service/orders",
    ]


def test_the_program_registers_only_what_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    registered: list[str] = []
    monkeypatch.setattr(kubernetes, "_release", lambda item, options: None)
    monkeypatch.setattr(kubernetes, "_object", lambda item, options, known: registered.append(item.name))
    monkeypatch.setattr(kubernetes.pulumi, "ResourceOptions", lambda **options: None)
    nothing = cast(Any, defaultdict(lambda: None))

    kubernetes.register(plan(stacks.environment(STACK)), nothing, nothing, Known({}, lambda file: "", nothing))

    assert sorted(name for name in registered if name.startswith("east/shop/")) == [
        "east/shop/AuthorizationPolicy/orders",
        "east/shop/AuthorizationPolicy/storefront",
        "east/shop/Service/storefront",
        "east/shop/ServiceAccount/storefront",
        "east/shop/Sidecar/orders",
        "east/shop/Sidecar/storefront",
        "east/shop/VirtualService/orders",
    ]
