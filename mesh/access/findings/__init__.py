"""Where what a plan opens differs from what was declared, and what in it is weaker than it need be."""

from mesh.access.findings import openings, routes
from mesh.access.findings.catalogue import Finding, Kind, Severity, gravest_first
from mesh.access.findings.declared import allowances
from mesh.access.judge import Judge
from mesh.access.world import World
from mesh.plan import Plan

__all__ = ["Finding", "Kind", "Severity", "findings"]


def findings(plan: Plan) -> tuple[Finding, ...]:
    """The gravest first."""
    judge = Judge(World(plan))
    declared = allowances(judge.world)
    return gravest_first((*routes.findings(judge, declared), *openings.findings(judge, declared)))
