"""Two plans → the calls that stay open, and from which others are kept out by more or by less than before."""

from collections.abc import Iterator
from dataclasses import dataclass

from mesh.access.enforcement import Enforcement, Enforcer
from mesh.access.world import INGRESS
from mesh.review.reading import Reading

_KEPT_OUT: dict[Enforcer, str] = {
    "nothing": "by nothing but the callee itself",
    "network": "by address only",
    "policy": "by identity",
}
"""From the weakest on."""
_RANKS = tuple(_KEPT_OUT)
_EVERYBODY = ("everybody in the networks",)


@dataclass(frozen=True)
class EnforcementChange:
    subject: str
    before: str
    after: str
    is_lost: bool
    """Else it is won."""
    needs_approval: bool
    """Not at an ingress gateway, where it is lost by who may come there: that is an exposure, and approved as such."""


def changes(base: Reading, head: Reading) -> tuple[EnforcementChange, ...]:
    """What is lost comes first."""
    changed = tuple(_changes(base, head))
    return tuple(sorted(changed, key=lambda change: (not change.is_lost, change.subject)))


def kept_out(enforcement: Enforcement) -> str:
    """By what everybody else is kept out of a call."""
    words = _KEPT_OUT[enforcement.by]
    alone = enforcement.network == _EVERYBODY and enforcement.by == "policy"
    return f"{words} alone: the network lets everybody come" if alone else words


def _changes(base: Reading, head: Reading) -> Iterator[EnforcementChange]:
    for pair in sorted(base.calls.keys() & head.calls.keys()):
        before, after = base.enforcement[pair], head.enforcement[pair]
        if (had := _strength(before)) != (has := _strength(after)):
            caller, callee, port = pair
            lost = any(now < was for was, now in zip(had, has, strict=True))
            approval = lost and not caller.startswith(INGRESS)
            yield EnforcementChange(f"{caller} to {callee}:{port}", kept_out(before), kept_out(after), lost, approval)


def _strength(enforcement: Enforcement) -> tuple[int, bool]:
    """Of both layers: the mesh's, and the network's."""
    return _RANKS.index(enforcement.by), enforcement.network != _EVERYBODY
