"""Names that a stack file gives to its parts, and by which routes refer to them."""

import re
from typing import Annotated

from pydantic import AfterValidator

from mesh import names
from mesh.declaration.values.rule import Rule, wrong

NAME = r"[a-z]([a-z0-9-]*[a-z0-9])?"
NAME_IN_WORDS = (
    "a name has lower-case letters, digits and hyphens, begins with a letter and ends with a letter or digit"
)
Name = Annotated[str, Rule(NAME, NAME_IN_WORDS, "Choose a name such as orders", names.NAME_MAX)]


def _unlike_a_security_rule(name: str) -> str:
    """Security rules are called machine-A-to-gateway-B: a name that holds such a middle could make two rules one."""
    middle = re.search(r"-to-(cluster|gateway|machine|network)-", name)
    if middle:
        raise wrong(f"{name} looks like the name of an NSG rule: {middle[0]}", "Choose another name")
    return name


ResourceName = Annotated[
    str,
    Rule(NAME, NAME_IN_WORDS, "Choose a name such as ledger-0", names.RESOURCE_NAME_MAX),
    AfterValidator(_unlike_a_security_rule),
]
NetworkName = Annotated[
    str,
    Rule(
        "[a-z][a-z0-9-]*[a-z0-9]",
        f"{NAME_IN_WORDS}, two at least",
        "Choose a name such as east",
        names.RESOURCE_NAME_MAX,
    ),
    AfterValidator(_unlike_a_security_rule),
]


def _no_ingress(callee: str) -> str:
    if callee.startswith("ingress/"):
        raise wrong("an ingress gateway is for callers from outside; no workload can call it", "Name a workload")
    return callee


Callee = Annotated[
    str,
    AfterValidator(_no_ingress),
    Rule(
        f"(group/)?{NAME}",
        "a callee is a workload, or group/NAME",
        "Name a workload, such as orders",
        len("group/") + names.NAME_MAX,
    ),
]


def _named_ingress(caller: str) -> str:
    if caller in {"ingress", "ingress/"}:
        raise wrong("it does not say which ingress gateway", "Write ingress/ and the gateway's name: ingress/public")
    return caller


Caller = Annotated[
    str,
    AfterValidator(_named_ingress),
    Rule(
        f"(group/)?{NAME}|ingress(/{NAME}){{1,2}}",
        "a caller is a workload, group/NAME, ingress/NAME or ingress/CLUSTER/NAME",
        "Write the workload's name, or ingress/public for an ingress gateway",
        100,
    ),
]
PoolName = Annotated[
    str,
    Rule(
        "[a-z][a-z0-9]*",
        "a pool's name has lower-case letters and digits, and begins with a letter",
        "Choose a name such as apps",
        12,
    ),
]


def _unreserved_namespace(namespace: str) -> str:
    if namespace in names.RESERVED_NAMESPACES or namespace.startswith(("kube-", "istio-")):
        raise wrong(
            f"the namespace {namespace} belongs to Kubernetes, Azure or Istio", "Choose one of your own, such as shop"
        )
    return namespace


Namespace = Annotated[
    str, Rule(NAME, NAME_IN_WORDS, "Choose a name such as shop", 63), AfterValidator(_unreserved_namespace)
]
ServiceName = Annotated[
    str, Rule(NAME, NAME_IN_WORDS, "Write the Service's name, such as shop-orders", names.SERVICE_NAME_MAX)
]


def _of_its_own(account: str) -> str:
    if account == "default":
        raise wrong(
            "the account default is that of every pod that names none, and so no identity of a workload",
            "Give the workload an account of its own",
        )
    return account


AccountName = Annotated[
    str,
    Rule(
        r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?",
        "a service account has lower-case letters, digits, hyphens and dots",
        "Write its name, such as shop-orders",
        names.ACCOUNT_NAME_MAX,
    ),
    AfterValidator(_of_its_own),
]
PortName = Annotated[
    str,
    Rule(
        "(?=.*[a-z])(?!.*--)[a-z0-9]([a-z0-9-]*[a-z0-9])?",
        "a port's name has lower-case letters, digits and single hyphens, and at least one letter",
        "Choose a name such as http or grpc-admin",
        15,
    ),
]
Version = Annotated[
    str,
    Rule(
        "[a-z0-9]([a-z0-9-]*[a-z0-9])?",
        "a version is the label of its pods, of lower-case letters, digits and hyphens",
        "Write one such as v2",
        30,
    ),
]
Failover = Annotated[str, Rule(NAME, NAME_IN_WORDS, "Write nearest, own-cluster or a cluster's name", names.NAME_MAX)]
