"""A rig: the hands on one broker and the eyes on its truth. Adding a broker to the kit means writing one.

A rig runs the broker (in this process, or its sandbox), makes adapters for it, and brings about what the cases ask for.
What its broker can't suffer it names in `excuses`, with the reason; the kit shows that in its table and in the pages
under docs/adapters. Every hazard is either a method of the rig or an excuse: `test_kit.py` holds rigs to that.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct

if TYPE_CHECKING:
    from brokerwire_server.brokers.base import BrokerAdapter
    from brokerwire_server.domain.capabilities import Capabilities
    from brokerwire_server.domain.orders import Side


class Command(StrEnum):
    """A command that a fault strikes."""

    SUBMIT = "SUBMIT"
    CANCEL = "CANCEL"
    REPLACE = "REPLACE"


class Word(StrEnum):
    """What an event of a broker's stream says about an order."""

    ACCEPTED = "ACCEPTED"
    FILL = "FILL"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    REPLACED = "REPLACED"


class Hazard(StrEnum):
    """What may happen at, or on the way to, a broker. The value is the method of `Rig` that brings it about."""

    ANSWER_LOST = "lose_answers"
    ERROR_AFTER = "fail_after"
    ERROR_BEFORE = "fail_before"
    REQUEST_LOST = "lose_requests"
    CONNECTION_REFUSED = "refuse_connections"
    ANSWER_LATE = "hold_answers"
    ANSWER_BROKEN = "break_answers"
    ANSWER_HTML = "answer_html"
    THROTTLED = "throttle"
    RATE_LOW = "use_up_rate"
    CANCEL_REFUSED = "refuse_cancels"
    REPLACE_REFUSED = "refuse_replaces"
    CANCEL_STUCK = "hold_cancels"
    READS_FAIL = "fail_reads"
    READS_HTML = "read_html"
    LOOK_UP_LAGS = "hide_orders"
    EVENTS_TWICE = "duplicate_events"
    EVENTS_SHUFFLED = "reorder_events"
    EVENTS_LATE = "delay_events"
    EVENTS_LOST = "drop_events"
    FEED_MUTE = "mute"
    EVENT_UNKNOWN = "send_unknown_event"
    STATUS_UNKNOWN = "show_unknown_status"
    FIELDS_UNKNOWN = "add_unknown_fields"
    FRAME_BROKEN = "send_broken_frame"
    LINK_CUT = "cut_link"
    BROKER_RESTARTS = "restart"
    CREDENTIALS_REVOKED = "revoke_credentials"
    CLOCK_SKEWED = "skew_clock"
    EXPIRY = "expire"
    REJECTED_LATER = "reject"
    BUST = "bust"
    CORRECTION = "correct"
    LATE_FILL = "fill_late"
    ORDER_OUTSIDE = "place_outside"
    CANCEL_OUTSIDE = "cancel_outside"
    REPLACE_OUTSIDE = "replace_outside"
    HISTORY = "trade_before"
    OUTLIVES_GATEWAY = "trade_unwatched"


class BrokerOrder(Struct, frozen=True, kw_only=True):
    """One logical order as the broker has it: all its generations together.

    `executions` are quantity and price of what counts, after busts and corrections. `outside`: the rig placed it;
    `before`: it began and ended before any gateway knew the account, so that a gateway need not know it.
    """

    client_id: str
    broker_ids: frozenset[str] = frozenset()
    open: bool = True
    outside: bool = False
    before: bool = False
    quantity: Decimal | None = None
    limit_price: Decimal | None = None
    executions: tuple[tuple[Decimal, Decimal], ...] = ()


class Truth(Struct, frozen=True, kw_only=True):
    """What the broker itself knows. `requests` counts the submissions that reached it, by the id they carried."""

    orders: tuple[BrokerOrder, ...]
    positions: Mapping[str, Decimal]
    requests: Mapping[str, int]


class UndeclaredHazardError(Exception):
    """A case uses a hazard that it did not declare."""


