"""What Azure refuses of security groups and their rules, rule by rule."""

import pytest
from arm_client import Azure, in_region, rule
from shop import ASG, NEW_GROUP, NEW_RULE, NSG, Rule, from_groups, group

RULES = (
    Rule(
        "a group's name has 80 characters at most",
        f"{NSG}/{'n' * 81}",
        in_region({}),
        "InvalidResourceName",
        in_region({}),
        f"{NSG}/{'n' * 80}",
    ),
    Rule(
        "a rule's name has no blank",
        f"{NSG}/apps/securityRules/a b",
        rule(),
        "InvalidResourceName",
        rule(),
        f"{NSG}/apps/securityRules/a.b",
    ),
    Rule("a rule has a protocol", NEW_RULE, rule(protocol=None), "InvalidRequestFormat", rule(protocol="*")),
    Rule("a rule's protocol is known", NEW_RULE, rule(protocol="Http"), "InvalidRequestFormat", rule(protocol="tcp")),
    Rule("a rule has a direction", NEW_RULE, rule(direction=None), "InvalidRequestFormat", rule(direction="Outbound")),
    Rule("a rule allows or denies", NEW_RULE, rule(access="Maybe"), "InvalidRequestFormat", rule(access="Deny")),
    Rule("a rule has a priority", NEW_RULE, rule(priority=None), "InvalidRequestFormat", rule(priority=4096)),
    Rule("a priority is 100 at least", NEW_RULE, rule(priority=99), "SecurityRuleInvalidPriority", rule(priority=100)),
    Rule(
        "a priority is 4096 at most", NEW_RULE, rule(priority=4097), "SecurityRuleInvalidPriority", rule(priority=4096)
    ),
    Rule(
        "a priority is used once in a direction",
        NEW_RULE,
        rule(priority=300),
        "SecurityRuleConflict",
        rule(priority=300, direction="Outbound"),
    ),
    Rule(
        "two rules of one group do not conflict",
        NEW_GROUP,
        group({"name": "a", **rule()}, {"name": "b", **rule()}),
        "SecurityRuleConflict",
        group({"name": "a", **rule()}, {"name": "b", **rule(priority=201)}),
    ),
    Rule(
        "two rules of one group have two names",
        NEW_GROUP,
        group({"name": "a", **rule()}, {"name": "A", **rule(priority=201)}),
        "InvalidRequestFormat",
        group({"name": "a", **rule()}, {"name": "b", **rule(priority=201)}),
    ),
    Rule(
        "a list of ports is not written with commas",
        NEW_RULE,
        rule(destinationPortRange="80,443"),
        "SecurityRuleInvalidPortRange",
        rule(destinationPortRange=None, destinationPortRanges=["80", "443"]),
    ),
    Rule(
        "a port is 65535 at most",
        NEW_RULE,
        rule(destinationPortRange="65536"),
        "SecurityRuleInvalidPortRange",
        rule(destinationPortRange="65535"),
    ),
    Rule(
        "a port range ascends",
        NEW_RULE,
        rule(destinationPortRange="90-80"),
        "SecurityRuleInvalidPortRange",
        rule(destinationPortRange="80-90"),
    ),
    Rule(
        "a list of ports has no star",
        NEW_RULE,
        rule(destinationPortRange=None, destinationPortRanges=["*"]),
        "SecurityRuleParameterContainsInvalidPortRanges",
        rule(destinationPortRange="*"),
    ),
    Rule(
        "each port of a list is one",
        NEW_RULE,
        rule(destinationPortRange=None, destinationPortRanges=["443", "80-"]),
        "SecurityRuleInvalidPortRange",
        rule(destinationPortRange=None, destinationPortRanges=["443", "80-81"]),
    ),
    Rule(
        "each address of a list is one",
        NEW_RULE,
        rule(sourceAddressPrefix=None, sourceAddressPrefixes=["10.0.0.0/8", "everywhere"]),
        "SecurityRuleInvalidAddressPrefix",
        rule(sourceAddressPrefix=None, sourceAddressPrefixes=["10.0.0.0/8", "192.0.2.0/24"]),
    ),
    Rule(
        "a rule names its ports once",
        NEW_RULE,
        rule(destinationPortRanges=["80"]),
        "InvalidParameter",
        rule(destinationPortRanges=[]),
    ),
    Rule("a rule has ports", NEW_RULE, rule(destinationPortRange=None), "InvalidRequestFormat", rule()),
    Rule(
        "a rule has a source",
        NEW_RULE,
        rule(sourceAddressPrefix=None),
        "InvalidRequestFormat",
        rule(sourceAddressPrefix="*"),
    ),
    Rule(
        "an address prefix has no host bits",
        NEW_RULE,
        rule(sourceAddressPrefix="50.206.209.68/27"),
        "SecurityRuleInvalidAddressPrefix",
        rule(sourceAddressPrefix="50.206.209.64/27"),
    ),
    Rule(
        "an address prefix has 32 bits at most",
        NEW_RULE,
        rule(sourceAddressPrefix="10.0.0.0/33"),
        "SecurityRuleInvalidAddressPrefix",
        rule(sourceAddressPrefix="10.0.0.1/32"),
    ),
    Rule(
        "a service tag is known",
        NEW_RULE,
        rule(sourceAddressPrefix="AzureBastionSubnet"),
        "SecurityRuleInvalidAddressPrefix",
        rule(sourceAddressPrefix="virtualnetwork"),
    ),
    Rule(
        "a regional tag names a region",
        NEW_RULE,
        rule(sourceAddressPrefix="Storage.Mars"),
        "SecurityRuleInvalidAddressPrefix",
        rule(sourceAddressPrefix="Storage.WestEurope"),
    ),
    Rule(
        "a global tag names no region",
        NEW_RULE,
        rule(sourceAddressPrefix="Internet.WestEurope"),
        "SecurityRuleInvalidAddressPrefix",
        rule(sourceAddressPrefix="Internet"),
    ),
    Rule(
        "a list of addresses has no service tag",
        NEW_RULE,
        rule(sourceAddressPrefix=None, sourceAddressPrefixes=["Internet"]),
        "SecurityRuleParameterContainsUnsupportedValue",
        rule(sourceAddressPrefix=None, sourceAddressPrefixes=["10.0.0.0/8", "192.0.2.1"]),
    ),
    Rule(
        "a rule names its source once",
        NEW_RULE,
        rule(sourceApplicationSecurityGroups=[{"id": f"{ASG}/machines"}]),
        "InvalidParameter",
        from_groups("machines"),
    ),
    Rule(
        "a rule's application group exists",
        NEW_RULE,
        from_groups("none"),
        "InvalidResourceReference",
        from_groups("machines"),
    ),
    Rule(
        "a rule's application group is in its region",
        NEW_RULE,
        from_groups("far"),
        "InvalidResourceReference",
        from_groups("machines"),
    ),
    Rule(
        "a rule has ten application groups a side",
        NEW_RULE,
        from_groups(*["machines"] * 11),
        "InvalidParameter",
        from_groups(*["machines"] * 10),
    ),
    Rule(
        "a description has 140 characters at most",
        NEW_RULE,
        rule(description="d" * 141),
        "InvalidParameter",
        rule(description="d" * 140),
    ),
    Rule(
        "a group has 4000 source addresses at most",
        NEW_GROUP,
        group({"name": "a", **rule(sourceAddressPrefix=None, sourceAddressPrefixes=["10.0.0.1"] * 4001)}),
        "SecurityRuleAddressesOrPortsPerSecurityGroupLimitReached",
        group(
            {
                "name": "a",
                **rule(
                    sourceAddressPrefix=None,
                    sourceAddressPrefixes=["10.0.0.1"] * 4000,
                    destinationAddressPrefix=None,
                    destinationAddressPrefixes=["10.0.0.1"] * 4000,
                ),
            }
        ),
    ),
    Rule(
        "an application group's name has no blank",
        f"{ASG}/a b",
        {"location": "westeurope"},
        "InvalidResourceName",
        {"location": "westeurope"},
        f"{ASG}/new",
    ),
    Rule(
        "a group has 1000 rules at most",
        NEW_GROUP,
        group(*({"name": f"r{n}", **rule(priority=100 + n)} for n in range(1001))),
        "InvalidParameter",
        group({"name": "r", **rule()}),
    ),
    Rule(
        "a rule beside others keeps to the addresses of its group",
        NEW_RULE,
        rule(sourceAddressPrefix=None, sourceAddressPrefixes=["10.0.0.1"] * 4001),
        "SecurityRuleAddressesOrPortsPerSecurityGroupLimitReached",
        rule(sourceAddressPrefix=None, sourceAddressPrefixes=["10.0.0.1"] * 4000),
    ),
    Rule(
        "a rule names its destination once",
        NEW_RULE,
        rule(destinationAddressPrefixes=["10.0.0.1"]),
        "InvalidParameter",
        rule(destinationAddressPrefix=None, destinationAddressPrefixes=["10.0.0.1"]),
    ),
)


@pytest.mark.parametrize("case", RULES, ids=lambda case: case.sentence)
def test_what_breaks_a_rule_is_refused_by_its_code_and_what_keeps_it_is_accepted(shop: Azure, case: Rule):
    assert shop.refused(case.path, case.refused) == case.code
    shop.made(case.accepted_path or case.path, case.accepted)
