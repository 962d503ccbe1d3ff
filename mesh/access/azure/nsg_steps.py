"""A security group on the way of packets, as a step of it and the packets that get on."""

from dataclasses import dataclass, replace

from mesh.access.attempts import Outcome, Step
from mesh.access.azure.address_sets import AddressSet
from mesh.access.azure.security_groups import Decision, Packet, SecurityGroup
from mesh.access.azure.security_rules import Direction, Scope

_SHOWN = 4
"""So many decisions stand in one text."""


@dataclass(frozen=True)
class Sent:
    """A packet, and the source that it will have at its destination; None: the same."""

    packet: Packet
    seen: AddressSet | None

    @property
    def arriving(self) -> "Sent":
        if self.seen is None:
            return self
        return Sent(replace(self.packet, source=self.seen, source_groups=frozenset()), None)


@dataclass(frozen=True)
class Checkpoint:
    name: str
    group: SecurityGroup | None
    """None: the plan names it and does not have it."""
    scope: Scope
    theirs: bool = False
    """Whether others keep the group, so that the plan has at most our rules of it."""

    def passed(self, direction: Direction, packets: list[Sent]) -> tuple[Step, list[Sent]]:
        if self.theirs:
            text = f"not judged: theirs, the security group at {self.name}"
            return Step("security group", self.name, "partly", text, judged=False), packets
        if self.group is None:
            text = f"what {self.name} lets through is not known: the plan does not have it"
            return Step("security group", self.name, "partly", text), packets
        decided = [
            (sent, decision) for sent in packets for decision in self.group.decide(direction, sent.packet, self.scope)
        ]
        decisions = [decision for _, decision in decided]
        passing = [
            replace(sent, packet=replace(sent.packet, source=decision.source, destination=decision.destination))
            for sent, decision in decided
            if decision.access != "Deny"
        ]
        outcome: Outcome = "partly"
        if {decision.access for decision in decisions} <= {"Allow"}:
            outcome = "passes"
        elif not passing:
            outcome = "stops"
        decisive = next((decision for decision in decisions if decision.access != "Allow"), decisions[0])
        text = _text(decisions, packets[0].packet)
        return Step("security group", f"{self.group.name}: {decisive.rule}", outcome, text), passing


def _text(decisions: list[Decision], packet: Packet) -> str:
    """Each decision in words; the last rule's is about all that the others left."""
    to = f":{packet.port}" if packet.protocol.lower() == "tcp" else f":{packet.port} ({packet.protocol})"
    rules = list(dict.fromkeys((decision.rule, decision.access) for decision in decisions))
    parts = [
        f"{decision.source} → {decision.destination}{to} {_verb(decision)}"
        for decision in decisions
        if len(rules) == 1 or (decision.rule, decision.access) != rules[-1]
    ]
    if len(parts) > _SHOWN:
        parts = [*parts[:_SHOWN], f"so for {len(parts) - _SHOWN} more"]
    return "; ".join(parts if len(rules) == 1 else [*parts, f"anything else {_verb(decisions[-1])}"])


def _verb(decision: Decision) -> str:
    rule = decision.rule if decision.priority is None else f"{decision.rule} (priority {decision.priority})"
    match decision.access:
        case "Allow":
            return f"is allowed by {rule}"
        case "Deny":
            return f"is denied by {rule}"
        case "Unknown":
            return f"may be what {rule} is about: what its words cover is not known here"
