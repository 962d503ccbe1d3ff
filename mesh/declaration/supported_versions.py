"""Regions and versions that Azure and Istio offer, as of November 2026.

Resource Manager has the last word; these tables say it before anything is created.
"""

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

_ISTIO_FLOORS = {(1, 29): 7, (1, 30): 4}
"""The first patch of each line with the fixes of ISTIO-SECURITY-2026-006; older lines have none."""
ISTIO_FLOORS_IN_WORDS = "1.30.4 or later, or 1.29.7 or later of 1.29"


def istio_is_safe(version: str) -> bool:
    major, minor, patch = (int(part) for part in version.split("."))
    return (major, minor) > max(_ISTIO_FLOORS) or patch >= _ISTIO_FLOORS.get((major, minor), patch + 1)
