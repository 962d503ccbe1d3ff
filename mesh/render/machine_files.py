"""A machine with a sidecar, as the files that make it join by itself, and one script that puts them there.

What `istioctl x workload entry configure` would write is a pure function of the environment, but for the root
certificate and the token; the token is asked for by the machine itself (see machine_tokens).
"""

import json
import shlex
from collections.abc import Iterator
from typing import Any

import yaml

from mesh import names
from mesh.model import Environment, Istio, Machine, Workload
from mesh.plan.resources import PublicFile, TextFile
from mesh.render import control_plane, entries, machine_tokens
from mesh.render.flows import ISTIOD_PORT

INSTALL = "install.sh"
_RELEASES = "https://storage.googleapis.com/istio-release/releases"
_NEVER_CAPTURED_PORTS = "22,15090,15021,15020"
"""SSH, so that a broken sidecar locks nobody out; metrics, health and status of the agent itself."""
_AZURE_PLATFORM = "168.63.129.16/32,169.254.169.254/32"
"""Azure's agent, DNS and instance metadata, which no sidecar may stand before."""
_HOSTS_MARK = "# hybrid-mesh"
_END = "END-OF-FILE"
_UNBROKEN = 1000


def files(environment: Environment, machine: Machine) -> tuple[TextFile, ...]:
    """The files of a machine, by path; the install script is last."""
    workload = carried(environment, machine)
    contents = sorted(
        (*_configuration(environment, machine, workload), *machine_tokens.files(environment, machine, workload)),
        key=lambda file: file.path,
    )
    return (*contents, _install(environment.istio, machine, contents))


def carried(environment: Environment, machine: Machine) -> Workload:
    """The workload that a machine's sidecar stands for; a machine carries one."""
    return next(workload for workload in environment.workloads if workload.sidecar and machine in workload.machines)


def _configuration(environment: Environment, machine: Machine, workload: Workload) -> Iterator[TextFile]:
    metadata = _metadata(environment, machine, workload)
    defaults: dict[str, Any] = {
        "discoveryAddress": _istiod(environment.istio, machine),
        "meshId": environment.name,
        "proxyMetadata": metadata,
        **({"readinessProbe": entries.probe(workload)} if workload.ports else {}),
    }
    yield TextFile("/etc/istio/config/mesh", (yaml.safe_dump({"defaultConfig": defaults}, width=_UNBROKEN),))
    variables = metadata | _variables(environment.istio, machine, workload)
    lines = "".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(variables.items()))
    yield TextFile("/var/lib/istio/envoy/cluster.env", (lines,))
    root = PublicFile(names.authority_file(machine.joins.name, "root-cert.pem"))
    yield TextFile("/etc/certs/root-cert.pem", (root,))


def _metadata(environment: Environment, machine: Machine, workload: Workload) -> dict[str, str]:
    group = names.workload_group(workload, machine.network)
    labels = {
        **names.selector(workload),
        "service.istio.io/canonical-name": workload.name,
        "service.istio.io/canonical-revision": "latest",
        **_locality(machine),
    }
    return control_plane.PROXY_METADATA | {
        "CANONICAL_SERVICE": workload.name,
        "CANONICAL_REVISION": "latest",
        "POD_NAMESPACE": workload.namespace,
        "SERVICE_ACCOUNT": names.service_account(workload),
        "TRUST_DOMAIN": environment.istio.trust_domain,
        "ISTIO_META_CLUSTER_ID": machine.joins.name,
        "ISTIO_META_MESH_ID": environment.name,
        "ISTIO_META_NETWORK": names.istio_network_of_machines(machine.network),
        "ISTIO_META_WORKLOAD_NAME": group,
        "ISTIO_METAJSON_LABELS": json.dumps(labels, sort_keys=True, separators=(",", ":")),
        "ISTIO_META_AUTO_REGISTER_GROUP": group,
    }


def _locality(machine: Machine) -> dict[str, str]:
    """A zone as AKS names it on its nodes: Azure tells a machine its bare number, which to Istio is another place."""
    if machine.created is None or machine.created.zone is None:
        return {}
    region = machine.network.location
    return {"istio-locality": f"{region}.{region}-{machine.created.zone}"}


def _istiod(istio: Istio, machine: Machine) -> str:
    return f"{names.istiod_host(istio, machine)}:{ISTIOD_PORT}"


