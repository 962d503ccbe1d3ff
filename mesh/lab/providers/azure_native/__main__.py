"""The plugin process that the Pulumi engine starts."""

import httpx

from mesh.lab.arm.catalogue import catalogue
from mesh.lab.arm.resource_manager import ResourceManager
from mesh.lab.paths import lab
from mesh.lab.providers.azure_native.provider import AzureNative
from mesh.lab.providers.azure_native.requests import Requests
from mesh.lab.providers.plugin import serve
from mesh.lab.servers import Servers


def main() -> None:
    here = lab()
    application = ResourceManager(here.database, catalogue(Servers(here)))
    transport = httpx.WSGITransport(app=application)
    with httpx.Client(transport=transport, base_url="https://management.azure.com") as http:
        serve(AzureNative(Requests(http)))


if __name__ == "__main__":
    main()
