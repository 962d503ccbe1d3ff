"""A small project that is deployed on the real engine, for commands that look at a stack."""

import shlex
import subprocess
import sys
from pathlib import Path

import pulumi_projects
from pulumi_projects import Project

from mesh.lab.paths import CHECKOUT

PROGRAM = """
import pulumi
class Resource(pulumi.CustomResource):
    def __init__(self, kind, name, **inputs):
        protect = inputs.pop("protect", False)
        super().__init__(kind, name, {"id": name.replace("/", "_"), **inputs}, pulumi.ResourceOptions(protect=protect))
def cluster(name, cidr, **more):
    Resource("file:containerservice:ManagedCluster", name, podCidr=cidr, fixed=["podCidr"], **more)
def network(name):
    Resource("file:network:VirtualNetwork", name)
def pool(name, size):
    Resource("file:containerservice:AgentPool", name, vmSize=size, fixed=["vmSize"])
"""
BEFORE = PROGRAM + "cluster('cluster/west', '10.0.0.0/16')\nnetwork('network/west')\npool('pool/west/apps', 'D4')\n"
STACK_FILE = """\
config:
  azure-native:subscriptionId: 11111111-2222-4333-8444-555555555555
  hybrid-mesh:environment:
    location: westeurope
    istio: {version: 1.30.4, trust_domain: shop.example}
    networks:
      west: {space: 10.10.0.0/16}
    clusters:
      west: {network: west, kubernetes: "1.34", pools: {system: {size: Standard_D4s_v5, nodes: 3}}}
    workloads:
      cart: {cluster: west, namespace: shop, ports: {http: 8080}}
      orders: {cluster: west, namespace: shop, ports: {http: 8080}}
    routes:
      - {from: cart, to: orders, http: [{methods: [POST], paths: [/orders]}]}
"""
COMMAND = (sys.executable, "-m", "mesh")
OURS = {"PYTHONPATH": str(CHECKOUT)}


def deployed(folder: Path, more: str = "", **plugins: str) -> Project:
    """The project with its stack file, in a repository of its own; `more` is a further part of its program."""
    project = pulumi_projects.project(folder, file="1.0.0", **plugins)
    project.write(BEFORE + more)
    done = project.run("up", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stdout
    (project.folder / "stacks").mkdir()
    declare(project, STACK_FILE)
    (project.folder / ".gitignore").write_text("home\nstate\nresources\nbin\nplugins\n")
    for command in ("init -q -b main", "add -A", "-c user.name=a -c user.email=a@example.com commit -qm base"):
        subprocess.run(["git", *command.split()], cwd=project.folder, check=True)
    return project


def declare(project: Project, text: str) -> None:
    (project.folder / "stacks" / "Pulumi.lab.yaml").write_text(text)


def mesh(project: Project, *arguments: str, before: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """A command of ours in the project, on its engine; `before` is what a shell does first."""
    path = f"{Path(pulumi_projects.ENGINE).parent}:{project.environment['PATH']}"
    words = (*COMMAND, *arguments)
    alone = ("unshare", "--mount", "--map-root-user", "sh", "-ec", f"{before}\nexec {shlex.join(words)}")
    return subprocess.run(
        alone if before else words, cwd=project.folder, env={**project.environment, "PATH": path, **OURS, **variables},
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=120,
    )  # fmt: skip
