"""How the HTTP door reads and writes messages: protobuf's binary form, and its JSON form read strictly."""

import json
import re
from base64 import b64encode
from typing import Any

from connectrpc.code import Code
from connectrpc.errors import ConnectError, ErrorDetail
from google.protobuf.json_format import MessageToDict, MessageToJson, Parse, ParseError
from google.protobuf.message import DecodeError, Message
from google.rpc import status_pb2
from msgspec import Struct
from protobuf import message_from_json_value
from protobuf.wkt import Any as WireAny
from protobuf.wkt import Struct as WireStruct

from brokerwire_server.api import CallError
from brokerwire_server.api.errors import describe, malformed

MAX_JSON_DEPTH = 32

_UNKNOWN_FIELD = re.compile(r'has no field named "([^"]{1,100})"')
_AT_FIELD = re.compile(r"Failed to parse (\w{1,100}) field: ")
_SNAKE = re.compile(r"(?<=[a-z])([A-Z])")
_UNQUOTED = "is not what the contract has; what came is not quoted, because it may hold a secret"
_CODE_OF = {
    1: Code.CANCELED,
    2: Code.UNKNOWN,
    3: Code.INVALID_ARGUMENT,
    4: Code.DEADLINE_EXCEEDED,
    5: Code.NOT_FOUND,
    6: Code.ALREADY_EXISTS,
    7: Code.PERMISSION_DENIED,
    8: Code.RESOURCE_EXHAUSTED,
    9: Code.FAILED_PRECONDITION,
    10: Code.ABORTED,
    11: Code.OUT_OF_RANGE,
    12: Code.UNIMPLEMENTED,
    13: Code.INTERNAL,
    14: Code.UNAVAILABLE,
    15: Code.DATA_LOSS,
    16: Code.UNAUTHENTICATED,
}


class Encoded(Struct, frozen=True):
    """A response that is serialised already, and what it is a message of."""

    data: bytes
    kind: type[Message]


class BinaryCodec:
    """Protobuf's binary form."""

    def name(self) -> str:
        """Name it as in content types."""
        return "proto"

    def encode(self, message: Message | Encoded) -> bytes:
        """Return a response's bytes."""
        return message.data if isinstance(message, Encoded) else message.SerializeToString()

    def decode(self, data: bytes | bytearray, message_class: type[Message]) -> Message:
        """Return the request in some bytes. Raises `ConnectError` with typed details where there is none."""
        try:
            return message_class.FromString(bytes(data))
        except DecodeError:
            raise _malformed(f"the bytes are not a {message_class.DESCRIPTOR.full_name}") from None


class JsonCodec:
    """Protobuf's JSON form. A field that the message does not have is an error: it may be a misspelt one."""

    def name(self) -> str:
        """Name it as in content types."""
        return "json"

    def encode(self, message: Message | Encoded) -> bytes:
        """Return a response as JSON."""
        if isinstance(message, Encoded):
            message = message.kind.FromString(message.data)
        return MessageToJson(message, indent=None).encode()

    def decode(self, data: bytes | bytearray, message_class: type[Message]) -> Message:
        """Return the request in a JSON text. Raises `ConnectError` with typed details where there is none."""
        message = message_class()
        text = bytes(data).strip() or b"{}"
        if not text.startswith(b"{"):
            raise _malformed("the request must be a JSON object")
        try:
            Parse(text, message, max_recursion_depth=MAX_JSON_DEPTH)
        except (ParseError, UnicodeDecodeError, RecursionError) as error:
            fault, field = _fault(str(error))
            if _holds_secrets(message_class):
                fault, field = _UNQUOTED, field if field in message_class.DESCRIPTOR.fields_by_name else "request"
            raise _malformed(fault, field) from None
        return message


def connect_error(status: status_pb2.Status) -> ConnectError:
    """Return a status as Connect's own error, with the same details."""
    return ConnectError(_CODE_OF[status.code], status.message, [_Detail(detail) for detail in status.details])


class _Detail(ErrorDetail):
    """A detail made by google.protobuf. Connect's own runtime is another, so the bytes are passed on as they are."""

    def __init__(self, detail: Any) -> None:  # noqa: ANN401 - google.protobuf.any_pb2.Any
        super().__init__(WireAny(type_url=detail.type_url, value=detail.value))
        self._readable = detail

    def value(self, *_: Any) -> Any:  # noqa: ANN401
        """Return the detail in a form that people can read: what Connect shows as `debug`."""
        return message_from_json_value(WireStruct, _plain(self._readable))


def _plain(detail: Any) -> dict[str, Any]:  # noqa: ANN401 - google.protobuf.any_pb2.Any
    plain: dict[str, Any] = MessageToDict(detail)
    plain.pop("@type", None)
    return plain


def _malformed(message: str, field: str = "request") -> ConnectError:
    return connect_error(CallError(describe(malformed(message, field), mutates=True)).status)


def _holds_secrets(message_class: type[Message]) -> bool:
    """Whether the contract marks a field of a request as one that must not be shown."""
    return any(field.GetOptions().debug_redact for field in message_class.DESCRIPTOR.fields)


def _fault(text: str) -> tuple[str, str]:
    """Return what is wrong with a JSON text, for people, and the path of the field."""
    path = [_SNAKE.sub(r"_\1", name).lower() for name in _AT_FIELD.findall(text)]
    unknown = _UNKNOWN_FIELD.search(text)
    if unknown is not None:
        return "there is no such field; check the spelling", ".".join([*path, unknown.group(1)])
    message = _AT_FIELD.sub("", text).partition("\n")[0].rstrip(".")
    return message[:300], ".".join(path) or "request"


def error_json(status: status_pb2.Status) -> bytes:
    """Return a status as Connect's JSON error, for answers outside of connectrpc."""
    details = [
        {
            "type": detail.type_url.rpartition("/")[2],
            "value": b64encode(detail.value).decode().rstrip("="),
            "debug": _plain(detail),
        }
        for detail in status.details
    ]
    return json.dumps({"code": _CODE_OF[status.code].value, "message": status.message, "details": details}).encode()
