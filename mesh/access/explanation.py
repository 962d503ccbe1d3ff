"""A call that somebody asks about, as what comes of it: what gets through, by which way, and what stops it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mesh import model
from mesh.access import matrix
from mesh.access.attempts import Attempt, Request, Step, Verdict
from mesh.access.judge import Judge
from mesh.access.matrix import Opening


@dataclass(frozen=True)
class Explanation:
    port: model.Port
    verdict: Verdict
    openings: tuple[Opening, ...]
    """All that gets through, where nobody said which request; the verdict is of the first."""
    around: Verdict | None
    """The verdict if the caller bypasses its sidecar; only if nothing but that sidecar stops the call."""
    behind: tuple[Step, ...]
    """Everything else that would stop the call without the first stop, each once."""


def explanation(judge: Judge, asked: Attempt) -> Explanation:
    port = next(port for port in judge.world.workloads[asked.callee].ports if port.number == asked.port)
    openings: tuple[Opening, ...] = ()
    if port.is_http and asked.request is None:
        cell = matrix.cell(judge, asked.caller, asked.callee, port)
        openings = cell.openings if cell else ()
        likely = matrix.attempt(judge.world, asked.caller, asked.callee, port, openings[0]) if openings else asked
        asked = replace(asked, request=likely.request or Request())
    verdict = judge.verdict(asked)
    if verdict.possible:
        return Explanation(port, verdict, openings, None, ())
    first = {step for way in verdict.ways if (step := way.stopped_by)}
    by_sidecar = any(step.layer == "caller's sidecar" for step in first)
    around = judge.verdict(replace(asked, around_sidecar=True)) if by_sidecar else None
    last_steps = (*(way.steps[-1] for way in (around.ways if around else ())), *_answers(judge, asked))
    before = {step.by for step in first}
    behind = {step.by: step for step in last_steps if step.outcome == "stops" and step.by not in before}
    return Explanation(port, verdict, openings, around, tuple(behind.values()))


def _answers(judge: Judge, asked: Attempt) -> Iterator[Step]:
    """The callee's own side, asked by whoever calls from each of its places."""
    gateway = judge.world.ingress.get(asked.caller)
    for source in (gateway.instance,) if gateway else judge.world.callers[asked.caller]:
        yield from judge.answers(source, asked)
