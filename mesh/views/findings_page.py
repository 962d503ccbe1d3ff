"""The catalogue of findings, as docs/findings.md."""

from mesh.findings.catalogue import ACCEPTABLE, KINDS, SEVERITIES, Severity

_HEAD = """\
# Findings

What `mesh check` and the program say of a plan; the page is made by `mesh findings --markdown`. They judge what would
be deployed, and hold it against the declared routes.

**Errors** stop `mesh check`, `pulumi preview` and `pulumi up`. **Warnings** are shown, and fail only
`mesh check --strict`. **Notes** are counted, and shown by `--notes`.

A finding that is known and stays is accepted in the stack file: by its code, by what it is about (as the finding names
it; `*` stands for any characters) and with a reason; an error only up to a day.

```yaml
accept:
  - {finding: single-machine, of: ledger, reason: its standby is started by hand}
  - {finding: undeclared-opening, of: cart to *, reason: the old cart goes by then, until: "2027-03-31"}
```

An acceptance of nothing, and one whose day has passed, are warnings themselves.
"""


def page() -> str:
    return "".join((_HEAD, *map(_section, SEVERITIES)))


def _section(severity: Severity) -> str:
    kinds = sorted((kind for kind in KINDS if kind.severity == severity), key=lambda kind: kind.code)
    entries = (
        f"\n### `{kind.code}`\n\n{kind.what} {kind.why}\n\nWay out: {kind.way_out}"
        f"{'' if kind.code in ACCEPTABLE else ' It cannot be accepted.'}\n"
        for kind in kinds
    )
    return f"\n## {severity.capitalize()}s\n{''.join(entries)}"
