"""Azure's public regions, by the name that Resource Manager gives them."""

REGIONS = (
    *("australiacentral", "australiaeast", "australiasoutheast", "austriaeast", "belgiumcentral", "brazilsouth"),
    *("canadacentral", "canadaeast", "centralindia", "centralus", "chilecentral", "eastasia", "eastus", "eastus2"),
    *("francecentral", "francesouth", "germanynorth", "germanywestcentral", "indonesiacentral", "israelcentral"),
    *("italynorth", "japaneast", "japanwest", "koreacentral", "koreasouth", "malaysiawest", "mexicocentral"),
    *("newzealandnorth", "northcentralus", "northeurope", "norwayeast", "norwaywest", "polandcentral", "qatarcentral"),
    *("southafricanorth", "southafricawest", "southcentralus", "southeastasia", "southindia", "spaincentral"),
    *("swedencentral", "switzerlandnorth", "switzerlandwest", "uaecentral", "uaenorth", "uksouth", "ukwest"),
    *("westcentralus", "westeurope", "westindia", "westus", "westus2", "westus3"),
)

WITHOUT_ZONES = frozenset(
    {
        *("australiacentral", "australiasoutheast", "canadaeast", "francesouth", "germanynorth", "koreasouth"),
        *("northcentralus", "norwaywest", "southafricawest", "southindia", "switzerlandwest", "uaecentral", "ukwest"),
        *("westcentralus", "westindia", "westus"),
    }
)


def normalized(location: str) -> str:
    """`West Europe` as `westeurope`."""
    return location.replace(" ", "").lower()
