"""The catalogue of findings, as docs/findings.md."""

from mesh.findings.catalogue import KINDS
from mesh.findings.codes import SEVERITIES, Severity
from mesh.findings.finding import Kind

_HEAD = """\
# Findings

`mesh check` and `pulumi up` judge what would be deployed, compare it with the declared routes, and report these
findings. `mesh findings --markdown` makes this page.

**Errors** stop `mesh check`, `pulumi preview` and `pulumi up`. **Warnings** are shown, and fail only
`mesh check --strict`. **Notes** are counted, and shown by `--notes`.

To accept a finding, name its code, its subject (as `mesh check` prints it; `*` stands for any characters) and a reason
in the stack file. An error can be accepted only up to a day.

```yaml
accept:
  - {finding: single-machine, of: ledger, reason: its standby is started by hand}
  - {finding: undeclared-opening, of: cart to *, reason: the old cart goes by then, until: "2027-03-31"}
```

An acceptance that fits no finding, or whose day has passed, is a warning itself.
"""


def page() -> str:
    return "".join((_HEAD, *map(_section, SEVERITIES)))


def _section(severity: Severity) -> str:
    entries = (_entry(kind) for kind in KINDS if kind.severity == severity)
    return f"\n## {severity.capitalize()}s\n{''.join(entries)}"


def _entry(kind: Kind) -> str:
    fix = f"Fix: {kind.fix}{'' if kind.acceptable else ' It cannot be accepted.'}"
    return f"\n### `{kind.code}`\n\n{kind.what} {kind.why}\n\n```text\n{kind.example}\n```\n\n{fix}\n"
