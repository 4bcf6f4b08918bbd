"""A snapshot in which all is well, and every change that a case asks for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from brokerwire_server.domain.access import LOCAL
from brokerwire_server.domain.accounts import Account, AccountType, Balances
from brokerwire_server.domain.connections import Environment, LinkState
from brokerwire_server.domain.instruments import AssetClass, Instrument, InstrumentDetails, option_of
from brokerwire_server.domain.market import Quote, Session
from brokerwire_server.domain.orders import Side
from brokerwire_server.domain.trading import FREE
from brokerwire_server.risk.flow import FlowView
from brokerwire_server.risk.limits import LIVE, Limits
from brokerwire_server.risk.policy import layer, resolve
from brokerwire_server.risk.snapshot import Leg, Snapshot, Totals
from tests.support.builders import AAPL, order
from tests.support.policies import unlimited

UNLIMITED: Limits = resolve(LIVE, [layer(unlimited())])[0]
ACCOUNT = Account(
    account_id="paper",
    connection_id="c",
    broker="b",
    environment=Environment.LIVE,
    type=AccountType.MARGIN,
    can_trade_options=True,
)
BALANCES = Balances(
    cash=Decimal(100_000),
    settled_cash=Decimal(100_000),
    buying_power=Decimal(200_000),
    equity=Decimal(100_000),
    multiplier=Decimal(2),
)
QUOTE = Quote(symbol="AAPL", bid=Decimal(100), ask=Decimal(100), last=Decimal(100), time=1)


def option(symbol: str = "AAPL271217C00100000") -> Instrument:
    return Instrument(symbol=symbol, asset_class=AssetClass.OPTION, option=option_of(symbol))


def leg(**changes: Any) -> Leg:
    instrument = changes.get("instrument", AAPL)
    fields: dict[str, Any] = {
        "instrument": instrument,
        "side": Side.BUY,
        "quantity": Decimal(10),
        "value": Decimal(1_000),
        "worst": Decimal(1_000),
        "details": InstrumentDetails(instrument=instrument),
        "quote": QUOTE,
        "quote_age": 0,
        "adv": Decimal(1_000_000),
    }
    return Leg(**{**fields, **changes})


def snapshot(
    *,
    limits: dict[str, Any] | None = None,
    terms: dict[str, Any] | None = None,
    one: dict[str, Any] | None = None,
    legs: tuple[Leg, ...] = (),
    totals: dict[str, Any] | None = None,
    flow: dict[str, Any] | None = None,
    balances: dict[str, Any] | None = None,
    account: dict[str, Any] | None = None,
    **fields: Any,
) -> Snapshot:
    """Return a snapshot of an order to buy 10 AAPL at 100, in an account without limits but those given."""
    first = order(**(terms or {}))
    side = first.side
    known: dict[str, Any] = {
        "now": 10**18,
        "account": replace(ACCOUNT, **(account or {})),
        "environment": Environment.LIVE,
        "principal": LOCAL,
        "order": first,
        "group": (first,),
        "legs": legs or (leg(**{"instrument": first.instrument, "side": side, **(one or {})}),),
        "limits": replace(UNLIMITED, **(limits or {})),
        "value": Decimal(1_000),
        "basket": Decimal(1_000),
        "standing": FREE,
        "armed": True,
        "link": LinkState.UP,
        "reconciled": True,
        "session": Session.REGULAR,
        "date": "2026-11-26",
        "hour": Decimal(10),
        "balances": replace(BALANCES, **(balances or {})),
        "balances_age": 0,
        "totals": Totals(**{"gross": Decimal(1_000), "net": Decimal(1_000), "due": Decimal(1_000), **(totals or {})}),
        "flow": FlowView(**(flow or {})),
    }
    return Snapshot(**{**known, **fields})
