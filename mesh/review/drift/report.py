"""Everything that a look at a stack has found, and what of it is drift."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from mesh.plan import Plan
from mesh.review.drift import azure, objects, releases, unowned
from mesh.review.drift.changes import Change, unchanged
from mesh.review.drift.classes import CLASSES, DRIFT, Class, Classed, classed
from mesh.review.drift.differences import Difference
from mesh.review.drift.effects import Effects
from mesh.review.drift.live import Live


@dataclass(frozen=True)
class Drift:
    stack: str
    found: tuple[Classed, ...]
    """The gravest first."""

    @property
    def drifted(self) -> tuple[Classed, ...]:
        return tuple(item for item in self.found if item.of in DRIFT)

    def of(self, *classes: Class) -> tuple[Classed, ...]:
        return tuple(item for item in self.found if item.of in classes)

    @property
    def counts(self) -> dict[Class, int]:
        counted = Counter(item.of for item in self.found)
        return {each: counted[each] for each in CLASSES if counted[each]}


def drift(
    stack: str, plan: Plan, live: Live, engine: dict[str, tuple[str, ...]], ending: Iterable[Classed] = ()
) -> Drift:
    """`engine` is what the engine's own refresh calls drift: by name in the plan, the paths that it names."""
    effects = Effects(plan)
    on_clusters = of_clusters(plan, live, effects)
    return whole(stack, (*on_clusters, *of_azure(plan, live, engine, on_clusters, effects), *ending))


def whole(stack: str, found: Iterable[Classed]) -> Drift:
    order = {each: number for number, each in enumerate(CLASSES)}
    return Drift(stack, tuple(sorted(found, key=lambda item: (order[item.of], item.change.subject))))


def of_clusters(plan: Plan, live: Live, effects: Effects) -> tuple[Classed, ...]:
    """What differs on the clusters; of Azure nothing has to be known yet."""
    changes = (*objects.changed(plan, live), *releases.changed(plan, live), *unowned.changed(plan, live))
    return classed(plan, changes, effects)


def of_azure(
    plan: Plan, live: Live, engine: dict[str, tuple[str, ...]], on_clusters: Iterable[Classed], effects: Effects
) -> tuple[Classed, ...]:
    """What differs in Azure; and what the engine calls drift, in Azure or on the clusters, and nothing else does."""
    own = tuple(azure.changed(plan, live))
    seen = {change.subject for change in own} | {item.change.subject for item in on_clusters}
    also = (_of_engine(name, paths, plan) for name, paths in engine.items() if name not in seen)
    return classed(plan, (*own, *also), effects)


def _of_engine(name: str, paths: tuple[str, ...], plan: Plan) -> Change:
    """What the engine sees and the comparison does not: said as it is."""
    kinds = {item.name: item.token.rpartition(":")[2] for item in plan.azure}
    kinds |= {item.name: item.manifest["kind"] for item in plan.objects}
    kinds |= {item.name: "Release" for item in plan.releases}
    differences = tuple(Difference(path, "changed") for path in paths) or (Difference("", "changed"),)
    note = "" if name in kinds else "is in the state and in no stack file: the next update deletes it"
    return Change(
        name, kinds.get(name, ""), "changed", differences, unchanged, note=note or "the engine's refresh says so"
    )
