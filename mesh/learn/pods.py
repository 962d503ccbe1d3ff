"""The name of a pod → what made it."""

import re
from collections.abc import Container

_SAFE = "[bcdfghjklmnpqrstvwxz2456789]"
"""The characters of what Kubernetes draws at random: no word has only these."""
_ENDINGS = (
    re.compile(rf"-{_SAFE}{{5,10}}-{_SAFE}{{5}}$"),  # of a Deployment
    re.compile(rf"-{_SAFE}{{5}}$"),  # of a DaemonSet or a Job
    re.compile(r"-[0-9]+$"),  # of a StatefulSet; of a CronJob's Job
)
_VERSION = re.compile(r"-v[0-9][a-z0-9.]*$")


def owner(pod: str, known: Container[str]) -> str:
    """The known name that a pod's name has before what Kubernetes adds, also with a version; empty where none has."""
    for name in _beginnings(pod):
        for candidate in (name, _VERSION.sub("", name)):
            if candidate in known:
                return candidate
    return ""


def _beginnings(pod: str) -> list[str]:
    names = [pod]
    for ending in _ENDINGS:
        names += [ending.sub("", name) for name in names if ending.search(name)]
    return names
