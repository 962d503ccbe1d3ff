"""What all parts of a stack file share."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from mesh.declaration.values.naming import Name

PART = ConfigDict(
    frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True, populate_by_name=False
)
"""Of every part of a stack file: it is immutable, and takes no key that is not listed."""


class Part(BaseModel):
    model_config = PART


def one_or_several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


AzureProperties = dict[str, Any]
"""As Azure's API writes them; held against its types where the SDK is (mesh/engine/azure_settings.py)."""
Names = Annotated[tuple[Name, ...], BeforeValidator(one_or_several, json_schema_input_type=str | list[Name])]
