"""Routes that are proposed → the flows that the network would have to open for them."""

from dataclasses import replace

from mesh.model import Environment, Route
from mesh.render import flows
from mesh.render.flows import Flow


def opened(environment: Environment, routes: tuple[Route, ...]) -> tuple[Flow, ...]:
    """Those that no declared route needs."""
    after = replace(environment, routes=(*environment.routes, *routes))
    before = set(flows.flows(environment))
    return tuple(flow for flow in flows.flows(after) if flow not in before)
