"""A plan and the files beside it, judged at a moment: its findings, less what the stack file accepts."""

from collections.abc import Iterator
from datetime import datetime

from mesh.failures import Failure
from mesh.files.secret_files import SecretFiles
from mesh.findings import Finding, findings
from mesh.findings import catalogue as kinds
from mesh.findings.acceptance import Judged, judged
from mesh.pki import ingress_certificates
from mesh.pki.ca import checks, folders
from mesh.plan import Plan
from mesh.views import findings as findings_view


def of_plan(plan: Plan, now: datetime) -> Judged:
    return judged(findings(plan), plan.environment.accepted, now.date())


def with_files(plan: Plan, secrets: SecretFiles, stack_file: str, now: datetime) -> Judged:
    """Also of the certificates that are here. Raises Failure where one cannot be read."""
    found = (*findings(plan), *_of_certificates(plan, secrets, stack_file, now))
    return judged(found, plan.environment.accepted, now.date())


def warnings(plan: Plan, stack_file: str, now: datetime) -> list[str]:
    """Raises Failure, which tells all errors."""
    found = of_plan(plan, now)
    if errors := found.of("error"):
        listed = "\n".join(findings_view.lines(errors, stack_file))
        raise Failure(f"the plan is not what its stack file declares, so that nothing is deployed.\n{listed}")
    return [f"{finding.code}: {finding.subject}: {finding.text}" for finding in found.of("warning")]


def _of_certificates(plan: Plan, secrets: SecretFiles, stack_file: str, now: datetime) -> Iterator[Finding]:
    environment = plan.environment
    authorities = folders.intermediates(secrets, tuple(cluster.name for cluster in environment.clusters))
    for finding in (
        *ingress_certificates.findings(environment, secrets, now),
        *checks.findings(authorities, stack_file, now),
    ):
        kind = kinds.CERTIFICATE_UNUSABLE if finding.fails else kinds.CERTIFICATE_EXPIRES
        yield Finding(kind, "certificates", finding.text)
