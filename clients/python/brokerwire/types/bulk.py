"""Results of calls that work on many orders or positions: one failure does not stop the others."""

from dataclasses import dataclass
from typing import Self

from google.protobuf.message import Message

from brokerwire._status import from_command_error
from brokerwire.errors import BrokerwireError
from brokerwire.types._base import Record
from brokerwire.types._trading_enums import ActionOutcome
from brokerwire.types.orders import Order
from brokerwire.v1 import order_service_pb2, position_service_pb2

__all__ = ["CancelReport", "CancelResult", "CloseReport", "CloseResult"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelResult(Record):
    """What became of one order."""

    order: Order
    outcome: ActionOutcome
    error: BrokerwireError | None
    """Why no cancel was sent. None if one was."""

    @classmethod
    def from_proto(cls, message: Message) -> Self:
        """Reads a brokerwire.v1.CancelOrdersResult."""
        assert isinstance(message, order_service_pb2.CancelOrdersResult)  # noqa: S101 - for the type checker
        return cls(
            raw=message,
            order=Order.from_proto(message.order),
            outcome=ActionOutcome.from_number(message.outcome),
            error=from_command_error(message.error) if message.HasField("error") else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReport(Record):
    """What became of every order that was open."""

    results: tuple[CancelResult, ...]
    unreachable: tuple[str, ...]
    """Accounts whose broker could not be reached: orders there may still be live."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseResult(Record):
    """What became of one position."""

    account_id: str
    symbol: str
    order: Order | None
    """The closing order. None if none was sent."""
    error: BrokerwireError | None

    @classmethod
    def from_proto(cls, message: Message) -> Self:
        """Reads a brokerwire.v1.ClosePositionsResult."""
        assert isinstance(message, position_service_pb2.ClosePositionsResult)  # noqa: S101 - as above
        return cls(
            raw=message,
            account_id=message.account_id,
            symbol=message.symbol,
            order=Order.from_proto(message.order) if message.HasField("order") else None,
            error=from_command_error(message.error) if message.HasField("error") else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseReport(Record):
    """What became of every position that was open."""

    results: tuple[CloseResult, ...]
    unreachable: tuple[str, ...]
    """Accounts whose broker could not be reached: positions there are as they were."""
