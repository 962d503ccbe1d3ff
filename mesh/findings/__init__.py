"""Where what a plan opens differs from what was declared, and what in it is weaker than it need be."""

from mesh.access.declared import allowances
from mesh.access.judge import Judge
from mesh.access.world import World
from mesh.findings import crossings, diversions, gateways, networks, openings, policies, resilience, routes, settings
from mesh.findings.finding import Finding, gravest_first
from mesh.plan import Plan

__all__ = ["Finding", "findings"]


def findings(plan: Plan) -> tuple[Finding, ...]:
    """The gravest first."""
    world = World(plan)
    judge, declared = Judge(world), allowances(world)
    # Before anything else is asked: what the declared routes need of the networks is what the judge has met by then.
    of_routes = tuple(routes.findings(judge, declared))
    needed = (*networks.asked(world), *gateways.clients(world, declared))
    return gravest_first(
        (
            *of_routes,
            *networks.findings(world, needed),
            *openings.findings(judge, declared),
            *crossings.findings(world, declared),
            *diversions.findings(world),
            *gateways.findings(world, declared),
            *policies.findings(world, declared),
            *resilience.findings(world, declared),
            *settings.findings(world, declared),
        )
    )
