"""What the simulator keeps of a resource, as a response of its type."""

from mesh.lab.arm.resource_types import Body
from mesh.lab.arm.schema.shapes import Shape


def shown(shape: Shape | None, body: Body) -> Body:
    """A stored body with the version and the provisioning state under the names that its type has for them, if any."""
    if shape is None:
        return body
    members = shape.members
    inner = members["properties"].shape.members if "properties" in members else {}
    outside, properties = dict(body), dict(body.get("properties") or {})
    etag = outside.pop("etag", None)
    for place, known in ((outside, members), (properties, inner)):
        place.update({name: etag for name in ("etag", "eTag") if name in known and etag is not None})
    if "provisioningState" not in inner:
        properties.pop("provisioningState", None)
    return {**outside, "properties": properties}
