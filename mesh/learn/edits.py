"""Proposed routes and the files of an environment → the files with these routes, and the proposals that fit nowhere."""

from collections.abc import Mapping
from dataclasses import dataclass

from mesh.declaration.declared import Declared
from mesh.declaration.problems import ENVIRONMENT
from mesh.learn import yaml_edits, yaml_lines
from mesh.learn.proposals import Proposal
from mesh.learn.yaml_edits import Path, Unfit
from mesh.model import Workload

STACK_FILE = ""
"""The name of the stack file among the files, which are by their path from its folder."""


Left = tuple[tuple[Proposal, str], ...]
"""Proposals that are not written, each with the reason."""


@dataclass(frozen=True)
class Edited:
    files: Mapping[str, str]
    left: Left


def edited(files: Mapping[str, str], declared: Declared, proposals: tuple[Proposal, ...]) -> Edited:
    """A declared route gets the requests that it lacks; another call gets a route."""
    texts: dict[str, str] = dict(files)
    left: list[tuple[Proposal, str]] = []
    for proposal in proposals:
        place = _written(declared, proposal) if proposal.extends else None
        if proposal.extends and place is None:
            reason = "its route stands for several calls: give this one a route of its own first"
            left.append((proposal, reason))
            continue
        file, path = place or _new(declared, proposal)
        entries = [*map(yaml_lines.request, proposal.requests)] if place else [yaml_lines.route(proposal)]
        try:
            text = texts[file]
            for entry in entries:
                text = yaml_edits.appended(text, path, entry)
            texts[file] = text
        except Unfit:
            left.append((proposal, f"{'.'.join(map(str, path))} is in no form to which a line can be added"))
    return Edited(texts, tuple(left))


def _written(declared: Declared, proposal: Proposal) -> tuple[str, Path] | None:
    """The list of requests of the declared route; None where the route is written for several calls together."""
    number = next(
        number
        for number, call in declared.routes
        if call.callee == proposal.callee
        and call.caller in _names(proposal)
        and call.http is not None
        and (call.port or proposal.port.name) == proposal.port.name
    )
    calls = [call for other, call in declared.routes if other == number]
    if len(calls) > 1:
        return None
    origin = declared.origins.get(("routes", number))
    return (origin.file, (*origin.path, "http")) if origin else (STACK_FILE, (*ENVIRONMENT, "routes", number, "http"))


def _names(proposal: Proposal) -> frozenset[str]:
    """Those by which a route may name the caller."""
    caller = proposal.route.caller
    if isinstance(caller, Workload):
        return frozenset({caller.name})
    gateway = caller.gateway.name
    return frozenset({proposal.caller, f"ingress/{gateway}", f"ingress/{caller.cluster.name}/{gateway}"})


def _new(declared: Declared, proposal: Proposal) -> tuple[str, Path]:
    """The file of the callee's owner where its callers are left to it; else of the caller, else of the callee."""
    of_caller = declared.origins.get(("workloads", proposal.caller))
    of_callee = declared.origins.get(("workloads", proposal.callee))
    is_reviewed = declared.environment.workloads[proposal.callee].accepts == "review"
    origin = of_callee if is_reviewed else of_caller or of_callee
    return (origin.file, ("routes",)) if origin else (STACK_FILE, (*ENVIRONMENT, "routes"))
