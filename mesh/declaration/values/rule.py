"""One value of a stack file: its pattern, what the pattern says in words, and the refusal."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, Strict
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from mesh.declaration import spelling


def wrong(message: str, fix: str) -> PydanticCustomError:
    """An error of a value, with its fix. The placeholder keeps pydantic from reading braces in the message."""
    return PydanticCustomError("rule", "{message}", {"message": message, "fix": fix})


def printed(text: str) -> str:
    return spelling.shown(text).strip('"')


@dataclass(frozen=True)
class Rule:
    """A text's pattern, which the JSON schema repeats, and what it says to a reader."""

    pattern: str
    says: str
    fix: str
    longest: int

    def checked(self, text: str) -> str:
        odd = spelling.oddity(text)
        if odd:
            raise wrong(f"{spelling.shown(text)} is not valid: {odd}", "Type it again in plain letters")
        if len(text) > self.longest:
            raise wrong(
                f"{spelling.shown(text)} has {len(text)} characters; at most {self.longest} are allowed",
                "Choose a shorter one",
            )
        if not re.fullmatch(self.pattern, text):
            raise wrong(f"{spelling.shown(text)} is not valid: {self.says}", self.fix)
        return text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.checked, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": f"^(?:{self.pattern})$", "maxLength": self.longest}


Whole = Annotated[int, Strict()]
Truth = Annotated[bool, Strict()]
Percentage = Annotated[float, Strict(), Field(ge=0, le=100)]


def name_or_mapping(key: str, example: str, what: str = "a name") -> Callable[[Any], Any]:
    """Reads a plain name, or another plain text, as the mapping with it under the key."""

    def mapping(value: Any) -> Any:
        if isinstance(value, str):
            return {key: value}
        if isinstance(value, dict):
            return value
        raise wrong(f"it is {spelling.kind(value)}, but must be {what} or a mapping", f"Write {example}")

    return mapping


def number_or_mapping(key: str, example: str) -> Callable[[Any], Any]:
    """Reads a plain number as the mapping with it under the key."""

    def mapping(value: Any) -> Any:
        if type(value) is int:
            return {key: value}
        if isinstance(value, dict):
            return value
        raise wrong(f"it is {spelling.kind(value)}, but must be a whole number or a mapping", f"Write {example}")

    return mapping