class Rig(ABC):
    """See the module. `order` is always the id that the broker got from us; prices are per unit, quantities in units.

    Faults of commands strike the next `count` of them (0: all) until `calm`; with `probability`, at random.
    """

    broker: str
    account_id: str
    clock_error = 0
    """Seconds by which our own clock is wrong, the gateway's and the adapter's."""

    excuses: ClassVar[Mapping[Hazard, str]] = {}
    case_excuses: ClassVar[Mapping[str, str]] = {}
    """Single cases, by id, that ask for what the broker does not do, and why it does not."""

    def our_time(self) -> int:
        """Return what our own clock says, in nanoseconds."""
        return time.time_ns() + self.clock_error * 1_000_000_000

    # --- life ---

    @abstractmethod
    async def start(self) -> None:
        """Start the broker."""

    @abstractmethod
    async def stop(self) -> None:
        """Stop the broker, and leave nothing behind."""

    @abstractmethod
    def adapter(self) -> BrokerAdapter:
        """Return a new adapter, for one run of a gateway."""

    @abstractmethod
    def capabilities(self) -> Capabilities:
        """Return what the adapter declares for the account that cases trade in."""

    @abstractmethod
    async def calm(self) -> None:
        """End every fault: what was held flows again, a link that was cut is mended, credentials are good again."""

    @abstractmethod
    async def truth(self) -> Truth:
        """Return what the broker itself knows."""

    # --- the market ---

    @abstractmethod
    async def quote(self, symbol: str, bid: str, ask: str) -> None:
        """Show a market deep enough for any order."""

    @abstractmethod
    async def trade(self, symbol: str, price: str, quantity: str) -> None:
        """Offer and bid so many units at a price for a moment, then show the earlier market again."""

    # --- commands go wrong ---

    async def lose_answers(self, command: Command, count: int = 1, probability: str = "1") -> None:
        """Carry a command out, and never answer."""
        raise UndeclaredHazardError

    async def fail_after(self, command: Command, count: int = 1) -> None:
        """Carry a command out, and answer with a server error."""
        raise UndeclaredHazardError

    async def fail_before(self, command: Command, count: int = 1) -> None:
        """Don't carry a command out, and answer with a server error."""
        raise UndeclaredHazardError

    async def lose_requests(self, command: Command, count: int = 1) -> None:
        """Don't carry a command out, and never answer."""
        raise UndeclaredHazardError

    async def refuse_connections(self, command: Command, count: int = 1) -> None:
        """Refuse the connection, so that nothing is sent."""
        raise UndeclaredHazardError

    async def hold_answers(self, command: Command) -> None:
        """Carry commands out at once, events included, and answer only after `calm`."""
        raise UndeclaredHazardError

    async def break_answers(self, command: Command, count: int = 1) -> None:
        """Carry a command out, and answer with broken JSON."""
        raise UndeclaredHazardError

    async def answer_html(self, command: Command, count: int = 1) -> None:
        """Carry a command out; a proxy answers with a page of HTML."""
        raise UndeclaredHazardError

    async def throttle(self, command: Command, count: int = 1) -> None:
        """Refuse commands for their rate; they are not carried out."""
        raise UndeclaredHazardError

    async def use_up_rate(self) -> None:
        """Leave so little of the rate limit as an adapter should keep back for cancels, until `calm`."""
        raise UndeclaredHazardError

    async def refuse_cancels(self, count: int = 1) -> None:
        """Refuse cancels of orders that work."""
        raise UndeclaredHazardError

    async def refuse_replaces(self, count: int = 1) -> None:
        """Refuse replaces of orders that work, be it in the answer or later by an event."""
        raise UndeclaredHazardError

    async def hold_cancels(self) -> None:
        """Take cancels and do nothing about them until `calm`."""
        raise UndeclaredHazardError

    # --- reads go wrong ---

    async def fail_reads(self) -> None:
        """Answer every read with a server error, until `calm`."""
        raise UndeclaredHazardError

    async def read_html(self) -> None:
        """Have a proxy answer every read with a page of HTML, until `calm`."""
        raise UndeclaredHazardError

    async def hide_orders(self) -> None:
        """Answer look-ups of orders as if there were none, until `calm`."""
        raise UndeclaredHazardError

    # --- events go wrong ---

    async def duplicate_events(self) -> None:
        """Send every event twice."""
        raise UndeclaredHazardError

    async def reorder_events(self) -> None:
        """Swap events with the ones behind them."""
        raise UndeclaredHazardError

    async def delay_events(self) -> None:
        """Hold all events until `calm`."""
        raise UndeclaredHazardError

    async def drop_events(self, *words: Word, probability: str = "1") -> None:
        """Lose events that say one of `words` (all where none is named)."""
        raise UndeclaredHazardError

    async def mute(self) -> None:
        """Keep the feed's socket alive, and send nothing."""
        raise UndeclaredHazardError

    async def send_unknown_event(self, order: str) -> None:
        """Send an event about an order of a kind that nobody has heard of."""
        raise UndeclaredHazardError

    async def show_unknown_status(self, order: str) -> None:
        """Give an order a status that nobody has heard of, in events and reads."""
        raise UndeclaredHazardError

    async def add_unknown_fields(self) -> None:
        """Add fields that nobody has heard of to all that is sent, until `calm`."""
        raise UndeclaredHazardError

    async def send_broken_frame(self) -> None:
        """Send a frame that can't be decoded."""
        raise UndeclaredHazardError

    # --- the link goes wrong ---

    async def cut_link(self) -> None:
        """Cut the link, and don't let it come back until `calm`."""
        raise UndeclaredHazardError

    async def restart(self) -> None:
        """Restart the broker; orders and positions outlive that, what is in flight does not."""
        raise UndeclaredHazardError

    async def revoke_credentials(self) -> None:
        """Refuse the credentials that were good until now."""
        raise UndeclaredHazardError

    async def skew_clock(self, seconds: int) -> None:
        """Have the broker's clock go so many seconds ahead of ours (negative: behind)."""
        raise UndeclaredHazardError

    # --- the broker acts ---

    async def expire(self) -> None:
        """Let the day end: DAY orders expire."""
        raise UndeclaredHazardError

    async def reject(self, order: str) -> None:
        """Reject an order that was accepted."""
        raise UndeclaredHazardError

    async def bust(self, order: str) -> None:
        """Annul the latest execution of an order."""
        raise UndeclaredHazardError

    async def correct(self, order: str, price: str) -> None:
        """Correct the price of the latest execution of an order."""
        raise UndeclaredHazardError

    async def fill_late(self, order: str, quantity: str, price: str) -> None:
        """Execute a part of an order that has ended: the report was under way."""
        raise UndeclaredHazardError

    # --- others act on the account ---

    async def place_outside(self, side: Side, quantity: str, price: str, *, client_id: str = "") -> str:
        """Place a limit order past the gateway, and return the id it has at the broker."""
        raise UndeclaredHazardError

    async def cancel_outside(self, order: str) -> None:
        """Cancel an order past the gateway."""
        raise UndeclaredHazardError

    async def replace_outside(self, order: str, quantity: str, price: str) -> None:
        """Replace an order past the gateway."""
        raise UndeclaredHazardError

    async def trade_before(self, quantity: str, price: str) -> None:
        """Let the account have bought so many units, and sold a few, before any gateway knew it."""
        raise UndeclaredHazardError

    async def trade_unwatched(self, symbol: str, price: str, quantity: str) -> None:
        """`trade` while no gateway runs: the broker outlives it."""
        raise UndeclaredHazardError
