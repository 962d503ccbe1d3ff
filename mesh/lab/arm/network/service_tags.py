"""Service tags that a security rule may name instead of addresses.

https://learn.microsoft.com/azure/virtual-network/service-tags-overview
"""

from mesh.lab.arm.regions import REGIONS

_REGIONAL = (
    *(
        "ApiManagement",
        "AppConfiguration",
        "AppService",
        "AzureActiveDirectoryDomainServices",
        "AzureAPIForFHIR",
    ),
    *(
        "AzureArcInfrastructure",
        "AzureBackup",
        "AzureCloud",
        "AzureConnectors",
        "AzureContainerAppsService",
    ),
    *(
        "AzureContainerRegistry",
        "AzureCosmosDB",
        "AzureDatabricks",
        "AzureDevSpaces",
        "AzureDigitalTwins",
        "AzureEventGrid",
    ),
    *(
        "AzureHealthcareAPIs",
        "AzureInformationProtection",
        "AzureIoTHub",
        "AzureKeyVault",
        "AzureManagedGrafana",
    ),
    *(
        "AzureMonitor",
        "AzureMonitorForSAP",
        "AzureSecurity",
        "AzureSignalR",
        "AzureSiteRecovery",
        "AzureSphere",
    ),
    *(
        "AzureWebPubSub",
        "BatchNodeManagement",
        "CognitiveServicesManagement",
        "DataFactory",
        "Dynamics365BusinessCentral",
    ),
    *(
        "EventHub",
        "GatewayManager",
        "GenevaActions",
        "HDInsight",
        "KustoAnalytics",
        "LogicApps",
        "LogicAppsManagement",
    ),
    *(
        "MicrosoftContainerRegistry",
        "MicrosoftPurviewPolicyDistribution",
        "PowerPlatformInfra",
        "PowerPlatformPlex",
    ),
    *(
        "PowerQueryOnline",
        "SCCservice",
        "SecurityCopilot",
        "ServiceBus",
        "ServiceFabric",
        "Sql",
        "SqlManagement",
    ),
    *(
        "Storage",
        "StorageMover",
        "StorageSyncService",
        "VideoIndexer",
        "WindowsVirtualDesktop",
    ),
)
_GLOBAL = (
    *("VirtualNetwork", "AzureLoadBalancer", "Internet"),
    *(
        "ActionGroup",
        "ApplicationInsightsAvailability",
        "AppServiceManagement",
        "AutonomousDevelopmentPlatform",
    ),
    *(
        "AzureActiveDirectory",
        "AzureAdvancedThreatProtection",
        "AzureAttestation",
        "AzureBotService",
    ),
    *(
        "AzureCognitiveSearch",
        "AzureDataLake",
        "AzureDevOps",
        "AzureFrontDoor.Backend",
        "AzureFrontDoor.FirstParty",
    ),
    *(
        "AzureFrontDoor.Frontend",
        "AzureFrontDoor.MicrosoftSecurity",
        "AzureLoadTestingInstanceManagement",
    ),
    *(
        "AzureMachineLearning",
        "AzureMachineLearningInference",
        "AzureOpenDatasets",
        "AzurePlatformDNS",
    ),
    *(
        "AzurePlatformIMDS",
        "AzurePlatformLKM",
        "AzureResourceManager",
        "AzureTrafficManager",
        "AzureUpdateDelivery",
    ),
    *(
        "AzureVideoAnalyzerForMedia",
        "BatchNodeManagement",
        "ChaosStudio",
        "CognitiveServicesFrontend",
    ),
    *(
        "CopilotActions",
        "DataFactoryManagement",
        "EOPExternalPublishedIPs",
        "Grafana",
        "GuestAndHybridManagement",
    ),
    *(
        "M365ManagementActivityApi",
        "M365ManagementActivityApiWebhook",
        "Marketplace",
        "MicrosoftAzureFluidRelay",
    ),
    *(
        "MicrosoftCloudAppSecurity",
        "MicrosoftDefenderForEndpoint",
        "OfficeMonitoring",
        "PowerBI",
        "Scuba",
    ),
    *("SerialConsole", "TrafficManager", "WindowsAdminCenter"),
)

_KNOWN = frozenset(tag.lower() for tag in (*_REGIONAL, *_GLOBAL))
_WITH_REGIONS = frozenset(tag.lower() for tag in _REGIONAL)


def is_known(tag: str) -> bool:
    """Whatever the casing; a regional tag may name its region, as Storage.WestEurope does."""
    folded = tag.lower()
    service, _, region = folded.rpartition(".")
    return folded in _KNOWN or (service in _WITH_REGIONS and region in REGIONS)
