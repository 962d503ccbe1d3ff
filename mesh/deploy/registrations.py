"""A type and properties as the provider's schema spells them → a registered resource.

The SDKs' classes would take Python's names for the same properties, and turn them back. Importing those classes takes
longer than all else that the program does (docs/adr/0029).
"""

from collections.abc import Mapping
from importlib import metadata
from typing import Any

import pulumi

_KNOWN_LATER: Mapping[str, tuple[str, ...]] = {
    "azure-native:containerservice:ManagedCluster": ("oidcIssuerProfile",),
    "azure-native:managedidentity:UserAssignedIdentity": ("principalId", "clientId", "tenantId"),
    "azure-native:network:PublicIPAddress": ("ipAddress",),
    "kubernetes:core/v1:Secret": ("data",),
}
"""Properties that others read, and that nobody gives."""


class Registered(pulumi.CustomResource):
    """A resource whose properties, given or known later, are read by the schema's names."""

    def __init__(self, token: str, name: str, properties: Mapping[str, Any], options: pulumi.ResourceOptions) -> None:
        versioned = pulumi.ResourceOptions(version=version(token))
        inputs = {**dict.fromkeys(_KNOWN_LATER.get(token, ())), **properties}
        super().__init__(token, name, inputs, pulumi.ResourceOptions.merge(options, versioned))

    def output(self, name: str) -> pulumi.Output[Any]:
        found: pulumi.Output[Any] = getattr(self, name)
        return found


def answer(function: str, **arguments: pulumi.Input[Any]) -> pulumi.Output[Any]:
    """Of a provider's function; unknown while an argument is."""
    options = pulumi.InvokeOutputOptions(version=version(function))
    answered: pulumi.Output[Any] = pulumi.runtime.invoke_output(function, arguments, options)
    return answered


def version(token: str) -> str:
    """The version of the provider, which is the one of its SDK."""
    return metadata.version(f"pulumi-{token.partition(':')[0]}")
