"""What a stack file says about access that widens."""

from typing import Annotated

from pydantic import Field

from mesh.declaration.spec.part import Part
from mesh.declaration.values.acceptances import Day, Reason
from mesh.declaration.values.approvals import Call


class Approval(Part):
    """Access that a change widens and that is wanted: `mesh preview` stops for all other."""

    call: Annotated[Call, Field(examples=["cart to orders:8080", "cart to *"])]
    """What widens, as `mesh preview` names it; * stands for any characters, and without a port all are meant."""
    reason: Reason
    """Why it is wanted."""
    until: Annotated[Day, Field(examples=["2027-03-31"])]
    """The last day on which it counts, in quotes: soon after the change, so that no later one passes by it."""
