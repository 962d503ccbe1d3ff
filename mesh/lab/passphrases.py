"""The encryption salt of a stack file, and whether a passphrase opens it, as the engine's passphrase provider checks.

https://github.com/pulumi/pulumi/blob/master/pkg/secrets/passphrase/manager.go
"""

import base64
import binascii
import re
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

_LINE = re.compile(r"^encryptionsalt:[ \t]*(\S+)", re.MULTILINE)
_ITERATIONS, _KEY_BYTES = 1_000_000, 32
_PROOF = b"pulumi"
"""What the salt holds encrypted, for this check."""


def salt(stack_file: str) -> str | None:
    """Of a stack file's text; None where it has none."""
    line = _LINE.search(stack_file)
    return line[1].strip("\"'") if line else None


@lru_cache(maxsize=64)
def opens(passphrase: str, encryption_salt: str) -> bool:
    """False also for a salt in another form."""
    try:
        version, salt_text, inner_version, nonce, sealed = encryption_salt.split(":")
        raw_salt, raw_nonce, raw_sealed = map(base64.b64decode, (salt_text, nonce, sealed))
    except (ValueError, binascii.Error):
        return False
    if (version, inner_version) != ("v1", "v1"):
        return False
    key = PBKDF2HMAC(SHA256(), _KEY_BYTES, raw_salt, _ITERATIONS).derive(passphrase.encode())
    try:
        return AESGCM(key).decrypt(raw_nonce, raw_sealed, None) == _PROOF
    except (InvalidTag, ValueError):
        return False
