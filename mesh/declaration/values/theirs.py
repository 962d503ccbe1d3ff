"""Values of what others keep: names as a plan has them, and paths of fields."""

import re
from typing import Annotated

from pydantic import AfterValidator

from mesh.declaration import spelling
from mesh.declaration.values.rule import Rule, wrong

_OURS = frozenset(
    {
        *("securityRules", "networkSecurityGroup", "routeTable", "routes", "subnets", "virtualNetworkPeerings"),
        *("allowVirtualNetworkAccess", "addressSpace", "addressPrefix", "ipConfigurations", "networkProfile"),
        *("apiServerAccessProfile", "aadProfile", "disableLocalAccounts", "enableRBAC", "identity"),
        *("spec", "rules", "subjects", "roleRef", "data", "stringData", "values", "principalId", "roleDefinitionId"),
    }
)
"""What decides who may call whom."""

PlanName = Annotated[
    str,
    Rule(
        r"[A-Za-z0-9*?][^\s]*",
        "it is the name of something in the plan",
        "Write it as mesh plan does, such as cluster/east or east/shop/DestinationRule/*",
        200,
    ),
]


def _kept(path: str) -> str:
    first = re.split(r"[.\[]", path, maxsplit=1)[0]
    whole = first == "metadata" and not re.match(r"metadata\.(labels|annotations)[.\[](?!\*)", path)
    if first in _OURS or whole or ("metadata" in first and "istio" in path):
        said = spelling.shown(path if first == "metadata" else first)
        raise wrong(
            f"{said} decides who may call whom, so nobody else can keep it",
            "Declare what has to be open as a route; name fields that open nothing, such as tags.CostCenter",
        )
    return path


KeptField = Annotated[
    str,
    Rule(
        r"[A-Za-z][A-Za-z0-9]*(\.([A-Za-z0-9_\-]+|\*)|\[\"[^\"\]]+\"\]|\[\*\])*",
        "it is the path of a field",
        'Write it as mesh drift does, such as tags.CostCenter or metadata.labels["example.com/owner"]',
        200,
    ),
    AfterValidator(_kept),
]
