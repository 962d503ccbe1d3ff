"""What can be set of a resource in Azure, without loading the SDK that knows it."""

import json
import os
import re
import subprocess
import sys

from mesh.engine import azure_types, sdk_inputs
from mesh.lab.paths import CHECKOUT

SHOWN = {
    "id": "/subscriptions/1/…/subnets/nodes",
    "name": "nodes",
    "type": "Microsoft.Network/virtualNetworks/subnets",
    "etag": "W/1",
    "provisioningState": "Succeeded",
    "addressPrefix": "10.10.0.0/24",
    "networkSecurityGroup": {
        "id": "/subscriptions/1/…/networkSecurityGroups/nodes",
        "securityRules": [
            {
                "id": "/subscriptions/1/…/securityRules/ssh",
                "name": "ssh",
                "access": "Allow",
                "etag": "W/2",
                "type": "Microsoft.Network/networkSecurityGroups/securityRules",
            }
        ],
    },
}


def test_of_what_azure_shows_only_what_can_be_set_is_left() -> None:
    assert azure_types.settable("azure-native:network:Subnet", SHOWN) == {
        "name": "nodes",
        "addressPrefix": "10.10.0.0/24",
        "networkSecurityGroup": {
            "id": "/subscriptions/1/…/networkSecurityGroups/nodes",
            "securityRules": [{"name": "ssh", "access": "Allow"}],
        },
    }


def test_a_type_that_is_not_kept_is_asked_of_the_sdk() -> None:
    token = "azure-native:network:ApplicationSecurityGroup"
    assert token not in json.loads(azure_types.KEPT.read_text())

    assert azure_types.settable(token, {"tags": {"a": "b"}, "etag": "W/1"}) == {"tags": {"a": "b"}}


def test_all_that_plans_hold_is_kept_as_the_sdk_has_it() -> None:
    plans = "".join(path.read_text() for path in (CHECKOUT / "tests/cases").rglob("plan.yaml"))
    program = "".join(path.read_text() for path in (CHECKOUT / "mesh/render").rglob("*.py"))
    tokens = sorted(set(re.findall(r"azure-native:[a-z]+:[A-Z][A-Za-z]+", plans + program)))
    types = sdk_inputs.described(tokens)
    lines = (f"{json.dumps(name)}: {json.dumps(types[name])}" for name in sorted(types))
    written = "{\n" + ",\n".join(lines) + "\n}\n"
    if os.environ.get("UPDATE"):
        azure_types.KEPT.write_text(written)

    assert len(tokens) > 10
    assert azure_types.KEPT.read_text() == written, "UPDATE=1 writes it anew, after a newer SDK or a new resource"


def test_a_look_at_what_is_live_does_not_load_the_sdk() -> None:
    program = (
        "import sys; from mesh.engine import azure_types; import mesh.live.reading\n"
        "azure_types.settable('azure-native:network:Subnet', {'etag': 'W/1'})\n"
        "print([name for name in sys.modules if name.startswith('pulumi')])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
