"""What is made in a subscription of others is made by a provider of that subscription, and all else by the stack's."""

from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pulumi
import pytest

from mesh.deploy import azure
from mesh.files import stacks
from mesh.render import plan

STACK = Path(__file__).parents[1] / "cases" / "clusters" / "private-cluster" / "stack.yaml"
THEIRS = "99999999-2222-4333-8444-555555555555"


def test_a_zone_link_is_made_in_its_zones_subscription_and_a_role_by_the_stacks_provider(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    used: dict[str, Any] = {}

    def registered(token: str, name: str, inputs: Any, options: Any) -> MagicMock:
        used[name] = options
        return MagicMock()

    monkeypatch.setattr(azure, "Registered", registered)
    monkeypatch.setattr(azure.registrations, "version", lambda token: "1.0.0")
    monkeypatch.setattr(pulumi, "ResourceOptions", lambda **given: given)
    monkeypatch.setattr(pulumi, "ProviderResource", lambda package, name, settings, options: (package, name, settings))

    azure.register(plan(stacks.environment(STACK)), {}, lambda file: "")

    elsewhere = {name: options["provider"] for name, options in used.items() if options["provider"]}
    assert elsewhere == {
        "zone-link/west/rg-dns/privatelink.westeurope.azmk8s.io": (
            "azure-native",
            f"azure/{THEIRS}",
            {"subscriptionId": THEIRS},
        )
    }
    assert "identity/cluster-east/api-zone" in used
