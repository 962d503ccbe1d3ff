"""What a stack file may say of an ingress gateway: its hosts, its clients, and where its certificates are."""

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field

from mesh.declaration.spec.part import Part, one_or_several
from mesh.declaration.spec.tokens import Jwt
from mesh.declaration.values.addresses import Address, RangeOrServiceTag
from mesh.declaration.values.azure import FrontDoorId, ResourceGroup, VaultName, VaultSecretName
from mesh.declaration.values.certificates import CertificateName, ClientName, SecretName
from mesh.declaration.values.http import Host
from mesh.declaration.values.rule import Truth
from mesh.model import TlsMode

FrontDoors = Annotated[
    tuple[FrontDoorId, ...], BeforeValidator(one_or_several, json_schema_input_type=str | list[FrontDoorId])
]


class KeyVault(Part):
    """Objects of an existing Key Vault. The pods of the gateway read them with their own identity."""

    vault: Annotated[VaultName, Field(examples=["shop-certificates"])]
    """The vault's name."""
    resource_group: Annotated[ResourceGroup, Field(examples=["platform"])]
    """The vault's resource group, in the environment's subscription."""
    certificate: Annotated[VaultSecretName, Field(examples=["partners"])]
    """A certificate of the vault, or a secret with certificates and key in PEM."""
    authority: VaultSecretName | None = None
    """With mode mutual: a secret with the CAs of the clients, in PEM."""
    revocation_list: VaultSecretName | None = None
    """A secret with the revocation lists (CRL) of the clients' CAs, in PEM. Default: none."""


class Tls(Part):
    """The certificates of an ingress gateway, and what its clients must show."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["certificate"]}, {"required": ["existing_secret"]}, {"required": ["key_vault"]}]
        }
    )

    certificate: Annotated[CertificateName | None, Field(examples=["shop"])] = None
    """A folder of the environment's secrets: certificates/NAME with tls.crt, tls.key and ca.crt."""
    existing_secret: SecretName | None = None
    """Instead of certificate: an existing Kubernetes secret in the namespace istio-ingress."""
    key_vault: KeyVault | None = None
    """Instead of certificate: objects of an Azure Key Vault."""
    mode: TlsMode = "mutual"
    """mutual: clients show a certificate from a CA in ca.crt. simple: they show none."""
    client_names: Annotated[tuple[ClientName, ...] | None, Field(min_length=1, examples=[["partner.example.com"]])] = (
        None
    )
    """DNS names or URIs; a client's certificate must have one of them. Default: every client of the CA."""
    revocation_list: Truth = False
    """Whether ca.crl, beside ca.crt, lists revoked certificates of clients."""


class Ingress(Part):
    hosts: Annotated[tuple[Host, ...], Field(min_length=1, examples=[["shop.example.com"]])]
    """The names that clients call."""
    allow_from: Annotated[
        tuple[RangeOrServiceTag, ...], Field(min_length=1, examples=[["203.0.113.0/24"], ["AzureFrontDoor.Backend"]])
    ]
    """Address ranges of the clients that may connect, or service tags of Azure. [0.0.0.0/0] is everyone."""
    front_door: Annotated[FrontDoors, Field(examples=["1f2e3d4c-5b6a-4978-8a9b-0c1d2e3f4a5b"])] = ()
    """With allow_from: [AzureFrontDoor.Backend], the ID of your own Front Door profile, or a list of IDs. Each request
    needs one of them in the header X-Azure-FDID. Without it, every customer's Front Door gets in."""
    internal: Truth = False
    """Whether it has a private address instead of a public one."""
    address: Address | None = None
    """The private address, in the network's gateways subnet. Default: an address derived from the name."""
    tls: Tls | None = None
    """Its certificates. Required if a route starts at it."""
    jwt: Jwt | None = None
    """The tokens that all its requests need. Default: none."""
    redirect: Truth = False
    """Whether port 80 redirects clients to https. Otherwise port 80 is closed."""
