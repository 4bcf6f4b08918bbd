"""Kinds of orders that several rules tell apart."""

from brokerwire_server.domain.instruments import AssetClass
from brokerwire_server.domain.market import Session
from brokerwire_server.domain.orders import OrderType, Side, TimeInForce
from brokerwire_server.risk.snapshot import Snapshot

AUCTION = frozenset({TimeInForce.OPG, TimeInForce.CLS})
CLOSING = frozenset({Side.SELL, Side.BUY_TO_COVER})
LIMITED = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})
STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})


def opens(s: Snapshot) -> bool:
    """Whether the order may add to what is held or owed."""
    return not (s.adds_nothing or s.reduces)


def closes(s: Snapshot) -> bool:
    """Whether the order is one to close, and there is something to close."""
    return all(leg.side in CLOSING and leg.position * leg.side.sign < 0 for leg in s.legs)


def of_the_gateway(s: Snapshot) -> bool:
    """Whether the gateway itself brings positions down: it must be able to when trading is stopped."""
    return s.principal.name.startswith("system:") and s.reduces


def new(s: Snapshot) -> bool:
    """Whether this is a new order, not a replace."""
    return s.before is None


def around_the_clock(s: Snapshot) -> bool:
    """Whether the instrument has no sessions."""
    return s.order.instrument.asset_class in (AssetClass.CRYPTO, AssetClass.FOREX)


def regular(s: Snapshot) -> bool:
    """Whether the regular session is open, as far as the instrument has one."""
    return s.session is Session.REGULAR or around_the_clock(s)


def any_option(s: Snapshot) -> bool:
    """Whether a leg is an option."""
    return any(leg.instrument.asset_class is AssetClass.OPTION for leg in s.legs)
