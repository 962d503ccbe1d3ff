"""What a stack file may say of an ingress gateway: its hosts, its clients, and where its certificates are."""

from typing import Annotated

from pydantic import ConfigDict, Field

from mesh.declaration.spec.part import Part
from mesh.declaration.values.addresses import Address, Range
from mesh.declaration.values.azure import ResourceGroup, VaultName, VaultSecretName
from mesh.declaration.values.certificates import CertificateName, ClientName, SecretName
from mesh.declaration.values.http import Host
from mesh.declaration.values.rule import Truth
from mesh.model import TlsMode


class KeyVault(Part):
    """What a vault that is there already keeps for a gateway, whose pods read it by an identity of their own."""

    vault: Annotated[VaultName, Field(examples=["shop-certificates"])]
    """The vault's name."""
    resource_group: Annotated[ResourceGroup, Field(examples=["platform"])]
    """The vault's resource group, in the environment's subscription."""
    certificate: Annotated[VaultSecretName, Field(examples=["partners"])]
    """A certificate of the vault, or a secret with certificates and key in PEM."""
    authority: VaultSecretName | None = None
    """With mode mutual: a secret with who signs the clients' certificates, in PEM."""
    revocation_list: VaultSecretName | None = None
    """A secret with the list of the clients' certificates that are revoked, in PEM. Default: none."""


class Tls(Part):
    """What an ingress gateway shows to its clients, and what they have to show."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["certificate"]}, {"required": ["existing_secret"]}, {"required": ["key_vault"]}]
        }
    )

    certificate: Annotated[CertificateName | None, Field(examples=["shop"])] = None
    """A folder of the environment's secrets: certificates/NAME with tls.crt, tls.key and ca.crt."""
    existing_secret: SecretName | None = None
    """In place of certificate: a Kubernetes secret in the namespace istio-ingress that others keep."""
    key_vault: KeyVault | None = None
    """In place of certificate: what a vault of Azure Key Vault keeps."""
    mode: TlsMode = "mutual"
    """mutual: clients show a certificate of the authority in ca.crt. simple: they show none."""
    client_names: Annotated[tuple[ClientName, ...] | None, Field(min_length=1, examples=[["partner.example.com"]])] = (
        None
    )
    """DNS names or URIs, of which a client's certificate has one. Default: every client of the authority."""
    revocation_list: Truth = False
    """Whether ca.crl, beside ca.crt, says which clients' certificates are revoked."""


class Ingress(Part):
    hosts: Annotated[tuple[Host, ...], Field(min_length=1, examples=[["shop.example.com"]])]
    """The names by which clients call."""
    allow_from: Annotated[tuple[Range, ...], Field(min_length=1, examples=[["203.0.113.0/24"]])]
    """Ranges of the clients that may connect; [0.0.0.0/0] is everyone."""
    internal: Truth = False
    """Whether it has a private address instead of a public one."""
    address: Address | None = None
    """The private address, in the network's gateways subnet. Default: one derived from the name."""
    tls: Tls | None = None
    """Its certificates; needed where a route leads from it."""
    redirect: Truth = False
    """Whether plain HTTP at port 80 is answered, by sending the client to https. Port 80 is closed otherwise."""
