"""Resume tokens: where a reader of a stream was, opaque to it."""

import base64
import hashlib
import struct

import msgspec
from msgspec import Struct

from brokerwire_server.domain.errors import InvalidRequestError, Violation

_VERSION = 1


class Token(Struct, array_like=True, frozen=True):
    """The position of a reader: `sequences` by account, in the journal of `epoch`, under the filter of this hash."""

    version: int
    epoch: int
    filter: int
    sequences: dict[str, int]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Token).decode


def write_token(epoch: int, filter_: int, sequences: dict[str, int]) -> str:
    """Return the text of a token."""
    packed = _encode(Token(_VERSION, epoch, filter_, sequences))
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def read_token(text: str) -> Token:
    """Read a token. Raises `InvalidRequestError` where it is not one of ours."""
    try:
        token = _decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, msgspec.DecodeError):
        token = None
    if token is None or token.version != _VERSION:
        violation = Violation("options.resume_token", "INVALID_RESUME_TOKEN", "not a token of this gateway")
        raise InvalidRequestError.of(violation)
    return token


def filter_hash(*parts: str) -> int:
    """Return what identifies a filter: a token is honoured only under the filter that it was given for."""
    digest = hashlib.blake2b("\n".join(parts).encode(), digest_size=8).digest()
    return int(struct.unpack(">Q", digest)[0])
