"""Objects that let a machine ask the API server for a token of its own account, by its managed identity.

The token lives in memory, an hour at most, and is renewed twice as often; nothing of it is in state or custom data.
The identity may create tokens of that one account, and nothing else (the Role below).
"""

from collections.abc import Iterator

from mesh import names
from mesh.model import Cluster, Environment, Machine, Workload
from mesh.plan.resources import ApiServer, KubernetesObject, Output, TextFile
from mesh.render import azure, kubernetes

_SCRIPT = "/usr/local/lib/hybrid-mesh/istio-token"
_AUTHORITY = "/etc/hybrid-mesh/api-server.pem"
_AKS_APPLICATION = "6dae42f8-4368-4678-94ff-3960e28e3630"
"""The AKS AAD server: for whom a token has to be made that a cluster's API server takes."""
_TOKEN_SECONDS = 3600


def identity_id(environment: Environment, machine: Machine) -> str:
    return azure.resource_id(
        environment, "managedidentity:UserAssignedIdentity", resourceName=names.machine_identity(machine)
    )


def objects(environment: Environment) -> tuple[KubernetesObject, ...]:
    """RoleBindings: identities of machines that may create tokens of their workload's account."""
    return tuple(
        item
        for workload in environment.workloads
        if workload.sidecar
        for cluster in environment.clusters
        if any(machine.joins == cluster for machine in workload.machines)
        for item in _rights(cluster, workload)
    )


def _rights(cluster: Cluster, workload: Workload) -> Iterator[KubernetesObject]:
    role = names.token_role(workload)
    rule = {
        "apiGroups": [""],
        "resources": ["serviceaccounts/token"],
        "resourceNames": [names.service_account(workload)],
        "verbs": ["create"],
    }
    yield kubernetes.manifest(cluster, kubernetes.RBAC, "Role", workload.namespace, role, body={"rules": [rule]})
    group = "rbac.authorization.k8s.io"
    # To AKS the user of a managed identity is called by its object id.
    users = [
        Output(f"identity/{names.machine_identity(machine)}", "principalId")
        for machine in workload.machines
        if machine.joins == cluster
    ]
    subjects = [{"kind": "User", "apiGroup": group, "name": user} for user in users]
    reference = {"apiGroup": group, "kind": "Role", "name": role}
    body = {"subjects": subjects, "roleRef": reference}
    yield kubernetes.manifest(cluster, kubernetes.RBAC, "RoleBinding", workload.namespace, role, body=body)


def files(environment: Environment, machine: Machine, workload: Workload) -> Iterator[TextFile]:
    account = names.service_account(workload)
    server = ApiServer(machine.joins.name, "address")
    before, after = _ASK.format(
        account=f"{workload.namespace}/{account}",
        identity=f"resource={_AKS_APPLICATION}&msi_res_id={identity_id(environment, machine)}",
        seconds=_TOKEN_SECONDS,
        authority=_AUTHORITY,
        path=f"/api/v1/namespaces/{workload.namespace}/serviceaccounts/{account}/token",
        server=_HERE,
    ).split(_HERE)
    yield TextFile(_SCRIPT, (before, server, after), executable=True)
    yield TextFile(_AUTHORITY, (ApiServer(machine.joins.name, "certificate"),))
    yield TextFile("/etc/systemd/system/istio-token.service", (_SERVICE.format(script=_SCRIPT),))
    yield TextFile("/etc/systemd/system/istio-token.timer", (_TIMER,))
    yield TextFile("/etc/systemd/system/istio.service.d/token.conf", (_BEFORE_ISTIO,))


_HERE = "\0"

_ASK = """\
#!/bin/sh
# Asks for a fresh token of the service account {account}, in the name of this machine's managed identity.
# istio-token.service runs it as istio-proxy, whose traffic the sidecar leaves alone.
set -eu
umask 077

fail() {{ echo "$*" | cut -c 1-1000 >&2; exit 1; }}
field() {{ sed -n "s/.*\\"$1\\" *: *\\"\\([^\\"]*\\)\\".*/\\1/p"; }}

answer=$(curl -sS --noproxy '*' --max-time 20 -H Metadata:true \\
    'http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&{identity}')
identity=$(printf '%s' "$answer" | field access_token)
[ -n "$identity" ] || fail "Azure gives this machine no token of its managed identity: $answer"

# Through a pipe: arguments of a command are for all to read.
answer=$(printf 'Authorization: Bearer %s\\n' "$identity" | curl -sS --max-time 30 --cacert {authority} \\
    -H @- -H 'Content-Type: application/json' \\
    --data '{{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
             "spec": {{"audiences": ["istio-ca"], "expirationSeconds": {seconds}}}}}' \\
    '{server}{path}')
token=$(printf '%s' "$answer" | field token)
[ -n "$token" ] || fail "The API server gives no token of {account}: $answer"

printf '%s' "$token" > "$RUNTIME_DIRECTORY/istio-token.new"
mv "$RUNTIME_DIRECTORY/istio-token.new" "$RUNTIME_DIRECTORY/istio-token"
"""

_SERVICE = """\
[Unit]
Description=A fresh token of this machine's service account, for Istio
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=oneshot
User=istio-proxy
Group=istio-proxy
RuntimeDirectory=secrets/tokens
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=yes
ExecStart={script}
TimeoutStartSec=120
Restart=on-failure
RestartSec=15

[Install]
WantedBy=multi-user.target
"""

_TIMER = """\
[Unit]
Description=Every half hour a fresh token, which lives an hour

[Timer]
OnCalendar=*:0/30
RandomizedDelaySec=5min

[Install]
WantedBy=timers.target
"""

_BEFORE_ISTIO = """\
[Unit]
Wants=istio-token.service
After=istio-token.service
"""
