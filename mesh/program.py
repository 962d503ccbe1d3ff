"""One run of the Pulumi program: the stack's configuration, resolved, planned and registered."""

from datetime import UTC, datetime
from pathlib import Path

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from mesh import deploy, findings
from mesh.declaration import problems
from mesh.declaration.stack_file import Document
from mesh.failures import Failure
from mesh.files import included, stacks
from mesh.files.certificate_files import certificate_files
from mesh.files.secret_files import SecretFiles
from mesh.render import plan
from mesh.views import findings as findings_view


def run() -> None:
    """What a project's `__main__.py` calls."""
    stack_file = f"stacks/Pulumi.{pulumi.get_stack()}.yaml"
    settings = pulumi.Config("hybrid-mesh")
    secrets = SecretFiles.of(pulumi.get_stack())
    configuration = {**get_config_env(), **CONFIG.get()}
    declared = {key: configuration[key] for key in configuration if key.startswith("hybrid-mesh:")}
    if "hybrid-mesh:environment" in declared:
        declared["hybrid-mesh:environment"] = settings.get_object("environment")
    if subscription := pulumi.Config("azure-native").get("subscriptionId"):
        declared["azure-native:subscriptionId"] = subscription
    try:
        document = stacks.whole(Document.of({"config": declared}), included.beside(Path(stack_file)))
        environment = stacks.checked(document, pulumi.get_stack())
        environment_plan = plan(environment)
        certificates = certificate_files(environment, secrets, stack_file, datetime.now(UTC))
        judged = findings.assess(environment_plan, certificates)
        if errors := judged.of("error"):
            raise Failure("\n".join(("nothing is deployed:", *findings_view.lines(errors, stack_file))))
        secrets.require(environment_plan.secret_files)
        for warning in findings_view.warnings(judged):
            pulumi.log.warn(warning)
        deploy.register(environment_plan, secrets.read)
    except problems.Invalid as invalid:
        raise pulumi.RunError(problems.report(invalid.problems, stack_file)) from None
    except Failure as failure:
        raise pulumi.RunError(str(failure)) from None
