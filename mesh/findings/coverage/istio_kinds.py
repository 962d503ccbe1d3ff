"""Istio's kinds, field by field, as their CRDs have them."""

from collections.abc import Mapping

from mesh.access.treatment import Harmless
from mesh.findings.coverage.fields import JUDGED, Field, only

_LABEL = Harmless("a name for people")
_SPREAD = Harmless("which of the places that answer for a host gets a call; the judge asks all of them")
_PATIENCE = Harmless("how long and how often a proxy tries what it may call anyway")
_ANSWER = Harmless("what is sent back to who may call")
_REPORTS = Harmless("what proxies report, not whom they let in")

_PORT = {"number": JUDGED}
_DESTINATION = {"host": JUDGED, "port": _PORT, "subset": JUDGED}
_SHARE = {"destination": _DESTINATION, "weight": JUDGED}
_FAULT = {
    "abort": {
        "percentage": JUDGED,
        "httpStatus": JUDGED,
        "grpcStatus": JUDGED,
        "http2Error": JUDGED,
    },
    "delay": _PATIENCE,
}
_VIRTUAL_SERVICE: Mapping[str, Field] = {
    "hosts": JUDGED,
    "gateways": JUDGED,
    "exportTo": JUDGED,
    "http": {
        "name": _LABEL,
        "match": {
            "name": _LABEL,
            "statPrefix": _LABEL,
            "port": JUDGED,
            # A regular expression is read as the pattern of a path, or as every path.
            "uri": {"exact": JUDGED, "prefix": JUDGED, "regex": JUDGED},
            # Regular expressions of methods list them: they choose what is tried again.
            "method": {"exact": JUDGED, "prefix": JUDGED, "regex": JUDGED},
            # By patterns only what browsers ask is told apart: the answer is the gateway's, or goes to the same callee.
            "headers": {
                "origin": {"exact": JUDGED, "regex": JUDGED},
                "access-control-request-method": {"exact": JUDGED, "regex": JUDGED},
                "*": {"exact": JUDGED},
            },
        },
        "rewrite": {"uri": JUDGED},
        "corsPolicy": Harmless("which scripts a browser lets call; everybody else may send what a browser would not"),
        "route": {**_SHARE, "headers": {"response": _ANSWER}},
        "mirrors": {"destination": _DESTINATION, "percentage": JUDGED},
        "mirror": _DESTINATION,
        "mirrorPercentage": JUDGED,
        "headers": {"response": _ANSWER},
        "fault": _FAULT,
        "timeout": _PATIENCE,
        "retries": _PATIENCE,
    },
    "tls": {"match": {"port": JUDGED, "sniHosts": JUDGED}, "route": _SHARE},
    "tcp": {"match": {"port": JUDGED}, "route": _SHARE},
}

_POLICY: Mapping[str, Field] = {
    "connectionPool": _PATIENCE,
    "outlierDetection": _SPREAD,
    "loadBalancer": _SPREAD,
    "retryBudget": _PATIENCE,
    "tls": {"mode": JUDGED},
}
_TRAFFIC_POLICY = {**_POLICY, "portLevelSettings": {**_POLICY, "port": _PORT}}

_SOURCE = (
    *("principals", "requestPrincipals", "namespaces", "serviceAccounts", "trustDomains", "ipBlocks"),
    *("remoteIpBlocks", "notPrincipals", "notRequestPrincipals", "notNamespaces", "notServiceAccounts"),
    *("notTrustDomains", "notIpBlocks", "notRemoteIpBlocks"),
)
_OPERATION = ("hosts", "ports", "methods", "paths", "notHosts", "notPorts", "notMethods", "notPaths")

