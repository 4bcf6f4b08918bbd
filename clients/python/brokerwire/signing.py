"""Signed orders: proof to the gateway that the holder of a key asked for exactly this.

    signer = Signer.from_file("trading-key.pem", key_id="sk_1f0c...")
    client = brokerwire.connect(..., signer=signer)

Making keys and signing need the package `cryptography`: `pip install 'brokerwire[signing]'`.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from google.protobuf.timestamp_pb2 import Timestamp

from brokerwire.v1 import decimal_pb2, order_service_pb2, orders_pb2, position_service_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from google.protobuf.descriptor import FieldDescriptor
    from google.protobuf.message import Message

__all__ = ["SIGNED", "Signer", "canonical_text"]

HEADER = "brokerwire-signature-v1"
LIFETIME = 20.0
"""Seconds for which a signature is good, unless said otherwise; a gateway takes at most 30."""

SIGNED = (
    orders_pb2.OrderRequest,
    order_service_pb2.ReplaceOrderRequest,
    position_service_pb2.ClosePositionRequest,
    position_service_pb2.ClosePositionsRequest,
)
"""The messages that carry a signature."""

_LEFT_OUT = orders_pb2.OrderSignature.DESCRIPTOR.fields_by_name["signature"]
_NANOS = 1_000_000_000


class Signer:
    """Signs requests with an Ed25519 key. It never shows the key."""

    def __init__(self, key: Ed25519PrivateKey, key_id: str, *, lifetime: float = LIFETIME) -> None:
        """Sign as `key_id`, the name that the gateway gave the public key; `lifetime` in seconds, at most 30."""
        self.key_id = key_id
        self._key = key
        self._lifetime = round(lifetime * _NANOS)

    @classmethod
    def from_file(cls, path: str | Path, key_id: str, *, lifetime: float = LIFETIME) -> Signer:
        """Sign with the private key in a PEM file (PKCS #8, not encrypted).

        Raises:
            ImportError: `cryptography` is not installed.
            ValueError: the file holds no Ed25519 key.
        """
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - optional
        from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - optional

        key = load_pem_private_key(Path(path).read_bytes(), None)
        if not isinstance(key, Ed25519PrivateKey):
            problem = f"{path} holds a key of another kind; a signing key is Ed25519"
            raise ValueError(problem)
        return cls(key, key_id, lifetime=lifetime)

    def sign(self, request: Message, *, now: int | None = None) -> None:
        """Put a signature into a request that is complete otherwise; it takes the place of an earlier one.

        `now` is nanoseconds since 1970, else the clock's. Requests that are never signed are left as they are.
        """
        if isinstance(request, order_service_pb2.SubmitOrderRequest):
            request = request.order
        if not isinstance(request, SIGNED):
            return
        expires = (time.time_ns() if now is None else now) + self._lifetime
        request.signature.Clear()
        request.signature.key_id = self.key_id
        request.signature.expire_time.seconds, request.signature.expire_time.nanos = divmod(expires, _NANOS)
        request.signature.signature = self._key.sign(canonical_text(request).encode())

    def __repr__(self) -> str:
        return f"Signer(key_id={self.key_id!r})"


def canonical_text(request: Message) -> str:
    """The text that is signed, as the contract's OrderSignature defines it. Fields that are not known are not in it."""
    lines = (HEADER, request.DESCRIPTOR.name, *_lines(request, ""))
    return "".join(f"{line}\n" for line in lines)


def _lines(message: Message, path: str) -> Iterator[str]:
    for field, value in message.ListFields():
        name = path + field.name
        if field == _LEFT_OUT:
            continue
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            for index, key in enumerate(sorted(value, key=str.encode)):
                yield f"{name}[{index}].key={_escaped(key)}"
                yield f"{name}[{index}].value={_escaped(value[key])}"
        elif field.is_repeated:
            for index, element in enumerate(value):
                yield from _value(field, element, f"{name}[{index}]")
        else:
            yield from _value(field, value, name)


def _value(field: FieldDescriptor, value: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - any field's value
    if isinstance(value, decimal_pb2.Decimal):
        yield f"{path}={_escaped(value.value)}"
    elif isinstance(value, Timestamp):
        yield f"{path}={value.seconds * _NANOS + value.nanos}"
    elif field.message_type is not None:
        yield from list(_lines(value, f"{path}.")) or (f"{path}=",)
    elif field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        yield f"{path}={value if known is None else known.name}"
    elif isinstance(value, bool):
        yield f"{path}=true"
    else:
        yield f"{path}={_escaped(value) if isinstance(value, str) else value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")
