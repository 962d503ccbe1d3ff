"""The engine's events → the clusters, pools, networks and namespaces that a run would delete or replace, and why."""

from dataclasses import dataclass, field

from mesh.engine.runs import Event

_KINDS = (
    "containerservice:ManagedCluster",
    "containerservice:AgentPool",
    "network:VirtualNetwork",
    "resources:ResourceGroup",
    "kubernetes:core/v1:Namespace",
)
_REPLACEMENTS = frozenset({"replace", "create-replacement", "delete-replaced", "import-replacement"})
"""Steps of one replacement; which of them there are, and their order, is up to the resource's provider."""


@dataclass
class Losses:
    """What stands in one of these goes with it, whether another takes its place or not."""

    found: dict[str, str] = field(default_factory=dict)
    """By the name in the state, such as cluster/west: what would happen to it."""

    def see(self, event: Event) -> None:
        step = event.get("resourcePreEvent", {}).get("metadata", {})
        if not step.get("type", "").endswith(_KINDS):
            return
        if (step.get("old") or {}).get("retainOnDelete"):
            return
        name = step["urn"].rpartition("::")[2]
        if step["op"] == "delete":
            self.found.setdefault(name, "deleted")
        elif step["op"] in _REPLACEMENTS:
            causes = ", ".join(step.get("keys") or ())
            if causes or name not in self.found:
                self.found[name] = f"replaced, as Azure cannot change its {causes}" if causes else "replaced"
