"""The two Pulumi programs that are measured: ours, and one that registers the same resources from a ready-made list."""

OURS = """\
from pathlib import Path
from mesh import deploy, findings
from mesh.files import stacks
from mesh.render import plan

planned = plan(stacks.environment(Path("Pulumi.bench.yaml")))
assert all(finding.severity != "error" for finding in findings.of_plan(planned))
deploy.register(planned, lambda name: name)
"""

BARE = """\
import json
import pulumi

SECRET = "4dabf18193072939515e22adb298388d"


def value(stored):
    if isinstance(stored, dict):
        if SECRET in stored:
            return pulumi.Output.secret(json.loads(stored["plaintext"]))
        return {key: value(item) for key, item in stored.items()}
    return [value(item) for item in stored] if isinstance(stored, list) else stored


made = {}
for each in json.load(open("resources.json")):
    options = pulumi.ResourceOptions(
        parent=made.get(each["parent"]),
        depends_on=[made[name] for name in each["dependencies"] if name in made],
        provider=made.get(each["provider"]),
        protect=each["protect"],
        version=None if each["type"].startswith("pulumi:") else each["version"],
    )
    kind, name, inputs = each["type"], each["name"], value(each["inputs"])
    if kind.startswith("pulumi:providers:"):
        inputs.pop("version", None)
        made[each["urn"]] = pulumi.ProviderResource(kind.rpartition(":")[2], name, inputs, options)
    elif each["custom"]:
        made[each["urn"]] = pulumi.CustomResource(kind, name, inputs, options)
    else:
        made[each["urn"]] = pulumi.ComponentResource(kind, name, None, options)
"""


def ready_made(state: dict, versions: dict[str, str]) -> list[dict]:
    """The resources of a stack as `BARE` reads them, from an export with secrets shown."""
    return [
        {
            "urn": each["urn"],
            "type": each["type"],
            "name": each["urn"].rpartition("::")[2],
            "custom": each["custom"],
            "inputs": {key: item for key, item in each.get("inputs", {}).items() if not key.startswith("__")},
            "parent": each.get("parent", ""),
            "dependencies": each.get("dependencies", []),
            "provider": each.get("provider", "").rpartition("::")[0],
            "protect": each.get("protect", False),
            "version": versions.get(each["type"].partition(":")[0]),
        }
        for each in state["deployment"]["resources"]
        if each["type"] != "pulumi:pulumi:Stack" and "::default" not in each["urn"]
    ]
