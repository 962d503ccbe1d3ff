"""Values of Azure's: regions, sizes, images, tags, keys."""

import re
from collections import Counter
from typing import Annotated

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key
from pydantic import AfterValidator, WithJsonSchema

from mesh.declaration import spelling, supported_versions
from mesh.declaration.values.rule import Rule, wrong


def _spelled_region(region: str) -> str:
    """A region that nobody here knows may be new; one that is nearly a known one is misspelt."""
    if region in supported_versions.REGIONS:
        return region
    odd = spelling.oddity(region)
    meant = spelling.near(region.replace(" ", ""), supported_versions.REGIONS)
    if odd or meant or not re.fullmatch("[a-z]+[0-9]*", region):
        raise wrong(
            f"{spelling.shown(region)} is not an Azure region" + (f": {odd}" if odd else ""),
            f"Did you mean {meant}?" if meant else "az account list-locations shows their names, such as westeurope",
        )
    return region


Region = Annotated[
    str,
    AfterValidator(_spelled_region),
    WithJsonSchema({"type": "string", "pattern": "^[a-z]+[0-9]*$", "maxLength": 40}),
]


def _supported_kubernetes(version: str) -> str:
    """One that is older than all that Azure keeps is refused; one that nobody here knows may be new."""
    oldest = supported_versions.KUBERNETES_LONG_TERM[0]
    if tuple(map(int, version.split(".")[:2])) < tuple(map(int, oldest.split("."))):
        minor = ".".join(version.split(".")[:2])
        raise wrong(
            f"AKS no longer offers Kubernetes {minor}; it offers "
            f"{spelling.listed(supported_versions.KUBERNETES_MINORS)}",
            f'Write "{supported_versions.KUBERNETES_MINORS[0]}" or a later one',
        )
    return version


KubernetesVersion = Annotated[
    str,
    Rule(
        r"[0-9]+\.[0-9]+(\.[0-9]+)?",
        'a Kubernetes version is a minor such as "1.34" or exact such as "1.34.2"',
        'Write "1.34"',
        12,
    ),
    AfterValidator(_supported_kubernetes),
]
Size = Annotated[
    str,
    Rule(
        r"Standard_[A-Z][A-Za-z0-9]*(-[0-9]+[a-z]*)?(_[A-Za-z0-9]+)*",
        "it is not the name of a VM size",
        "Write one such as Standard_D4s_v5; az vm list-sizes shows a region's",
        40,
    ),
]
FrontDoorId = Annotated[
    str,
    Rule(
        "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "the ID of a Front Door profile is a GUID in lower case",
        "Copy frontDoorId from az afd profile show",
        36,
    ),
]
_WINDOWS = re.compile(r"windows|[:-]ws20[0-9]{2}|[:-]win(server|-|[0-9])|^microsoftvisualstudio:", re.IGNORECASE)
"""Matches Windows images in publisher:offer:sku, such as MicrosoftWindowsServer, sql2022-ws2022, dsvm-win-2022."""


def _linux_image(image: str) -> str:
    if _WINDOWS.search(image):
        raise wrong(
            f"{image} is Windows; created machines need an SSH key, and Istio's sidecar runs on Linux only",
            "Use an image of Ubuntu or Debian. For a Windows machine that exists, write existing: true, and "
            "sidecar: false on its workload",
        )
    return image


Image = Annotated[
    str,
    Rule(
        r"[A-Za-z0-9._-]+(:[A-Za-z0-9._-]+){3}",
        "an image is written publisher:offer:sku:version",
        "Write one such as Canonical:ubuntu-24_04-lts:server:latest",
        200,
    ),
    AfterValidator(_linux_image),
]
Zone = Annotated[str, Rule("[123]", 'a zone is "1", "2" or "3"', 'Write "1", "2" or "3"', 1)]


