"""The JSON schema of a stack file, for editors."""

from typing import Any

from mesh.declaration.spec.stack import StackFile


def schema() -> dict[str, Any]:
    """The JSON schema of a whole stack file."""
    closed: dict[str, Any] = _closed(StackFile.model_json_schema(by_alias=True, mode="validation"))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **closed}


def _closed(schema: Any) -> Any:
    """With mappings from names refusing what is no name, which pydantic leaves open."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(item) for key, item in schema.items()}
    return (
        closed | {"additionalProperties": False}
        if "patternProperties" in schema and "propertyNames" in schema
        else closed
    )
