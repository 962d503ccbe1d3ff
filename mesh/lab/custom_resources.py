"""A kind that a running API server is given by its CustomResourceDefinition, until it takes objects of it."""

from collections.abc import Mapping
from typing import Any

import httpx

from mesh.lab.loopback import answers, wait_until
from mesh.lab.processes import Process

_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def define(client: httpx.Client, definition: Mapping[str, Any], server: Process) -> None:
    """One that is there already is kept."""
    answer = client.post(_DEFINITIONS, json=definition)
    if answer.status_code != httpx.codes.CONFLICT:
        answer.raise_for_status()
    spec = definition["spec"]
    objects = f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}"
    wait_until(lambda: answers(client, objects), (server,))
