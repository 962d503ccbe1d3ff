"""Whether proxies bring paths to one form before policies compare them."""

from collections.abc import Iterator

from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind

PATHS_NOT_NORMALIZED = Kind(
    code="paths-not-normalized",
    severity="error",
    what="Policies compare paths that the proxies have not brought to one form.",
    why="With /a/%2e%2e/b or /a//b a caller gets past a rule for /a/*, and the application reads another path.",
    example="cluster/east: its MeshConfig says NONE",
    fix="Set meshConfig.pathNormalization.normalization to DECODE_AND_MERGE_SLASHES.",
)
KINDS = (PATHS_NOT_NORMALIZED,)

_NORMALIZATION = "DECODE_AND_MERGE_SLASHES"


def findings(context: Context) -> Iterator[Finding]:
    for cluster, mesh in context.world.meshes.items():
        if mesh.settings.normalization != _NORMALIZATION:
            text = f"its MeshConfig says {mesh.settings.normalization}"
            yield Finding(PATHS_NOT_NORMALIZED, f"cluster/{cluster}", text)
