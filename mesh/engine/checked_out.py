"""The change that is checked out, with what git and the engine say of it → a comparison."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from mesh import findings
from mesh.declaration import problems
from mesh.declaration.problems import Invalid
from mesh.engine import locked, previews, troubles
from mesh.engine.runs import Engine
from mesh.failures import Failure
from mesh.files import included, revisions, stacks
from mesh.files.certificate_files import certificate_files
from mesh.files.secret_files import SecretFiles
from mesh.model import Environment
from mesh.plan import Plan
from mesh.render import plan
from mesh.review import comparison, horizon
from mesh.review.comparison import Access, Comparison, Consent, Side
from mesh.review.horizon import Horizon
from mesh.terminal.progress import Report


@dataclass(frozen=True)
class Before:
    """What the change is compared with."""

    plan: Plan | None
    """Made by today's program; None where there is nothing to compare with."""
    name: str
    """In words; empty where there is no plan."""


@dataclass(frozen=True)
class CheckedOut:
    """A stack file that is checked out, and may be deployed to its stack."""

    engine: Engine
    name: str
    """The stack's, without its organization."""
    now: datetime

    @property
    def file(self) -> str:
        """From the folder of the project."""
        return f"stacks/Pulumi.{self.name}.yaml"

    def environment(self) -> Environment:
        """Raises Invalid."""
        return stacks.environment(self.engine.project / self.file)

    def before(self, revision: str | None, declared: Environment) -> Before:
        """At a revision, or where the branch began; of a new stack, nothing at all. Raises Failure."""
        folder = self.engine.project
        at = revisions.branching_off(folder, revision) if revision else revisions.usual(folder)
        if at is None:
            return Before(None, "")
        contents = revisions.contents(folder, at, self.file)
        if contents is None:
            return Before(comparison.nothing(declared), f"{at}, which has no {self.file}: all is new")
        try:
            return Before(plan(stacks.environment_of(contents, self.name, included.at(folder, at, self.file))), str(at))
        except Invalid as invalid:
            listed = problems.report(invalid.problems, f"{at.name}:{self.file}")
            raise Failure(
                f"The stack file before the change has problems, so that access cannot be compared:\n{listed}\n"
                "Mend it there first; or name another revision: --base REF."
            ) from None

    def compared(
        self, declared: Environment, before: Plan | None, consent: Consent, report: Report
    ) -> tuple[Comparison, Horizon]:
        """Raises Failure and OSError. The plans are judged while the engine works."""
        locked.refuse(self.engine)
        secrets = SecretFiles.of(self.name)
        certificates = certificate_files(declared, secrets, self.file, self.now)

        def judged() -> tuple[Side | None, Side, Access | None]:
            after = plan(declared)
            head = Side(after, findings.assess(after, certificates))
            if before is None:
                return None, head, None
            return Side(before, findings.assess(before, certificates)), head, comparison.access(before, after)

        with ThreadPoolExecutor(1) as beside:
            judging = beside.submit(judged)
            with report.step(f"The engine previews stack {self.name}; nothing is changed"):
                previewed = previews.preview(self.engine)
            base, head, access = judging.result()
        if previewed.errors and not head.judged.of("error"):
            listed = "".join(f"\n  {error}" for error in previewed.errors)
            fix = troubles.fix(previewed.errors, self.engine.stack)
            raise Failure(f"Stack {self.name} could not be previewed:{listed}\n{fix}.")
        seen = None if previewed.errors else comparison.Engine(previewed.steps.all, previewed.losses.found)
        return comparison.comparison(base, head, access, seen, consent), horizon.horizon(certificates)
