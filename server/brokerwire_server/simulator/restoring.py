"""Taking up accounts where they were left when the process ended."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from brokerwire_server.domain.accounts import Account, Activity, ActivityType
from brokerwire_server.domain.decimals import HUNDRED, ONE, ZERO, divide
from brokerwire_server.domain.instruments import InstrumentDetails
from brokerwire_server.domain.orders import LegRole, Order, OrderState, OrderType
from brokerwire_server.domain.positions import Position
from brokerwire_server.simulator.checks import opening_unit
from brokerwire_server.simulator.core import Core
from brokerwire_server.simulator.ledger import Ledger
from brokerwire_server.simulator.universe import details_of
from brokerwire_server.simulator.working import EXIT_ROLES, Group, Working

_PROVEN = frozenset({OrderState.ACCEPTED, OrderState.WORKING, OrderState.PARTIALLY_FILLED, OrderState.SUSPENDED})


def unknown_details(symbol: str) -> InstrumentDetails:
    """Return reference data for a symbol that came without any."""
    return details_of(symbol)


def restore_ledger(
    core: Core, account: Account, cash: Decimal, positions: Iterable[Position], activities: Iterable[Activity]
) -> Ledger:
    """Open an account with what it holds."""
    ledger = core.open_ledger(account)
    ledger.cash = cash
    for activity in activities:
        if activity.type is ActivityType.RESET:
            ledger.deposits = activity.amount
        elif activity.type in (ActivityType.DEPOSIT, ActivityType.WITHDRAWAL):
            ledger.deposits += activity.amount
            if not ledger.first_deposit:
                ledger.first_deposit = activity.amount
    for position in positions:
        symbol = position.instrument.symbol
        ledger.positions[symbol] = position
        core.add_book(unknown_details(symbol))
    return ledger


def restore_orders(core: Core, ledger: Ledger, orders: Iterable[Order]) -> Iterator[tuple[Working, int]]:
    """Put open orders back to work, and yield each with the broker time known of it.

    An order that the exchange never confirmed is left out: the crash happened before it arrived.
    """
    known = [o for o in orders if o.state in _PROVEN or o.filled_quantity > 0 or o.triggered]
    workings: dict[str, Working] = {}
    for order in sorted(known, key=lambda o: (o.create_time, o.order_id)):
        working = Working(order, core.next_sequence())
        working.floor = max(order.status_time, order.broker_time)
        working.reported = order.status_time
        working.watermark = _watermark(working)
        working.state = OrderState.ACCEPTED if order.state is OrderState.ACCEPTED else OrderState.WORKING
        ledger.orders[working.id] = working
        core.records[working.account_id].take(working.id)
        core.add_book(unknown_details(working.symbol))
        workings[order.order_id] = working
    _tie(workings)
    for working in workings.values():
        if not working.held:
            core.books[working.symbol].rest(working)
        yield working, order_time(working) or core.now


def order_time(working: Working) -> int:
    """Return the exchange's time of an order's last status, or, before the first one, the gateway's."""
    return working.order.status_time or working.order.create_time


def reserve_all(core: Core, ledger: Ledger) -> None:
    """Reserve again what the orders hold."""
    for order in ledger.orders.values():
        if not order.closing:
            order.unit = opening_unit(core, core.books[order.symbol], order.order) or ONE
        if not order.held:
            core.reserve(order)


def _tie(workings: dict[str, Working]) -> None:
    families: dict[str, list[Working]] = {}
    for working in workings.values():
        if working.order.role is not LegRole.NONE:
            families.setdefault(working.order.parent_order_id or working.order.order_id, []).append(working)
    for members in families.values():
        entry = next((m for m in members if m.order.role is LegRole.ENTRY), None)
        exits = [m for m in members if m.order.role in EXIT_ROLES]
        if not exits:
            continue
        size = entry.quantity if entry is not None else _size(exits)
        Group(entry, exits, size)
        for order in exits:
            order.held = entry is not None and not entry.filled


def _size(exits: list[Working]) -> Decimal | None:
    """Return what the exits are for: an exit's total is that less what the other one has executed."""
    first = exits[0]
    if first.quantity is None:
        return None
    return first.quantity + sum((e.filled for e in exits[1:]), ZERO)


def _watermark(order: Working) -> Decimal | None:
    if order.type is not OrderType.TRAILING_STOP or order.stop is None:
        return None
    if order.trail_amount is not None:
        return order.stop - order.trail_amount if order.buying else order.stop + order.trail_amount
    share = (order.trail_percent or ZERO) / HUNDRED
    return divide(order.stop, ONE + share if order.buying else ONE - share)
