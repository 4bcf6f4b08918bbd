"""Idempotency keys."""

import secrets
import time
import uuid


def new_id() -> str:
    """A UUIDv7 as 36 characters: unique, and in the order of their making."""
    return str(_uuid7())


def new_short_id() -> str:
    """The same as 32 characters, for keys that the gateway makes longer ones from."""
    return _uuid7().hex


def _uuid7() -> uuid.UUID:
    millis = time.time_ns() // 1_000_000
    random = secrets.randbits(74)
    value = millis << 80 | 0x7 << 76 | (random >> 62) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return uuid.UUID(int=value)
