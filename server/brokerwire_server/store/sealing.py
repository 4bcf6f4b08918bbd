"""Sealing: AES-256-GCM envelopes. Each record has a data key of its own, which a key-encryption key wraps.

What a record belongs to (`Place`) is authenticated with it, so that a record that was moved to another connection or
field does not open. A key-encryption key is named by its id, so that records can be wrapped anew under another one.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence
from typing import Protocol

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from brokerwire_server.store.base import VaultError

KEY_BYTES = 32
_NONCE_BYTES = 12
_FORMAT = "brokerwire vault 1"


class Place(Struct, frozen=True, kw_only=True):
    """Where a sealed value belongs: all of it is authenticated."""

    kind: str
    connection_id: str = ""
    broker: str = ""
    environment: str = ""
    field: str

    def bound(self, purpose: str, key_id: str) -> bytes:
        """Return the data that is authenticated, without any ambiguity between its parts."""
        parts = (_FORMAT, purpose, key_id, self.kind, self.connection_id, self.broker, self.environment, self.field)
        return msgspec.json.encode(parts)


class Sealed(Struct, frozen=True, kw_only=True):
    """A sealed value. Both byte strings begin with their nonce."""

    key_id: str
    wrapped_key: bytes
    sealed: bytes


class KeyProvider(Protocol):
    """Whoever holds the key-encryption keys: a file, the environment, or a key service. It wraps only data keys."""

    def wrap(self, data_key: bytes, place: Place) -> tuple[str, bytes]:
        """Return the id of the present key, and the data key wrapped under it."""

    def unwrap(self, key_id: str, wrapped_key: bytes, place: Place) -> bytes:
        """Return a data key. Raises `VaultError` where the key is not at hand or the record is not what was made."""


class Keyring:
    """Keys at hand: the first one wraps, every one unwraps."""

    def __init__(self, keys: Sequence[bytes], source: str) -> None:
        """Hold `keys`; `source` names for a person where they come from."""
        self._keys = {key_id(key): key for key in keys}
        self._present = key_id(keys[0])
        self._source = source

    def wrap(self, data_key: bytes, place: Place) -> tuple[str, bytes]:
        """Return the id of the present key, and the data key wrapped under it."""
        return self._present, _encrypt(self._keys[self._present], data_key, place.bound("key", self._present))

    def unwrap(self, key_id: str, wrapped_key: bytes, place: Place) -> bytes:
        """Return a data key. Raises `VaultError`."""
        key = self._keys.get(key_id)
        if key is None:
            raise VaultError(
                f"the stored credentials are sealed with key {key_id}, which {self._source} does not hold: bring back "
                'the key that belongs to this database (see docs/operations.md, "When the key is lost")'
            )
        return _decrypt(key, wrapped_key, place.bound("key", key_id), place)


def seal(value: str, place: Place, keys: KeyProvider) -> Sealed:
    """Seal a value in its place."""
    data_key = os.urandom(KEY_BYTES)
    name, wrapped = keys.wrap(data_key, place)
    return Sealed(key_id=name, wrapped_key=wrapped, sealed=_encrypt(data_key, value.encode(), place.bound("value", "")))


def unseal(record: Sealed, place: Place, keys: KeyProvider) -> str:
    """Open a sealed value. Raises `VaultError` where it was not made in this place, or was changed."""
    data_key = keys.unwrap(record.key_id, record.wrapped_key, place)
    return _decrypt(data_key, record.sealed, place.bound("value", ""), place).decode()


def rewrap(record: Sealed, place: Place, keys: KeyProvider) -> Sealed:
    """Return the record under the present key; the value itself is not opened."""
    name, wrapped = keys.wrap(keys.unwrap(record.key_id, record.wrapped_key, place), place)
    return Sealed(key_id=name, wrapped_key=wrapped, sealed=record.sealed)


def key_id(key: bytes) -> str:
    """Return a name for a key that says nothing about it."""
    return hashlib.sha256(b"brokerwire key id\n" + key).hexdigest()[:16]


def new_key() -> bytes:
    """Return a new key-encryption key."""
    return os.urandom(KEY_BYTES)


def key_text(key: bytes) -> str:
    """Return a key as text, as it is kept."""
    return base64.urlsafe_b64encode(key).decode()


def parse_key(text: str, source: str) -> bytes:
    """Read a key from text. Raises `VaultError`, which does not quote it."""
    try:
        key = base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise VaultError(f"{source} does not hold a key: expected base64 of {KEY_BYTES} bytes")
    return key


def _encrypt(key: bytes, data: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, bound)


def _decrypt(key: bytes, data: bytes, bound: bytes, place: Place) -> bytes:
    try:
        return AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], bound)
    except (InvalidTag, ValueError):
        what = f"{place.kind} {place.field!r}" + (
            f" of connection {place.connection_id}" if place.connection_id else ""
        )
        raise VaultError(
            f"the sealed {what} does not open: the key is another one, or the record was changed or moved; "
            "bring back the key, or restore a backup of the whole data directory"
        ) from None
