"""The values of Istio's charts, one by one."""

from collections.abc import Mapping

from mesh.access.treatment import Harmless
from mesh.findings.coverage.fields import JUDGED, Field, only

_RUNS = Harmless("how many pods run, where and with what; not whom they let in")
_TALKS = Harmless("what is reported, and to whom")
_PATIENCE = Harmless("how long and how often a proxy tries what it may call anyway")
_SCHEDULING: Mapping[str, Field] = dict.fromkeys(
    (
        *("resources", "nodeSelector", "affinity", "tolerations", "topologySpreadConstraints", "replicaCount"),
        *("autoscaling", "autoscaleEnabled", "autoscaleMin", "autoscaleMax", "autoscaleBehavior", "cpu", "memory"),
        *("rollingMaxSurge", "rollingMaxUnavailable", "podDisruptionBudget", "priorityClassName", "imagePullSecrets"),
        *("terminationGracePeriodSeconds", "imagePullPolicy", "revisionHistoryLimit", "minReadySeconds"),
    ),
    _RUNS,
)
_BASE = {
    "validationFailurePolicy": Harmless("whether objects are taken while istiod is down"),
    "defaultRevision": JUDGED,
}
_GLOBAL: Mapping[str, Field] = {
    **dict.fromkeys(
        ("defaultPodDisruptionBudget", "defaultResources", "defaultTolerations", "defaultNodeSelector"), _RUNS
    ),
    **dict.fromkeys(("imagePullPolicy", "imagePullSecrets", "priorityClassName", "hub"), _RUNS),
    **dict.fromkeys(("logging", "logAsJson", "meshID"), _TALKS),
    "multiCluster": {"clusterName": JUDGED},
    "network": JUDGED,
    "proxy": {
        **dict.fromkeys(("resources", "lifecycle", "startupProbe", "readinessFailureThreshold"), _RUNS),
        **dict.fromkeys(("readinessInitialDelaySeconds", "readinessPeriodSeconds"), _RUNS),
        **dict.fromkeys(("logLevel", "componentLogLevel", "outlierLogPath", "statusPort"), _TALKS),
        "includeIPRanges": only("*"),
        "includeInboundPorts": only("*"),
        "includeOutboundPorts": only(""),
        "excludeIPRanges": only(""),
        "excludeInboundPorts": only(""),
        "excludeOutboundPorts": only(""),
        "privileged": only(False),
        "autoInject": only("enabled"),
    },
}
_MESH_CONFIG: Mapping[str, Field] = {
    "trustDomain": JUDGED,
    "trustDomainAliases": JUDGED,
    "rootNamespace": JUDGED,
    "outboundTrafficPolicy": {"mode": JUDGED},
    "pathNormalization": {"normalization": JUDGED},
    "enableAutoMtls": JUDGED,
    "defaultServiceExportTo": JUDGED,
    "defaultVirtualServiceExportTo": JUDGED,
    **dict.fromkeys(
        ("accessLogFile", "accessLogFormat", "accessLogEncoding", "enableTracing", "enablePrometheusMerge"), _TALKS
    ),
    **dict.fromkeys(
        ("tcpKeepalive", "connectTimeout", "defaultHttpRetryPolicy", "h2UpgradePolicy", "dnsRefreshRate"), _PATIENCE
    ),
    "localityLbSetting": Harmless("which of the places that answer gets a call; the judge asks all of them"),
    "defaultConfig": {
        "proxyMetadata": {
            "ISTIO_META_DNS_CAPTURE": Harmless("who answers a pod's DNS questions"),
            "PILOT_ENABLE_IP_AUTOALLOCATE": Harmless("the addresses by which hosts without one are told apart"),
        },
        **dict.fromkeys(("concurrency", "holdApplicationUntilProxyStarts", "proxyHeaders"), _RUNS),
        **dict.fromkeys(("drainDuration", "terminationDrainDuration"), _PATIENCE),
        "tracing": _TALKS,
    },
    "extensionProviders": {"name": JUDGED, "zipkin": _TALKS, "envoyFileAccessLog": _TALKS},
}
_ISTIOD: Mapping[str, Field] = {
    "base": _BASE,
    "global": _GLOBAL,
    "meshConfig": _MESH_CONFIG,
    "revision": JUDGED,
    "pilot": {
        **_SCHEDULING,
        "traceSampling": _TALKS,
        "env": {"BLOCKED_CIDRS_IN_JWKS_URIS": Harmless("where istiod does not look for keys of issuers")},
    },
    "telemetry": _TALKS,
    **_SCHEDULING,
}
_AZURE = "service.beta.kubernetes.io/azure"
_GATEWAY: Mapping[str, Field] = {
    **_SCHEDULING,
    "networkGateway": JUDGED,
    "volumes": JUDGED,
    "volumeMounts": JUDGED,
    "service": {
        "type": only("LoadBalancer"),
        "externalTrafficPolicy": JUDGED,
        "loadBalancerSourceRanges": JUDGED,
        "ports": {"name": JUDGED, "port": JUDGED, "targetPort": JUDGED, "protocol": only("TCP")},
        "annotations": {
            f"{_AZURE}-allowed-service-tags": JUDGED,
            f"{_AZURE}-allowed-ip-ranges": JUDGED,
            f"{_AZURE}-load-balancer-internal": JUDGED,
            f"{_AZURE}-load-balancer-internal-subnet": JUDGED,
            f"{_AZURE}-load-balancer-ipv4": JUDGED,
            f"{_AZURE}-load-balancer-resource-group": JUDGED,
            f"{_AZURE}-pip-name": JUDGED,
            f"{_AZURE}-load-balancer-tcp-idle-timeout": _PATIENCE,
        },
    },
}
CHARTS: Mapping[str, Mapping[str, Field]] = {
    "base": {"base": _BASE, "defaultRevision": JUDGED},
    "istiod": _ISTIOD,
    "gateway": _GATEWAY,
}
