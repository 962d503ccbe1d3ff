"""Values of Istio's policies, as tests of a string: exact, `abc*`, `*abc`, `*`, a path template, parts of an identity.

What istiod makes of each kind of value: istio/istio pilot/pkg/security/authz/model/generator.go and .../matcher.
"""

import re
from collections.abc import Callable

Test = Callable[[str], bool]

SPIFFE = "spiffe://"

# What a segment of a template's path is made of: kLiteral of envoyproxy/envoy uri_template_internal.cc.
_SEGMENT = r"[a-zA-Z0-9\-._~%!$&'()+,;:@=]"
_TEMPLATE = re.compile(rf"(/(\*\*?|{_SEGMENT}+))+({_SEGMENT}+|/)?")


def string(value: str) -> Test:
    """`*` is anything but nothing."""
    if value == "*":
        return bool
    return _prefix_suffix_or_exact(value)


def header(value: str) -> Test:
    """Asked of a header that is there, so that `*` is anything at all."""
    if value == "*":
        return lambda _: True
    return _prefix_suffix_or_exact(value)


def host(value: str) -> Test:
    """As a header, in any case of letters."""
    matches = header(value.lower())
    return lambda text: matches(text.lower())


def path(value: str) -> Test:
    """A path template where it has one of its operators, a string otherwise."""
    return _template(value) if "{*}" in value or "{**}" in value else string(value)


def principal(value: str) -> Test:
    """An identity as policies write it, without the scheme; asked of the identity in the certificate, which has it."""
    if value == "*":
        return bool
    if value.startswith("*"):
        ending = value[1:]
        return lambda identity: identity.startswith(SPIFFE) and identity.removeprefix(SPIFFE).endswith(ending)
    return _prefix_suffix_or_exact(SPIFFE + value)


def namespace(value: str) -> Test:
    """Any identity with this after /ns/, whatever its trust domain."""
    return _expression(f".*/ns/{_escaped(value, '.*')}/.*")


def service_account(value: str) -> Test:
    """`namespace/account`, whatever the trust domain."""
    of, _, account = value.partition("/")
    return _expression(f"{SPIFFE}.+/ns/{re.escape(of)}/(.+/|)sa/{re.escape(account)}(/.+)?")


def trust_domain(value: str) -> Test:
    if value == "*":
        return lambda identity: identity.startswith(SPIFFE)
    return _expression(f"{SPIFFE}{_escaped(value, '[^/]*')}/.*")


def _prefix_suffix_or_exact(value: str) -> Test:
    if value.startswith("*"):
        ending = value[1:]
        return lambda text: text.endswith(ending)
    if value.endswith("*"):
        beginning = value[:-1]
        return lambda text: text.startswith(beginning)
    return lambda text: text == value


def _template(value: str) -> Test:
    template = value.replace("{*}", "*").replace("{**}", "**")
    operators = re.findall(r"\*+", template)
    if not _TEMPLATE.fullmatch(template) or "**" in operators[:-1]:
        return lambda _: False  # Envoy refuses it, and with it the whole of the proxy's listener
    some, any_more = f"{_SEGMENT}+", f"({_SEGMENT}|/)*"
    parts = re.split(r"(\*\*?)", template)
    return _expression("".join({"*": some, "**": any_more}.get(part, re.escape(part)) for part in parts))


def _escaped(value: str, star: str) -> str:
    return star.join(map(re.escape, value.split("*")))


def _expression(expression: str) -> Test:
    compiled = re.compile(expression)
    return lambda text: compiled.fullmatch(text) is not None
