"""AuthorizationPolicies, held against the declared callers."""
