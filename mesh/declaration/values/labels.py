"""Labels by which a workload's pods are found."""

from typing import Annotated

from pydantic import AfterValidator

from mesh.declaration.values.rule import Rule, wrong

_OF_OTHERS = {
    "version": "the versions of a workload, which traffic splits, are told apart by the label version",
    "istio": "Istio chooses the pods of its gateways by the label istio",
    "pod-template-hash": "every rollout changes pod-template-hash",
    "controller-revision-hash": "every rollout changes controller-revision-hash",
}
_FIX = "Choose labels that every pod of the workload has, and no other pod, such as app.kubernetes.io/name"


def _of_the_workload(label: str) -> str:
    prefix = label.rpartition("/")[0]
    if prefix == "istio.io" or prefix.endswith(".istio.io"):
        raise wrong(f"{label} is one of Istio's own labels, which tells it what to do with a pod", _FIX)
    if label in _OF_OTHERS:
        raise wrong(_OF_OTHERS[label], _FIX)
    return label


LabelName = Annotated[
    str,
    Rule(
        r"([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?",
        "a label's name has letters, digits, hyphens, dots and underscores, after a prefix and / where it has one",
        "Write it as in the pods' metadata, such as app.kubernetes.io/name",
        317,
    ),
    AfterValidator(_of_the_workload),
]
LabelValue = Annotated[
    str,
    Rule(
        r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?",
        "a label's value has at most 63 letters, digits, hyphens, dots and underscores",
        "Write it as in the pods' metadata, such as orders",
        63,
    ),
]
