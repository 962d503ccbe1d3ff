"""One use of a chart: what `helm install` is given, and what all of Istio's charts do alike with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Chart:
    kind: str
    """Which chart: base, istiod or gateway."""
    version: str
    name: str
    """The release's."""
    namespace: str
    values: Mapping[str, Any]

    @property
    def labels(self) -> dict[str, str]:
        """What every object of a release is labelled with."""
        return {
            "app.kubernetes.io/instance": self.name,
            "app.kubernetes.io/part-of": "istio",
            "app.kubernetes.io/version": self.version,
            "helm.sh/chart": f"{self.kind}-{self.version}",
        }


def merged(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """As Helm merges values: maps key by key, everything else as a whole; a null takes a default away."""
    result = dict(defaults)
    for key, value in given.items():
        before = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(before, Mapping) and isinstance(value, Mapping):
            result[key] = merged(before, value)
        else:
            result[key] = value
    return result
