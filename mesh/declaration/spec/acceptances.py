"""What a stack file says about a finding that stays."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from mesh.declaration.spec.part import Part, one_or_several
from mesh.declaration.values.acceptances import Day, FindingCode, Reason, Subject


class Acceptance(Part):
    """A finding of `mesh check` that you know and accept."""

    finding: Annotated[FindingCode, Field(examples=["single-machine"])]
    """Its code."""
    subjects: Annotated[
        tuple[Subject, ...],
        BeforeValidator(one_or_several, json_schema_input_type=str | list[Subject]),
        Field(alias="of", min_length=1, examples=["ledger", ["cart to *", "nsg/east/*"]]),
    ]
    """The subject, as the finding names it, or a list of subjects. * matches any characters."""
    reason: Reason
    """Why you accept it, for the next person who reads the file."""
    until: Annotated[Day | None, Field(examples=["2027-03-31"])] = None
    """The last day of the acceptance, in quotes. Required for errors."""
