"""The test vectors of signed requests, which the clients of all languages share."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from brokerwire.signing import SIGNED, Signer

_FILE = json.loads((Path(__file__).resolve().parents[1] / "vectors" / "signatures.json").read_text())
_KINDS = {kind.DESCRIPTOR.name: kind for kind in SIGNED}

KEY = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(_FILE["seed"]))
PUBLIC_KEY = bytes.fromhex(_FILE["public_key"])
NOW = int(_FILE["now"])


@dataclass(frozen=True)
class Vector:
    """A request with key_id and expire_time but without the signature's bytes, and what must come of it."""

    about: str
    request: Any
    json: dict[str, Any]
    text: str
    signature: bytes


VECTORS = [
    Vector(
        about=each["about"],
        request=_KINDS[each["message"]].FromString(base64.b64decode(each["request"])),
        json=each["json"],
        text=each["text"],
        signature=bytes.fromhex(each["signature"]),
    )
    for each in _FILE["vectors"]
]


def signer(key_id: str = _FILE["key_id"], *, lifetime: float = _FILE["lifetime_seconds"]) -> Signer:
    """A signer with the vectors' key."""
    return Signer(KEY, key_id, lifetime=lifetime)
