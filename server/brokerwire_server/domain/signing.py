"""Signatures under orders: who may sign, and what was signed."""

from enum import StrEnum

from msgspec import Struct

MAX_LIFETIME = 30_000_000_000
"""Nanoseconds ahead that a signature may expire."""


class SigningPolicy(StrEnum):
    """Which accounts take signed orders only."""

    OFF = "off"
    LIVE = "live"
    ALL = "all"


class SigningKey(Struct, frozen=True, kw_only=True):
    """A public Ed25519 key (32 bytes) with which `principal` signs. `revoke_time` is 0 while it is good."""

    key_id: str
    principal: str
    public_key: bytes
    description: str = ""
    create_time: int = 0
    revoke_time: int = 0


class Signature(Struct, frozen=True, kw_only=True):
    """A signature (64 bytes) as it came, and the canonical text that it must be for: whole evidence by itself."""

    key_id: str
    signature: bytes
    expire_time: int
    text: str
