"""Chart base: Istio's kinds, and the account with which other clusters read this one.

The kinds are those of the release of istio.io/api that the lab has, whatever the chart's version; as there they
ask to be kept when the release goes.
"""

from typing import Any

import yaml

from mesh.lab.paths import Lab
from mesh.lab.providers.kubernetes.charts.chart import Chart, merged
from mesh.lab.providers.kubernetes.cluster import Object
from mesh.lab.providers.plugin import Failure

_DEFAULTS: dict[str, Any] = {
    "base": {"enableCRDTemplates": True, "excludedCRDs": []},
    "global": {"istioNamespace": "istio-system", "enableReaderRBAC": True},
}


def parts(chart: Chart, lab: Lab) -> list[Object]:
    values = merged(_DEFAULTS, chart.values)
    objects = _definitions(chart, lab, values["base"]["excludedCRDs"]) if values["base"]["enableCRDTemplates"] else []
    return [*objects, *_reader(chart, values["global"])]


def _definitions(chart: Chart, lab: Lab, excluded: list[str]) -> list[Object]:
    path = lab.root / "istio" / "customresourcedefinitions.gen.yaml"
    try:
        with path.open() as file:
            definitions = list(yaml.load_all(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except FileNotFoundError as missing:
        raise Failure(
            f"Istio's CustomResourceDefinitions are not in the lab: {path} is missing. `make up` puts it there."
        ) from missing
    return [_labelled(item, chart) for item in definitions if item and item["metadata"]["name"] not in excluded]


def _labelled(definition: Object, chart: Chart) -> Object:
    return {**definition, "metadata": {**definition["metadata"], "labels": chart.labels}}


def _reader(chart: Chart, settings: dict[str, Any]) -> list[Object]:
    if not settings["enableReaderRBAC"]:
        return []
    labels = {**chart.labels, "app": "istio-reader", "app.kubernetes.io/name": "istio-reader", "release": chart.name}
    name = {"name": "istio-reader-service-account", "namespace": settings["istioNamespace"]}
    return [{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {**name, "labels": labels}}]
