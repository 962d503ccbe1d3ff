"""Values of tokens (JWT): who issues them, for whom, by which keys, and what they claim."""

import json
import re
from typing import Annotated

from pydantic import AfterValidator, Field

from mesh.declaration.values.rule import Rule, wrong

Issuer = Annotated[
    str,
    Rule(
        r"[!-~]*[!-)+-~]",
        "an issuer is the exact text of the claim iss, on one line, without a star at its end",
        "Copy issuer of its .well-known/openid-configuration",
        1024,
    ),
]
Audience = Annotated[
    str, Rule("[!-)+-~]+", "an audience is the exact text of the claim aud", "Write one such as api://orders", 1024)
]
ClaimName = Annotated[str, Rule("[A-Za-z0-9_.:/-]+", "it is not the name of a claim", "Write one such as roles", 200)]
ClaimValue = Annotated[
    str, Rule("[!-)+-~]([ -)+-~]*[!-)+-~])?", "a value is one line without stars", "Write one such as admin", 200)
]
Claims = dict[ClaimName, Annotated[tuple[ClaimValue, ...], Field(min_length=1)]]


def _keys(keys: str) -> str:
    if re.fullmatch(r"https://[!-~]+", keys):
        return keys
    if not keys.lstrip().startswith("{"):
        raise wrong(
            "jwks is neither an https address nor a key set", "Copy jwks_uri of .well-known/openid-configuration"
        )
    try:
        found = json.loads(keys)
    except ValueError:
        raise wrong("the key set is no JSON", "Copy what jwks_uri answers, or write its address") from None
    if not isinstance(found.get("keys"), list) or not found["keys"]:
        raise wrong("the key set has no keys", "Copy what jwks_uri answers, or write its address")
    if any(isinstance(key, dict) and {"d", "k"} & key.keys() for key in found["keys"]):
        raise wrong("the key set holds a private or a shared key", "Write its public keys only")
    return keys


KeySet = Annotated[str, AfterValidator(_keys)]
