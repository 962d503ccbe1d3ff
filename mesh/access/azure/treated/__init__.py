"""Every Azure type of a plan, and what the judge makes of each of its properties.

A type or a property that stands in no table is reported as not judged.
"""

from collections.abc import Mapping

from mesh.access.azure.treated import clusters, identities, machines, networks, values
from mesh.access.treatment import Table

TYPES: Mapping[str, Table] = {
    f"azure-native:{name}": {**values.EVERYWHERE, **table}
    for name, table in {**clusters.TYPES, **identities.TYPES, **machines.TYPES, **networks.TYPES}.items()
}
