"""A release's inputs: completed, and what is wrong with them."""

import hashlib
import re

from mesh.lab.providers.kubernetes.charts import CHARTS, REPOSITORY
from mesh.lab.providers.kubernetes.charts.values import unknown_keys
from mesh.lab.providers.properties import UNKNOWN, Properties

Problem = tuple[str, str]


def checked(old: Properties, news: Properties, name: str, seed: bytes) -> tuple[Properties, list[Problem]]:
    """The inputs with a name and a namespace, and what is wrong with them, by property."""
    chosen = old.get("name") or f"{name}-{hashlib.sha256(seed).hexdigest()[:8]}"
    inputs = {"name": chosen, "namespace": "default"} | news
    return inputs, [problem for problem in _problems(inputs) if problem is not None]


def _problems(inputs: Properties) -> list[Problem | None]:
    chart, repository = inputs.get("chart"), (inputs.get("repositoryOpts") or {}).get("repo")
    charts = ", ".join(sorted(CHARTS))
    values = unknown_keys(chart, inputs.get("values") or {}) if chart in CHARTS else ()
    return [
        _unless(chart in (*CHARTS, UNKNOWN), "chart", f"the lab has no chart {chart!r}; it has Istio's: {charts}"),
        _unless(
            repository in (REPOSITORY, f"{REPOSITORY}/", UNKNOWN),
            "repositoryOpts",
            f"the lab stands in for one chart repository only: set repo to {REPOSITORY}, not {repository!r}",
        ),
        _unless(
            inputs.get("version") == UNKNOWN or re.fullmatch(r"\d+\.\d+\.\d+(-[\w.]+)?", str(inputs.get("version"))),
            "version",
            f"an exact version is needed, such as 1.30.4, not {inputs.get('version')!r}: others change by themselves",
        ),
        *(_wrong_value(str(chart), path, known) for path, known in values),
    ]


def _unless(fine: object, key: str, reason: str) -> Problem | None:
    return None if fine else (key, reason)


def _wrong_value(chart: str, path: str, known: tuple[str, ...]) -> Problem:
    return f"values.{path}", f"chart {chart} has no value {path}; there it knows: {', '.join(known)}"
