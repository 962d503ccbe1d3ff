"""What a stack file may say of the tokens (JWT) of end users."""

from typing import Annotated

from pydantic import Field

from mesh.declaration.spec.part import Part
from mesh.declaration.values.tokens import Audience, Issuer, KeySet


class Jwt(Part):
    """Each request needs a valid token in its header Authorization, as Bearer."""

    issuer: Annotated[Issuer, Field(examples=["https://login.example.com/"])]
    """Its claim iss."""
    audiences: Annotated[tuple[Audience, ...], Field(min_length=1, examples=[["api://orders"]])]
    """Its claim aud has one of these."""
    jwks: Annotated[KeySet, Field(examples=["https://login.example.com/.well-known/jwks.json"])]
    """The https address of the issuer's public keys, which istiod reads; or the key set itself, as JSON."""
