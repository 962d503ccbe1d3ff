// Modules of others, for the CRDs that they carry: what the judge is tried with.
module hybrid-mesh/lab/definitions

go 1.26

require (
	github.com/cilium/cilium v1.18.4
	sigs.k8s.io/gateway-api v1.6.0
)
