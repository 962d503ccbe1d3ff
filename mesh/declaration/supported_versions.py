"""Regions and versions that Azure and Istio offer, as of November 2026.

Resource Manager has the last word; these tables say it before anything is created.
"""

import re

REGIONS_WITHOUT_ZONES = frozenset(
    {
        *("australiacentral", "australiasoutheast", "canadaeast", "francesouth", "germanynorth", "koreasouth"),
        *("northcentralus", "norwaywest", "southafricawest", "southindia", "switzerlandwest", "uaecentral"),
        *("ukwest", "westcentralus", "westindia", "westus"),
    }
)
REGIONS = REGIONS_WITHOUT_ZONES | {
    *("australiaeast", "austriaeast", "belgiumcentral", "brazilsouth", "canadacentral", "centralindia", "centralus"),
    *("chilecentral", "eastasia", "eastus", "eastus2", "francecentral", "germanywestcentral", "indonesiacentral"),
    *("israelcentral", "italynorth", "japaneast", "japanwest", "koreacentral", "malaysiawest", "mexicocentral"),
    *("newzealandnorth", "northeurope", "norwayeast", "polandcentral", "qatarcentral", "southafricanorth"),
    *("southcentralus", "southeastasia", "spaincentral", "swedencentral", "switzerlandnorth", "uaenorth", "uksouth"),
    *("westeurope", "westus2", "westus3"),
}

KUBERNETES_MINORS = ("1.34", "1.35", "1.36")
"""AKS supports the three newest: https://learn.microsoft.com/azure/aks/supported-kubernetes-versions"""

KUBERNETES_LONG_TERM = ("1.32", "1.33")
"""Older minors that a cluster may run with AKS's long-term support plan."""

_SERIES = {
    "A": "v2", "B": "v2 -", "D": "- v2 v3 v4 v5 v6 v7", "DC": "v2 v3 v5 v6", "E": "v3 v4 v5 v6 v7", "EC": "v5 v6",
    "F": "- v2 v6 v7", "FX": "- v2", "G": "-", "GS": "-", "H": "-", "HB": "- v2 v3 v4 v5", "HC": "-", "HX": "-",
    "L": "- v2 v3 v4", "M": "- v2 v3", "NC": "- v2 v3 v4", "ND": "- v2 v4 v5 v6", "NG": "v1", "NP": "-",
    "NV": "- v3 v4 v5", "DS": "- v2", "FS": "-", "LS": "-",
}  # fmt: skip
"""Families of VM sizes and their versions: https://learn.microsoft.com/azure/virtual-machines/sizes/overview"""
_CORES = frozenset(
    {
        *(1, 2, 3, 4, 6, 8, 10, 12, 13, 14, 15, 16, 18, 20, 24, 30, 32, 36, 40, 44, 48, 60, 62, 64, 72, 80, 88),
        *(96, 104, 112, 120, 128, 144, 160, 176, 192, 208, 224, 240, 288, 352, 368, 372, 416, 832, 896, 1792, 1832),
    }
)
_SIZE = re.compile(
    r"Standard_(?P<family>[A-Z]+)(?P<cores>[0-9]+)(-[0-9]+)?[a-z]*(_(cc|[A-Z][A-Za-z0-9]*))?(_(?P<version>v[0-9]+))?(_Promo)?"
)


def is_known_size(size: str) -> bool:
    """Whether a VM size is of a family, a version and a number of cores that Azure has."""
    parts = _SIZE.fullmatch(size)
    if parts is None:
        return False
    versions = _SERIES.get(parts["family"], "").split()
    return (parts["version"] or "-") in versions and int(parts["cores"]) in _CORES


_ISTIO_FLOORS = {(1, 29): 7, (1, 30): 4}
"""The first patch of each line with the fixes of ISTIO-SECURITY-2026-006; older lines have none."""
ISTIO_FLOORS_IN_WORDS = "1.30.4 or later, or 1.29.7 or later of 1.29"


def istio_is_safe(version: str) -> bool:
    major, minor, patch = (int(part) for part in version.split("."))
    return (major, minor) > max(_ISTIO_FLOORS) or patch >= _ISTIO_FLOORS.get((major, minor), patch + 1)
