"""The connections that a plan needs: of its declared routes, its machines, and the clients of its gateways."""

from mesh.access.connections import Connection
from mesh.findings.context import Context
from mesh.findings.gateways.served import needed_by_clients
from mesh.findings.networks import private_api_servers


def needed(context: Context) -> frozenset[Connection]:
    return context.needed | needed_by_clients(context) | private_api_servers.needed(context)
