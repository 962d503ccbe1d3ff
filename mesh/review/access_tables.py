"""What a change does to access, as tables: the first thing that a reviewer reads."""

from collections.abc import Iterator
from datetime import date, timedelta

from mesh.declaration import spelling
from mesh.review import markdown, picture
from mesh.review.calls import CallChange
from mesh.review.comparison import Access, Comparison
from mesh.review.gate import Approvals, Widening
from mesh.review.markdown import Part, Picture, Table, code, plain
from mesh.review.picture import Host

_APPROVED_FOR = timedelta(days=14)
_MOST_APPROVALS_SHOWN = 10


def parts(access: Access, found: Comparison, host: Host) -> Iterator[Part]:
    approvals = found.approvals
    if access.calls:
        columns = ("", "call", "before", "after", "through", "others are kept out")
        yield Table("Who can call whom", columns, tuple(_call(change, approvals) for change in access.calls))
    else:
        same = "declares the same as before" if found.declares_the_same else "changes, but not who can call whom"
        yield f"**Who can call whom stays as it is**: {access.after:,} calls are open. The stack file {same}.\n"
    if access.exposures:
        exposed = tuple(
            (_marked(one.kind, one.subject, approvals), code(one.subject), plain(one.before), plain(one.after))
            for one in access.exposures
        )
        yield Table("Exposed to the internet and to clients", ("", "what", "before", "after"), exposed)
    if access.enforcement:
        kept = tuple(
            (
                _marked("lost" if one.is_lost else "won", one.subject if one.needs_approval else "", approvals),
                code(one.subject),
                plain(one.before),
                plain(one.after),
            )
            for one in access.enforcement
        )
        yield Table("How others are kept out", ("", "call", "before", "after"), kept)
    if access.radii:
        radii = tuple(
            (code(one.compromised), f"{one.before:,}", f"{one.after:,}", markdown.lines(one.more),
             markdown.lines(one.fewer))
            for one in access.radii
        )  # fmt: skip
        title = "Blast radius: whom an attacker reaches from there, step by step"
        yield Table(title, ("who is broken into", "reaches before", "after", "newly", "no longer"), radii)
    if access.identities:
        identities = tuple(
            (code(one.name), markdown.lines(one.before), markdown.lines(one.after)) for one in access.identities
        )
        yield Table("Other identities and host names", ("who", "before", "after"), identities)
    if drawn := picture.flowchart(access.calls, host):
        yield Picture(drawn)
    if unchanged := _unchanged(access):
        yield f"As before: {spelling.listed(unchanged)}.\n"


def consent(approvals: Approvals, stack: str, today: date) -> Iterator[Part]:
    """Who approved what, and how to approve the rest."""
    if approvals.approved:
        rows = tuple((code(one.widening.subject), plain(one.by)) for one in approvals.approved)
        yield Table("Approved", ("access", "reason"), rows)
    for approval in approvals.expired:
        yield f"⚠️ The approval of {code(approval.call)} ended on {approval.until.isoformat()}.\n"
    if approvals.missing:
        yield _how_to_approve(approvals.missing, stack, today)


def _how_to_approve(missing: tuple[Widening, ...], stack: str, today: date) -> str:
    until = (today + _APPROVED_FOR).isoformat()
    entries = "".join(
        f'  - {{call: "{one.subject}", reason: WHY, until: "{until}"}}\n' for one in missing[:_MOST_APPROVALS_SHOWN]
    )
    more = len(missing) - _MOST_APPROVALS_SHOWN
    also = f" {more:,} more are missing; one entry may cover several, such as `call: cart to *`." if more > 0 else ""
    where = code(f"stacks/Pulumi.{stack}.yaml")
    return (
        f"**To approve what is marked ❌**: in {where}, below `hybrid-mesh:environment`; or by the label "
        f"`access-approved`, which code owners set. Else take it back.{also}\n\n```yaml\napprove:\n{entries}```\n"
    )


def _call(change: CallChange, approvals: Approvals) -> tuple[str, ...]:
    places = tuple(f"{start} → {end}" for start, end in change.places)
    return (
        _marked(change.kind, change.subject if change.needs_approval else "", approvals),
        f"{code(change.caller)} → {code(f'{change.callee}:{change.port.number}')}",
        markdown.lines(change.before),
        markdown.lines(change.after),
        markdown.lines((*places, *change.by)),
        plain(change.kept_out),
    )


def _marked(kind: str, subject: str, approvals: Approvals) -> str:
    """The kind of a change, with whether somebody still has to approve it."""
    if any(one.subject == subject for one in approvals.missing):
        return f"❌ **{kind}**"
    if any(one.widening.subject == subject for one in approvals.approved):
        return f"**{kind}**, approved"
    return kind


def _unchanged(access: Access) -> list[str]:
    parts = {
        "what is exposed to the internet": access.exposures,
        "how others are kept out": access.enforcement,
        "the blast radius": access.radii,
    }
    return [what for what, changes in parts.items() if not changes]