def _variables(istio: Istio, machine: Machine, workload: Workload) -> dict[str, str]:
    return {
        "CA_ADDR": _istiod(istio, machine),
        "ISTIO_INBOUND_PORTS": ",".join(str(number) for number in sorted({port.number for port in workload.ports})),
        "ISTIO_NAMESPACE": workload.namespace,
        "ISTIO_SERVICE": f"{names.workload_group(workload, machine.network)}.{workload.namespace}",
        "ISTIO_SERVICE_CIDR": "*",
        "ISTIO_SERVICE_EXCLUDE_CIDR": _AZURE_PLATFORM,
        "ISTIO_LOCAL_EXCLUDE_PORTS": _NEVER_CAPTURED_PORTS,
        # Without it, Istio's start script asks the instance of a scale set for its own address.
        **({"ISTIO_SVC_IP": str(machine.address)} if machine.address else {}),
    }


def _install(istio: Istio, machine: Machine, found: list[TextFile]) -> TextFile:
    """A script for cloud-init or for a person; run again, it brings a machine to what it holds."""
    runs = istio.on(machine)
    expected = _expected(runs.package_sha256)
    parts: list[Any] = [_BEGINNING.format(releases=_RELEASES, version=runs.version, expected=expected)]
    for file in found:
        mode = "755" if file.executable else "644"
        parts += [f"put {file.path} {mode} <<'{_END}'\n", *file.parts, f"\n{_END}\n"]
    hosts = f"{machine.joins.east_west_address} {names.istiod_host(istio, machine)} {_HOSTS_MARK}"
    return TextFile(INSTALL, (*parts, _ENDING.format(mark=_HOSTS_MARK, hosts=hosts)), executable=True)


def _expected(checksums: tuple[tuple[str, str], ...]) -> str:
    """Shell lines that set the expected checksum: from the stack file, or published beside the package."""
    if not checksums:
        return "expected=$(fetch \"$package.sha256\" | cut -d ' ' -f 1)"
    known = "".join(f"        {architecture}) expected={checksum} ;;\n" for architecture, checksum in checksums)
    unknown = '        *) fail "The stack file has no checksum of $package." ;;'
    return f"case $(dpkg --print-architecture) in\n{known}{unknown}\n    esac"


_BEGINNING = """\
#!/bin/sh
# Makes this machine join the mesh: Istio's sidecar, its configuration, and a fresh token every half hour.
# Run it as root; run again, it brings the machine to what it holds.
set -eu
umask 022

fail() {{ echo "$*" >&2; exit 1; }}
[ "$(id -u)" = 0 ] || fail "Run this as root: sudo sh install.sh"
command -v dpkg >/dev/null || fail "Istio's package for machines is for Debian and Ubuntu; there is no dpkg here."

# Once the sidecar runs, it lets nobody but its own user call what the mesh does not know.
fetch() {{
    if id istio-proxy >/dev/null 2>&1; then
        runuser -u istio-proxy -- curl -sSfL --retry 10 --retry-connrefused --max-time 600 "$1"
    else
        curl -sSfL --retry 10 --retry-connrefused --max-time 600 "$1"
    fi
}}

# Writes standard input into a file, without the empty line that may end it.
put() {{
    mkdir -p "$(dirname "$1")"
    sed '${{/^$/d;}}' > "$1.new"
    chmod "$2" "$1.new"
    mv "$1.new" "$1"
}}

architecture=
[ "$(dpkg --print-architecture)" != arm64 ] || architecture=-arm64
package={releases}/{version}/deb/istio-sidecar$architecture.deb
installed=/var/lib/istio/installed-package
if [ "$(cat "$installed" 2>/dev/null)" != "$package" ]; then
    folder=$(mktemp -d)
    {expected}
    fetch "$package" > "$folder/istio-sidecar.deb"
    found=$(sha256sum "$folder/istio-sidecar.deb" | cut -d ' ' -f 1)
    [ "$found" = "$expected" ] || fail "$package has the checksum $found and should have $expected."
    dpkg -i "$folder/istio-sidecar.deb"
    rm -r "$folder"
    echo "$package" > "$installed"
fi

"""

_ENDING = """
sed -i '/ {mark}$/d' /etc/hosts
echo '{hosts}' >> /etc/hosts
mkdir -p /etc/istio/proxy
chown -R istio-proxy:istio-proxy /var/lib/istio /etc/certs /etc/istio/proxy /etc/istio/config

systemctl daemon-reload
systemctl enable istio-token.service istio-token.timer istio.service
# Without waiting: the token is asked for again and again until the cluster knows this machine.
systemctl restart --no-block istio-token.service
systemctl restart istio-token.timer
systemctl restart --no-block istio.service
"""
