// Istio's API module, for the CRDs that it carries.
module hybrid-mesh/lab/istio

go 1.26

require istio.io/api v1.31.1
