"""What a change does to resources, as tables: what is lost or refused first, what is harmless folded."""

from collections import Counter
from collections.abc import Iterable, Iterator

from mesh.findings import Finding
from mesh.review.comparison import Comparison
from mesh.review.markdown import Part, Table, code, lines, plain
from mesh.review.steps import OPERATIONS, Step

_FINDING_COLUMNS = ("", "finding", "where", "what")


def stops(found: Comparison, stack: str) -> Iterator[Part]:
    """Beside access that nobody approves."""
    if found.errors:
        rows = tuple(map(_finding, found.errors))
        yield Table("❌ The plan has errors, and is not deployed with them", _FINDING_COLUMNS, rows)
    if found.refused:
        lost = tuple((code(name), plain(f"would be {fate}")) for name, fate in found.refused.items())
        yield Table("❌ Would be lost, with all that stands in it", ("resource", "what happens"), lost)
        allowed = " ".join(f"--allow {name}" for name in found.refused)
        pools = any(name.startswith("pool/") for name in found.refused)
        way = " A pool moves without a gap by a second one beside it: docs/upgrades.md#node-pools." if pools else ""
        yield f"Take it back; or, where it is meant: {code(f'mesh preview --stack {stack} {allowed}')}.{way}\n"
    if found.refusals:
        refused = tuple(
            (code(one.resource), f"{plain(one.text)} ({code(one.code)})", plain(one.fix)) for one in found.refusals
        )
        columns = ("resource", "why, with Azure's code", "fix")
        yield Table("❌ Azure refuses this at `pulumi up`, whatever the preview says", columns, refused)


def steps(found: Comparison) -> Iterator[Part]:
    if found.steps is None:
        yield "**Resources**: not previewed, as the engine deploys no plan with errors.\n"
        return
    kept = [step for step in found.steps if step.operation == "delete" and step.is_retained]
    graves = [step for step in found.steps if step.operation in ("delete", "replace") and step not in kept]
    inside = [step for step in graves if f"cluster/{step.name.partition('/')[0]}" in found.losses]
    grave = [step for step in graves if step not in inside]
    others = [step for step in found.steps if step.operation not in ("delete", "replace")]
    if grave:
        rows = tuple((f"**{step.operation}**", code(step.name), code(step.type), _cause(step)) for step in grave)
        yield Table("Replaced and deleted", ("", "resource", "type", "why"), rows)
    if inside:
        lost = tuple((step.operation, code(step.name), code(step.type)) for step in inside)
        yield Table(f"With their cluster: {counts(inside)}", ("", "resource", "type"), lost, folded=True)
    if others:
        rows = tuple((step.operation, code(step.name), code(step.type), lines(step.paths)) for step in others)
        columns = ("", "resource", "type", "properties that change")
        yield Table(f"Resources: {counts(others)}", columns, rows, folded=True)
    if kept := [step for step in kept if f"cluster/{step.name.partition('/')[0]}" not in found.losses]:
        names = ", ".join(code(step.name) for step in kept)
        what = ("are", "stay", "them") if len(kept) > 1 else ("is", "stays", "it")
        words = "{} no longer declared, and {} with what others put into {}".format(*what)
        yield f"{names} {words} (docs/workloads.md#namespaces).\n"
    if not found.steps:
        yield "**No resource changes**: the engine has nothing to do.\n"


def findings(found: Comparison) -> Iterator[Part]:
    new = [finding for finding in found.findings if finding not in found.errors]
    if new:
        only_notes = all(finding.severity == "note" for finding in new)
        yield Table(f"New findings: {len(new):,}", _FINDING_COLUMNS, tuple(map(_finding, new)), folded=only_notes)
    if found.gone:
        rows = tuple(map(_finding, found.gone))
        yield Table(f"Findings that are gone: {len(found.gone):,}", _FINDING_COLUMNS, rows, folded=True)


def counts(steps: Iterable[Step]) -> str:
    """`1 to delete, 2 to create`."""
    found = Counter(step.operation for step in steps)
    return ", ".join(f"{found[one]:,} to {one}" for one in OPERATIONS if found[one])


def _cause(step: Step) -> str:
    if step.operation == "delete":
        return "no longer declared"
    words = f"{lines(step.causes or step.paths)} cannot change in place"
    return f"{words}; **gone before its successor comes**" if step.deleted_first else words


def _finding(finding: Finding) -> tuple[str, ...]:
    return finding.severity, code(finding.code), code(finding.subject), plain(finding.text)
