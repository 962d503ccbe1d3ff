"""Pulumi's stack file, and the part of its configuration that is ours."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from mesh.declaration.spec.environment import Environment
from mesh.declaration.spec.part import Part
from mesh.declaration.values.azure import Subscription
from mesh.declaration.values.rule import Truth


def _truth_in_text(value: Any) -> Any:
    """`pulumi config set` writes truth values as text."""
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


class Configuration(BaseModel):
    """Pulumi's configuration. It may also have keys of other providers."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        json_schema_extra={"patternProperties": {"^hybrid-mesh:(?!environment$|keep-type-aliases$)": False}},
    )
    subscription: Annotated[Subscription, Field(alias="azure-native:subscriptionId")]
    """The Azure subscription in which everything is created."""
    environment: Annotated[Environment, Field(alias="hybrid-mesh:environment")]
    """The environment."""
    keep_type_aliases: Annotated[
        Truth, BeforeValidator(_truth_in_text), Field(alias="hybrid-mesh:keep-type-aliases")
    ] = False
    """Whether to keep azure-native's aliases of older type versions, for a stack made with one. They slow every run."""


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
