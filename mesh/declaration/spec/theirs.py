"""What a stack file says of fields that others keep."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from mesh.declaration.spec.part import Part, one_or_several
from mesh.declaration.values.acceptances import Reason
from mesh.declaration.values.theirs import KeptField, PlanName


class Theirs(Part):
    """Fields, or whole objects, that others keep: no drift, and left alone by the program."""

    subjects: Annotated[
        tuple[PlanName, ...],
        BeforeValidator(one_or_several, json_schema_input_type=str | list[PlanName]),
        Field(alias="of", min_length=1, examples=["cluster/*", ["network/east", "east/shop/DestinationRule/*"]]),
    ]
    """Whose they are, as mesh plan and mesh drift name it, or a list of such names; * stands for any characters."""
    fields: Annotated[
        tuple[KeptField, ...],
        BeforeValidator(one_or_several, json_schema_input_type=str | list[KeptField]),
        Field(examples=["tags.CostCenter", ["tags.*", "addonProfiles"]]),
    ] = ()
    """The fields, each with all below it; * stands for any one step. None: objects that the program does not own."""
    reason: Reason
    """Who keeps these fields, for the next person who reads the file."""
