"""One run of the program: the stack's configuration, resolved, planned and registered."""

import pulumi

from mesh import deploy, resolve
from mesh.declaration import problems
from mesh.declaration.stack_file import Document
from mesh.plan import plan

STACK_FILE = f"stacks/Pulumi.{pulumi.get_stack()}.yaml"

settings = pulumi.Config("hybrid-mesh")
declared = {
    "azure-native:subscriptionId": pulumi.Config("azure-native").get("subscriptionId"),
    "hybrid-mesh:environment": settings.get_object("environment"),
}
try:
    environment = resolve.environment(Document.of({"config": declared}), pulumi.get_stack())
except problems.Invalid as invalid:
    raise pulumi.RunError(problems.report(invalid.problems, STACK_FILE)) from None

deploy.register(plan(environment), keep_type_aliases=settings.get_bool("keep-type-aliases") or False)