def _ssh_key(text: str) -> str:
    """The message never repeats the key: what was pasted may be the private half."""
    if "PRIVATE KEY" in text:
        raise wrong(
            "this is a private key; never put one into a stack file",
            "Treat this key as leaked: make a new pair, and write its public key here, the line in id_ed25519.pub",
        )
    try:
        key = load_ssh_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise wrong(
            "this is not an SSH public key", "Write the one line of id_ed25519.pub: ssh-ed25519, then the key"
        ) from None
    if isinstance(key, RSAPublicKey) and key.key_size < 2048:
        raise wrong(f"Azure takes RSA keys from 2048 bits; this one has {key.key_size}", "Use an Ed25519 key")
    if not isinstance(key, RSAPublicKey | Ed25519PublicKey):
        raise wrong("Azure takes Ed25519 and RSA keys; this is neither", "Use an Ed25519 key")
    if "\n" in text.strip():
        raise wrong("this is more than one line; one key is expected", "Keep the one line of id_ed25519.pub")
    return text.strip()


SshKey = Annotated[str, AfterValidator(_ssh_key)]
Subscription = Annotated[
    str,
    Rule(
        "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        "a subscription's id is a GUID",
        "az account show --query id prints yours",
        36,
    ),
    AfterValidator(str.lower),
]
ResourceGroup = Annotated[
    str,
    Rule(
        r"[A-Za-z0-9._()-]*[A-Za-z0-9_()-]",
        "a resource group's name has letters, digits and . _ - ( ), and does not end with a dot",
        "Write one such as platform",
        90,
    ),
]
ResourceId = Annotated[
    str,
    Rule(
        r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/[A-Za-z.]+(/[A-Za-z]+/[^/]+)+",
        "a resource id begins with /subscriptions/ and has a group, a provider, types and names",
        "az resource show --ids or the portal's page Properties shows it",
        600,
    ),
]
SubnetName = Annotated[
    str,
    Rule(
        r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9_])?",
        "a subnet's name has letters, digits and . _ -",
        "Write it as az network vnet subnet list shows it",
        80,
    ),
]
AzureName = Annotated[
    str,
    Rule(
        r"[A-Za-z0-9_]([A-Za-z0-9_.()-]*[A-Za-z0-9_])?",
        "a name in Azure has letters, digits and . _ -",
        "Write it as az resource list shows it",
        80,
    ),
]
VaultName = Annotated[
    str,
    Rule(
        "[A-Za-z](?!.*--)[A-Za-z0-9-]+[A-Za-z0-9]",
        "a vault's name has letters, digits and single hyphens, begins with a letter and ends with a letter or digit",
        "Write one such as shop-certificates",
        24,
    ),
]
VaultSecretName = Annotated[
    str,
    Rule(
        "[A-Za-z0-9-]+",
        "names in a vault have letters, digits and hyphens",
        "Write one such as partners",
        127,
    ),
]
ZoneName = Annotated[
    str,
    Rule(
        r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)+",
        "a private DNS zone has at least two labels of lower-case letters, digits and hyphens",
        "Write one such as privatelink.postgres.database.azure.com",
        63,
    ),
]
TagName = Annotated[
    str,
    Rule(
        r"(?![Mm]icrosoft|[Aa]zure|[Ww]indows)[^<>%&\\?/\x00-\x1f]+",
        "a tag's name has none of < > % & \\ ? / and does not begin with azure, microsoft or windows",
        "Choose a name such as team",
        512,
    ),
]
TagValue = Annotated[str, Rule(r"[^\x00-\x1f]*", "a tag's value is one line", "Write it on one line", 256)]


def _distinct_tags(tags: dict[str, str]) -> dict[str, str]:
    """Azure does not tell capital letters from others in a tag's name."""
    folded = Counter(name.casefold() for name in tags)
    for name in sorted(tags):
        if folded[name.casefold()] > 1:
            raise wrong(f"the tag {name} differs from another tag only in upper and lower case", "Keep one")
    return tags


Tags = Annotated[dict[TagName, TagValue], AfterValidator(_distinct_tags)]
