"""Findings: differences between a plan and its declared routes, and weak settings."""

from mesh.findings import catalogue
from mesh.findings.acceptance import Judged, judged
from mesh.findings.context import CertificateFiles, Context
from mesh.findings.finding import Finding, Kind, gravest_first
from mesh.plan import Plan

__all__ = ["CertificateFiles", "Context", "Finding", "Judged", "Kind", "assess", "of_plan"]


def assess(plan: Plan, certificates: CertificateFiles) -> Judged:
    """The findings of a plan and of the certificate files beside it, less those that the stack file accepts."""
    findings = _of(Context(plan, certificates))
    return judged(findings, plan.environment.accepted, certificates.moment.date())


def of_plan(plan: Plan) -> tuple[Finding, ...]:
    """The findings of a plan alone, accepted or not; the gravest first."""
    return _of(Context(plan))


def _of(context: Context) -> tuple[Finding, ...]:
    return gravest_first(finding for check in catalogue.CHECKS for finding in check.findings(context))
