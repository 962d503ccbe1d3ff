"""What an approval of the stack file names."""

from typing import Annotated

from mesh.declaration.values.rule import Rule

Call = Annotated[
    str,
    Rule(
        r"[a-z0-9*][a-z0-9*/.-]* to [a-z0-9*][a-z0-9*/.-]*(:[0-9*]+)?",
        "what is approved is written as CALLER to CALLEE:PORT",
        "Write it as mesh preview does, such as cart to orders:8080, or cart to * for all that cart calls",
        200,
    ),
]
