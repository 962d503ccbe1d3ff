"""Pulumi's stack file, and the part of its configuration that is ours."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from mesh.declaration.spec.environment import Environment
from mesh.declaration.spec.part import Part
from mesh.declaration.values.azure import Subscription


class Configuration(BaseModel):
    """Pulumi's configuration. It may also have keys of other providers."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        json_schema_extra={"patternProperties": {"^hybrid-mesh:(?!environment$)": False}},
    )
    subscription: Annotated[Subscription, Field(alias="azure-native:subscriptionId")]
    """The Azure subscription in which everything is created."""
    environment: Annotated[Environment, Field(alias="hybrid-mesh:environment")]
    """The environment."""


class StackFile(Part):
    """A Pulumi stack file with an environment of hybrid-mesh."""

    config: Configuration
    """Pulumi's configuration."""
    secretsprovider: str | None = None
    """Pulumi's: what encrypts secret values."""
    encryptedkey: str | None = None
    """Pulumi's: the encrypted data key."""
    encryptionsalt: str | None = None
    """Pulumi's: the salt of the passphrase."""
    environment: Any = None
    """Pulumi's: ESC environments to import."""
