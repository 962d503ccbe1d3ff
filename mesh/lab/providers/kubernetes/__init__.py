"""The `kubernetes` provider: applies to real API servers, and installs Istio's charts as far as the lab needs them."""