KINDS: Mapping[str, Mapping[str, Field]] = {
    "networking.istio.io/VirtualService": {"spec": _VIRTUAL_SERVICE},
    "networking.istio.io/DestinationRule": {
        "spec": {
            "host": JUDGED,
            "exportTo": JUDGED,
            "workloadSelector": {"matchLabels": JUDGED},
            "subsets": {"name": JUDGED, "labels": JUDGED, "trafficPolicy": _TRAFFIC_POLICY},
            "trafficPolicy": _TRAFFIC_POLICY,
        }
    },
    "networking.istio.io/Gateway": {
        "spec": {
            "selector": JUDGED,
            "servers": {
                "name": _LABEL,
                "hosts": JUDGED,
                "port": {"name": _LABEL, "number": JUDGED, "protocol": JUDGED},
                "tls": {
                    "mode": JUDGED,
                    "httpsRedirect": JUDGED,
                    "credentialName": JUDGED,
                    "subjectAltNames": JUDGED,
                    "minProtocolVersion": only("TLSV1_2", "TLSV1_3"),
                    "maxProtocolVersion": only("TLSV1_2", "TLSV1_3"),
                },
            },
        }
    },
    "networking.istio.io/ServiceEntry": {
        "spec": {
            "hosts": JUDGED,
            "exportTo": JUDGED,
            "location": JUDGED,
            "resolution": JUDGED,
            "ports": {"name": JUDGED, "number": JUDGED, "protocol": JUDGED, "targetPort": JUDGED},
            "workloadSelector": {"labels": JUDGED},
        }
    },
    "networking.istio.io/Sidecar": {
        "spec": {
            "workloadSelector": {"labels": JUDGED},
            "egress": {"hosts": JUDGED},
            "ingress": {"port": {"name": _LABEL, "number": JUDGED, "protocol": JUDGED}},
            "outboundTrafficPolicy": {"mode": JUDGED},
            "inboundConnectionPool": _PATIENCE,
        }
    },
    "networking.istio.io/WorkloadEntry": {
        "spec": {
            "address": JUDGED,
            "labels": JUDGED,
            "network": JUDGED,
            "ports": JUDGED,
            "serviceAccount": JUDGED,
            "locality": _SPREAD,
            "weight": _SPREAD,
        }
    },
    "networking.istio.io/WorkloadGroup": {
        "spec": {
            "metadata": {"labels": JUDGED, "annotations": Harmless("entries have them for people")},
            "template": {"labels": JUDGED, "network": JUDGED, "serviceAccount": JUDGED, "locality": _SPREAD},
            "probe": Harmless("whether a machine is well, and so gets calls"),
        }
    },
    "security.istio.io/AuthorizationPolicy": {
        "spec": {
            "selector": {"matchLabels": JUDGED},
            "action": only("ALLOW", "DENY", "AUDIT"),
            "rules": {
                "from": {"source": dict.fromkeys(_SOURCE, JUDGED)},
                "to": {"operation": dict.fromkeys(_OPERATION, JUDGED)},
                "when": {"key": JUDGED, "values": JUDGED, "notValues": JUDGED},
            },
        }
    },
    "security.istio.io/RequestAuthentication": {
        "spec": {
            "selector": {"matchLabels": JUDGED},
            "jwtRules": dict.fromkeys(("issuer", "audiences", "jwksUri", "jwks", "forwardOriginalToken"), JUDGED),
        }
    },
    "security.istio.io/PeerAuthentication": {
        "spec": {
            "selector": {"matchLabels": JUDGED},
            "mtls": {"mode": JUDGED},
            "portLevelMtls": {"*": {"mode": JUDGED}},
        }
    },
    "telemetry.istio.io/Telemetry": {"spec": _REPORTS},
}
WITHOUT_EFFECT: Mapping[str, str] = {
    "networking.istio.io/DestinationRule": "it is about connections of callers who may call anyway",
    "networking.istio.io/Gateway": "it serves hosts that a declared gateway serves, at a port that it has",
    "networking.istio.io/ServiceEntry": "it says of a declared host what is known of it already",
    "networking.istio.io/Sidecar": "it lists hosts that its workload may call",
    "networking.istio.io/VirtualService": "it leads calls to where they are meant to go",
    "networking.istio.io/WorkloadEntry": "it says where a declared machine of its workload is",
    "networking.istio.io/WorkloadGroup": "a declared machine registers itself by it, as its workload",
    "security.istio.io/AuthorizationPolicy": "it lets nobody in who is not declared, and keeps nobody out who is",
    "security.istio.io/RequestAuthentication": "it takes no tokens for valid but those that routes name",
    "security.istio.io/PeerAuthentication": "it asks for mutual TLS, as the whole mesh does",
    "telemetry.istio.io/Telemetry": "what proxies report, not whom they let in",
}
"""Of kinds that are judged: why an object is harmless that changes no answer and has no finding."""
