"""What the sidecar of a machine tells of it, in the files that the machine is made with."""

import json
import shlex
from typing import Any

import pytest
from environments import declared, resolved

from mesh.render import machine_files


def told_labels(machine: dict[str, Any]) -> Any:
    environment = declared()
    environment["machines"]["ledger-0"] = {"network": "machines", "address": "10.30.0.10", "joins": "east", **machine}
    found = resolved(environment)
    files = machine_files.files(found, found.machines[0])
    [(text,)] = [file.parts for file in files if file.path == "/var/lib/istio/envoy/cluster.env"]
    assert isinstance(text, str)
    return json.loads(dict(line.split("=", 1) for line in shlex.split(text))["ISTIO_METAJSON_LABELS"])


def test_a_machine_tells_its_zone_by_the_name_that_nodes_have_for_it() -> None:
    assert told_labels({"size": "Standard_D2s_v5", "zone": "1"}) == {
        "app": "ledger",
        "istio-locality": "westeurope.westeurope-1",
        "service.istio.io/canonical-name": "ledger",
        "service.istio.io/canonical-revision": "latest",
    }


@pytest.mark.parametrize("machine", [{"size": "Standard_D2s_v5"}, {"existing": True}])
def test_a_machine_whose_zone_is_not_declared_leaves_it_to_azure(machine: dict[str, Any]) -> None:
    assert "istio-locality" not in told_labels(machine)
