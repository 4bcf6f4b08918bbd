"""Reads a message into a dataclass, field by field, as the dataclass's annotations say."""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

if typing.TYPE_CHECKING:
    from google.protobuf.message import Message

T = TypeVar("T")
Read = Callable[[Any], Any]

NOT_WIRE = {"wire": False}
"""Metadata of a dataclass field that no message has."""

PLAIN = (str, int, bool, bytes)

# How a nested message becomes a value of Python's own.
SCALARS: dict[Any, Read] = {
    Decimal: lambda message: Decimal(message.value),
    datetime: lambda message: message.ToDatetime(tzinfo=UTC),
    timedelta: lambda message: message.ToTimedelta(),
    date: lambda message: date(message.year, message.month, message.day),
}


def decode(cls: Callable[..., T], message: Message) -> T:
    """Makes a `cls` from the fields of the same names."""
    values = {name: read(message) for name, read in _plan(cls)}
    return cls(raw=message, **values)


@functools.cache
def _plan(cls: Any) -> tuple[tuple[str, Read], ...]:  # noqa: ANN401 - any dataclass
    hints = typing.get_type_hints(cls, localns={"Message": object})
    names = (field.name for field in fields(cls) if field.name != "raw" and field.metadata.get("wire", True))
    return tuple((name, _reader(name, hints[name])) for name in names)


def _reader(name: str, hint: Any) -> Read:  # noqa: ANN401 - an annotation has no type of its own
    origin = typing.get_origin(hint)
    if origin is tuple:
        element = _element(typing.get_args(hint)[0])
        return lambda message: tuple(element(item) for item in getattr(message, name))
    if origin is Mapping:
        return lambda message: types.MappingProxyType(dict(getattr(message, name)))
    optional = origin in {typing.Union, types.UnionType}
    base = next(arg for arg in typing.get_args(hint) if arg is not type(None)) if optional else hint
    return _single(name, base, optional=optional)


def _single(name: str, base: Any, *, optional: bool) -> Read:  # noqa: ANN401 - as above
    convert = _element(base)
    if optional:
        return lambda message: convert(getattr(message, name)) if message.HasField(name) else None
    if base in PLAIN:
        return lambda message: getattr(message, name)
    if hasattr(base, "from_number"):
        return lambda message: convert(getattr(message, name))
    return lambda message: convert(_present(message, name))


def _element(base: Any) -> Read:  # noqa: ANN401 - as above
    if base in PLAIN:
        return lambda value: value
    if base in SCALARS:
        return SCALARS[base]
    convert: Read = getattr(base, "from_number", None) or base.from_proto
    return convert


def _present(message: Message, name: str) -> Any:  # noqa: ANN401 - any message
    if not message.HasField(name):
        problem = f"the gateway left {message.DESCRIPTOR.name}.{name} out, which the contract always sets"
        raise ValueError(problem)
    return getattr(message, name)
