"""What a stack file says about a finding that stays."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from mesh.declaration.spec.part import Part, one_or_several
from mesh.declaration.values.acceptances import Day, FindingCode, Reason, Subject


class Acceptance(Part):
    """A finding that `mesh check` has of the plan, and that is known and stays."""

    finding: Annotated[FindingCode, Field(examples=["single-machine"])]
    """Its code."""
    subjects: Annotated[
        tuple[Subject, ...],
        BeforeValidator(one_or_several, json_schema_input_type=str | list[Subject]),
        Field(alias="of", min_length=1, examples=["ledger", ["cart to *", "nsg/east/*"]]),
    ]
    """What it is about, as the finding names it, or a list of such names; * stands for any characters."""
    reason: Reason
    """Why it stays, for whoever reads the file next year."""
    until: Annotated[Day | None, Field(examples=["2027-03-31"])] = None
    """The last day on which it is accepted, in quotes; needed for errors."""
