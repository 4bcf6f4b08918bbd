"""What all types share: records read from messages, and enums that survive a newer server."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Self, TypeVar

from brokerwire.types._decode import NOT_WIRE, decode

if TYPE_CHECKING:
    from google.protobuf.message import Message

__all__ = ["NOT_WIRE", "Record", "WireEnum"]

E = TypeVar("E", bound="WireEnum")


class WireEnum(StrEnum):
    """An enum of the contract: text that equals its lower-case name, with the contract's number.

    A value that this version does not know becomes UNKNOWN and keeps its number.
    """

    number: int

    def __new__(cls, value: str, number: int) -> Self:
        """Makes a member."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.number = number
        return member

    @classmethod
    def from_number(cls, number: int) -> Self:
        """The member with a number of the contract, or UNKNOWN with that number."""
        known: Self | None = _members(cls).get(number)
        return _unknown(cls, number) if known is None else known

    @classmethod
    def choices(cls) -> tuple[str, ...]:
        """What a request may say, in the contract's order."""
        return tuple(str(member) for member in cls if member.number > 0)


@functools.cache
def _members(enum: type[E]) -> dict[int, E]:
    return {member.number: member for member in enum}


@functools.cache
def _unknown(enum: type[E], number: int) -> E:
    member = str.__new__(enum, "unknown")  # Enum's own __new__ finds members, it makes none
    member._name_ = "UNKNOWN"
    member._value_ = "unknown"
    member.number = number
    return member


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A read-only value of the contract.

    Decimals are exact, times are aware and in UTC, None means that the gateway did not say.
    """

    raw: Message | None = field(default=None, repr=False, compare=False)
    """The message that it was read from, with every field. None for one made by hand."""

    @classmethod
    def from_proto(cls, message: Message) -> Self:
        """Reads the record from its message.

        Raises:
            ValueError: a field that the contract always sets is absent.
        """
        return decode(cls, message)
