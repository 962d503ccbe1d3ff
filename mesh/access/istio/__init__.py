"""What Istio's proxies know, send, accept and let in, by Istio's own rules."""
