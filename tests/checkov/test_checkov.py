"""`make checkov`, whole: no failed check without a written reason, and no reason that nothing needs."""

from checkov_table import Answer, Failed, accepted, answer, table

CLUSTER = "Microsoft.ContainerService/managedClusters"


def test_every_failed_check_has_a_reason_and_every_reason_is_needed() -> None:
    found = answer()

    assert found.without_reason(accepted()) == []
    assert found.unused(accepted()) == []
    assert {stack for stack, _ in found.passed} == {"lab", "dev", "prod"}, "Checkov read the files of each"
    assert sum(count for (_, framework), count in found.passed.items() if framework == "arm") > 100
    assert sum(count for (_, framework), count in found.passed.items() if framework == "kubernetes") > 100


def test_a_failed_check_without_a_reason_and_a_reason_without_a_failed_check_are_told() -> None:
    found = Answer(
        {("prod", "arm"): 7},
        {("prod", "arm"): 3},
        [
            ("arm", Failed("prod", "CKV_AZURE_5", "Ensure RBAC is enabled on AKS clusters", f"{CLUSTER}.east")),
            ("arm", Failed("prod", "CKV_AZURE_8", "Ensure Kubernetes Dashboard is disabled", f"{CLUSTER}.east")),
        ],
    )
    reasons = {f"CKV_AZURE_8 {CLUSTER}": "there is none", f"CKV_AZURE_4 {CLUSTER}": "no longer needed"}

    assert table(found, reasons).splitlines() == [
        "| stack | framework | resources | checks passed | checks failed | failed without a reason |",
        "|---|---|---:|---:|---:|---:|",
        "| prod | arm | 7 | 3 | 2 | 1 |",
        "",
        "2 reasons in accepted.yaml, 1 of them not needed",
        f"✗ prod: CKV_AZURE_5 {CLUSTER}.east: Ensure RBAC is enabled on AKS clusters",
        f"✗ accepted.yaml: CKV_AZURE_4 {CLUSTER}: no failed check needs this reason",
    ]
