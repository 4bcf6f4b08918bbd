"""What a call brings to prove who it is, and how bearer tokens look."""

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable

from msgspec import Struct

from brokerwire_server.domain.access import Principal, TokenRecord

SECRET_BYTES = 32
_ID_BYTES = 8
_SCHEME = "bearer "
_TOKEN = re.compile(r"bw_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")

Random = Callable[[int], bytes]
"""Returns that many bytes that nobody can guess."""


class Certificate(Struct, frozen=True):
    """A client certificate that the gateway's authority vouches for: the principal that it names, and when it ends."""

    principal: str
    expire_time: int


class Credentials(Struct, frozen=True, kw_only=True):
    """What came with a call. `address` is the caller's, empty on a Unix socket.

    `local`: it came through a plaintext door, which only this machine reaches.
    """

    authorization: str = ""
    otp: str = ""
    address: str = ""
    certificate: Certificate | None = None
    local: bool = False

    @property
    def kind(self) -> str:
        """Say what was brought, for the audit trail. A token's id is no secret; nothing else of it is quoted."""
        if self.authorization:
            parts = bearer(self.authorization)
            return f"token {parts[0]}" if parts else "malformed token"
        return f"certificate of {self.certificate.principal[:64]}" if self.certificate else "none"


def new_token(random: Random) -> tuple[str, str, bytes]:
    """Return a new token: its id, the token itself, and the digest of its secret."""
    token_id = random(_ID_BYTES).hex()
    secret = urlsafe_b64encode(random(SECRET_BYTES)).decode().rstrip("=")
    return token_id, f"bw_{token_id}_{secret}", digest(secret)


def bearer(authorization: str) -> tuple[str, bytes] | None:
    """Return the id and the digest of the secret in an `authorization` header; `None` where it has no such token."""
    if authorization[: len(_SCHEME)].lower() != _SCHEME:
        return None
    found = _TOKEN.fullmatch(authorization, len(_SCHEME))
    return (found[1], digest(found[2])) if found else None


def digest(secret: str) -> bytes:
    """Return what is stored of a secret. It has 256 random bits, so that a plain hash can't be tried back."""
    return hashlib.sha256(secret.encode()).digest()


class Grant(Struct, frozen=True, kw_only=True):
    """What a credential gives: a principal, until `expire_time` (nanoseconds; 0: for ever).

    `token` is what proved it, where that was a token.
    """

    principal: Principal
    token: TokenRecord | None = None
    expire_time: int = 0
