"""A comparison → the Markdown comment of a pull request: counts and verdict first, then access, then resources."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from mesh.declaration import spelling
from mesh.review import access_tables, markdown, resource_tables
from mesh.review.calls import KINDS
from mesh.review.comparison import Comparison
from mesh.review.horizon import Horizon
from mesh.review.markdown import Part, code, plain
from mesh.review.picture import Host

LIMITS: dict[Host, int] = {"github": 60_000, "azure-devops": 140_000}
"""Of characters; the hosts themselves take 65,536 and 150,000."""


@dataclass(frozen=True)
class About:
    """Of which stack a comment is, and what it is compared with."""

    project: str
    stack: str
    base: str | None
    """In words, such as `origin/main at 1a2b3c`; None: access is not compared."""
    again: str
    """The command that shows all of it."""
    day: date

    @property
    def marker(self) -> str:
        """Hidden: by it a pipeline finds its own comment again."""
        return f"<!-- mesh-preview:{self.project}/{self.stack} -->"


def comment(about: About, found: Comparison, horizon: Horizon | None, host: Host = "github") -> str:
    return markdown.fitted(tuple(_parts(about, found, horizon, host)), LIMITS[host])


def failed(about: About, message: str) -> str:
    """Where nothing is known of what would change: never taken for no change."""
    title = f"### ⛔ {about.stack}: not previewed, so nobody knows what this would change\n"
    return "\n".join((about.marker, title, markdown.block(message)))


def _parts(about: About, found: Comparison, horizon: Horizon | None, host: Host) -> Iterator[Part]:
    yield about.marker
    yield f"### {_verdict(about, found)}\n"
    stops = tuple(resource_tables.stops(found, about.stack))
    if found.access is None or not found.access.calls:
        yield from stops
    if found.access is None:
        yield "**Access is not compared**: git has no revision here to compare with. Name one: `--base REF`.\n"
    else:
        yield from access_tables.parts(found.access, found, host)
        yield from access_tables.consent(found.approvals, about.stack, about.day)
        if found.access.calls:
            yield from stops
    yield from resource_tables.steps(found)
    yield from resource_tables.findings(found)
    if horizon is not None:
        yield f"{plain(str(horizon))}\n"
    base = f"Compared with {code(about.base)}. " if about.base else ""
    yield f"<sub>{base}All of it, as data: {code(about.again)}</sub>\n"


def _verdict(about: About, found: Comparison) -> str:
    counts = _counts(found)
    tail = f" ({counts})" if counts else ""
    if found.stops:
        return f"❌ {about.stack}: {_reasons(found)}{tail}"
    if found.access is None:
        return f"⚠️ {about.stack}: access is not compared{tail or '; no resource changes'}"
    if not counts and found.declares_the_same:
        return f"✅ {about.stack}: nothing changes, neither access nor any resource"
    if found.approvals.approved:
        return f"✅ {about.stack}: access widens, as approved{tail}"
    return f"✅ {about.stack}: access does not widen{tail or '; no resource changes'}"


def _reasons(found: Comparison) -> str:
    reasons = {
        "access widens, and nobody has approved it": found.approvals.missing,
        f"{spelling.listed(found.refused or ('nothing',))} would be lost": found.refused,
        "Azure will refuse it": found.refusals,
        "its plan has errors": found.errors,
    }
    return spelling.listed(reason for reason, given in reasons.items() if given)


def _counts(found: Comparison) -> str:
    words = []
    if found.access and found.access.calls:
        kinds = Counter(change.kind for change in found.access.calls)
        many = "" if len(found.access.calls) == 1 else "s"
        words.append(f"call{many}: {', '.join(f'{kinds[kind]:,} {kind}' for kind in KINDS if kinds[kind])}")
    if found.access and found.access.exposures:
        kinds = Counter(change.kind for change in found.access.exposures)
        many = "" if len(found.access.exposures) == 1 else "s"
        words.append(f"exposure{many}: {', '.join(f'{count:,} {kind}' for kind, count in sorted(kinds.items()))}")
    if found.steps:
        words.append(f"resources: {resource_tables.counts(found.steps)}")
    return "; ".join(words)
