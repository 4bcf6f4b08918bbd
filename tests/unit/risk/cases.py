"""For every rule: what it rejects, what is just allowed, what it does without its data, and on a replace.

A text in place of a case says why there can be none. Concurrent cases are tried on a whole engine, in
tests/unit/engine/test_guard.py: `concurrent` names the case there, or says why two orders can't meet in the rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from brokerwire_server.domain.access import LOCAL, Principal
from brokerwire_server.domain.accounts import AccountType
from brokerwire_server.domain.connections import Environment, LinkState
from brokerwire_server.domain.instruments import AssetClass, Instrument, InstrumentDetails
from brokerwire_server.domain.market import Session
from brokerwire_server.domain.orders import LegRole, OrderState, OrderType, PendingAction, Side, TimeInForce
from brokerwire_server.domain.trading import EVERYTHING, Standing, TradingState
from tests.support.builders import AAPL, order
from tests.unit.risk.snapshots import QUOTE, leg, option

Changes = dict[str, Any]
D = Decimal
ALONE = "judges each order by itself"
STATE = "looks at a state that orders do not change"
OWN = "counts what the gateway itself keeps, which can't be missing"
WITHIN = "looks at the order itself, which can't be missing"
SWITCH = "there is no quantity in it: either it is so or not"
SECOND = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Case:
    """Changes to a snapshot in which all is well; `limits` hold in all. `replaced` is what a replace changes."""

    rejected: Changes
    allowed: Changes
    missing: Changes | str
    concurrent: str
    limits: Changes = field(default_factory=dict)
    replaced: Changes | str = field(default_factory=dict)


def trader(**changes: Any) -> Principal:
    return Principal(**{"name": "t", "roles": LOCAL.roles, **changes})


def details(instrument: Instrument = AAPL, **changes: Any) -> Changes:
    return {"one": {"details": InstrumentDetails(instrument=instrument, **changes)}}


EUR = Instrument(symbol="AAPL", currency="EUR")
COIN = Instrument(symbol="BTC/USD", asset_class=AssetClass.CRYPTO)
CALL, HIGHER = option(), option("AAPL271217C00110000")
SOLD = {"side": Side.SELL}
SHORT = {"side": Side.SELL_SHORT}
COVER = {"side": Side.BUY_TO_COVER}
MARKET: Changes = {"type": OrderType.MARKET, "limit_price": None}
STOP: Changes = {"type": OrderType.STOP, "limit_price": None}
CLOSED = {"session": Session.CLOSED}
ENTRY = order(role=LegRole.ENTRY, child_order_ids=("o-2",))
NEW_ONLY = "a replace adds no order"


def exits(quantity: int) -> Changes:
    exit_ = order(order_id="o-2", parent_order_id="o-1", role=LegRole.TAKE_PROFIT, side=Side.SELL, quantity=D(quantity))
    return {"group": (ENTRY, exit_), "order": exit_}


def spread(sold: int, bought: int) -> Changes:
    pair = (
        leg(instrument=CALL, side=Side.SELL_SHORT, quantity=D(sold), sell=D(sold)),
        leg(instrument=HIGHER, side=Side.BUY, quantity=D(bought)),
    )
    return {"legs": pair}


def at_price(price: str, **quote: Any) -> Changes:
    return {"terms": {"limit_price": D(price)}, "one": {"quote": QUOTE, **quote}}


def more(part: str, name: str, value: Any) -> Changes:
    return {part: {name: value}}


CASES: dict[str, Case] = {
    # --- state
    "armed": Case(rejected={"armed": False}, allowed={"armed": True}, missing={"armed": None}, concurrent=STATE),
    "trading_state": Case(
        rejected={"standing": Standing(TradingState.REDUCE_ONLY, EVERYTHING)},
        allowed={
            "standing": Standing(TradingState.REDUCE_ONLY, EVERYTHING),
            "terms": SOLD,
            "one": {"position": D(10), "sell": D(10)},
        },
        missing={"standing": None},
        concurrent="flip",
    ),
    "reconciled": Case(
        limits={"require_reconciled": True},
        rejected={"reconciled": False},
        allowed={"reconciled": True, "link": LinkState.DEGRADED},
        missing={"link": None},
        concurrent=STATE,
    ),
    "doubt_in_symbol": Case(
        limits={"doubt_blocks_symbol": True},
        rejected={"one": {"doubts": 1}},
        allowed={"one": {"doubts": 0}, "totals": {"in_doubt": 1}},
        missing=OWN,
        concurrent=STATE,
    ),
    "in_doubt_orders": Case(
        limits={"in_doubt_orders": D(2)},
        rejected={"totals": {"in_doubt": 3}},
        allowed={"totals": {"in_doubt": 2}},
        missing=OWN,
        concurrent=STATE,
    ),
    "principal_accounts": Case(
        rejected={"principal": trader(accounts=frozenset({"other"}))},
        allowed={"principal": trader(accounts=frozenset({"paper"}))},
        missing=WITHIN,
        concurrent=ALONE,
    ),
    "principal_asset_classes": Case(
        rejected={"principal": trader(asset_classes=frozenset({AssetClass.CRYPTO}))},
        allowed={"principal": trader(asset_classes=frozenset({AssetClass.EQUITY}))},
        missing=WITHIN,
        concurrent=ALONE,
    ),
    "principal_notional": Case(
        rejected={"principal": trader(maximum_notional=D("999.99"))},
        allowed={"principal": trader(maximum_notional=D(1_000))},
        missing={"principal": trader(maximum_notional=D(1_000)), "value": None},
        concurrent=ALONE,
    ),
    "environment": Case(
        rejected={"environment": Environment.PAPER},
        allowed={"environment": Environment.LIVE},
        missing={"account": {"currency": ""}},
        concurrent=ALONE,
    ),
    "replace_now": Case(
        limits={"require_reconciled": True},
        rejected={"before": order(pending_action=PendingAction.CANCEL, state=OrderState.WORKING)},
        allowed={"before": order(state=OrderState.WORKING)},
        missing={"link": None, "before": order()},
        concurrent="the order has one action under way at a time, which _check_replaceable sees to",
        replaced={"link": LinkState.DOWN, "before": order()},
    ),
    # --- shape
    "tradable": Case(
        rejected=details(tradable=False),
        allowed=details(tradable=True),
        missing={"one": {"details": None}},
        concurrent=ALONE,
    ),
    "not_expired": Case(
        rejected={"terms": {"instrument": CALL}, "date": "2027-12-18"},
        allowed={"terms": {"instrument": CALL}, "date": "2027-12-17"},
        missing={"terms": {"instrument": CALL}, "date": ""},
        concurrent=ALONE,
    ),
    "session": Case(
        limits={"allow_queueing": False},
        rejected={"session": Session.PRE_MARKET},
        allowed={"session": Session.PRE_MARKET, "terms": {"extended_hours": True}},
        missing={"session": None},
        concurrent=ALONE,
    ),
    "market_order": Case(
        limits={"allow_market_outside_regular": False},
        rejected={"terms": MARKET, "session": Session.POST_MARKET},
        allowed={"terms": {**MARKET, "time_in_force": TimeInForce.CLS}, "session": Session.POST_MARKET},
        missing={"terms": MARKET, "session": None},
        concurrent=ALONE,
    ),
    "stop_side": Case(
        limits={"check_stops": True},
        rejected={"terms": {**STOP, "stop_price": D(100)}},
        allowed={"terms": {**STOP, "stop_price": D("100.01")}},
        missing={"terms": {**STOP, "stop_price": D(101)}, "one": {"quote": None}},
        concurrent=ALONE,
    ),
    "cover_only": Case(
        limits={"allow_flip": False},
        rejected={"terms": COVER, "one": {"position": D(-10), "buy": D("10.001")}},
        allowed={"terms": COVER, "one": {"position": D(-10), "buy": D(10)}},
        missing={"terms": COVER, "one": {"quantity": None}},
        concurrent="cover_only",
    ),
    "group_conserved": Case(
        rejected=exits(11),
        allowed=exits(10),
        missing=WITHIN,
        concurrent=ALONE,
    ),
    # --- size and price
    "quantity": Case(
        limits={"equity_quantity": D(100)},
        rejected={"one": {"quantity": D(101)}},
        allowed={"one": {"quantity": D(100)}},
        missing={"one": {"quantity": None}},
        concurrent=ALONE,
    ),
    "order_notional": Case(
        limits={"order_notional": D(1_000)},
        rejected={"value": D("1000.01")},
        allowed={"value": D(1_000)},
        missing={"value": None},
        concurrent=ALONE,
    ),
    "order_notional_hard": Case(
        limits={"order_notional_hard": D(1_000)},
        rejected={"value": D("1000.01")},
        allowed={"value": D(1_000)},
        missing={"value": None},
        concurrent=ALONE,
    ),
    "basket_notional_hard": Case(
        limits={"basket_notional_hard": D(1_000)},
        rejected={"basket": D("1000.01")},
        allowed={"basket": D(1_000)},
        missing={"basket": None},
        concurrent="a batch is one value, known before its first order",
    ),
    "collar": Case(
        limits={"collar_percent_high": D(3), "collar_passive_percent": D(50)},
        rejected=at_price("103.01"),
        allowed=at_price("103"),
        missing={"one": {"quote": None}},
        concurrent=ALONE,
    ),
    "quote_age": Case(
        limits={"quote_age": D(5), "quote_age_extended": D(60)},
        rejected={"terms": MARKET, "one": {"quote_age": 5 * SECOND + 1}},
        allowed={"terms": MARKET, "one": {"quote_age": 5 * SECOND}},
        missing={"terms": MARKET, "one": {"quote": None}},
        concurrent=ALONE,
    ),
    "adv_percent": Case(
        limits={"adv_percent": D(5)},
        rejected={"one": {"adv": D(199)}},
        allowed={"one": {"adv": D(200)}},
        missing={"one": {"adv": None}},
        concurrent=ALONE,
    ),
    "adv_percent_hard": Case(
        limits={"adv_percent_hard": D(10)},
        rejected={"one": {"adv": D(99)}},
        allowed={"one": {"adv": D(100)}},
        missing={"one": {"adv": None}},
        concurrent=ALONE,
    ),
    # --- flow
    "duplicate": Case(
        limits={"duplicate_seconds": D(1)},
        rejected={"flow": {"last_repeat": SECOND - 1, "repeats": 1}},
        allowed={"flow": {"last_repeat": SECOND, "repeats": 1}},
        missing=OWN,
        concurrent="duplicate",
        replaced=NEW_ONLY,
    ),
    "duplicate_burst": Case(
        limits={"duplicate_burst": D(3)},
        rejected={"flow": {"repeats": 3}},
        allowed={"flow": {"repeats": 2}},
        missing=OWN,
        concurrent="duplicate_burst",
        replaced=NEW_ONLY,
    ),
    "account_rate": Case(
        limits={"account_rate": D(5), "account_burst": D(10)},
        rejected={"flow": {"account_used": 10}},
        allowed={"flow": {"account_used": 9}},
        missing=OWN,
        concurrent="account_rate",
    ),
    "principal_rate": Case(
        limits={"principal_rate": D(10)},
        rejected={"flow": {"principal_used": 10}},
        allowed={"flow": {"principal_used": 9}},
        missing=OWN,
        concurrent="principal_rate",
    ),
    "gateway_rate": Case(
        limits={"gateway_rate": D(100)},
        rejected={"flow": {"gateway_used": 100}},
        allowed={"flow": {"gateway_used": 99}},
        missing=OWN,
        concurrent="gateway_rate",
    ),
    "broker_rate": Case(
        limits={"broker_rate_percent": D(80)},
        rejected={"broker_rate": 200, "flow": {"last_minute": 160}},
        allowed={"broker_rate": 200, "flow": {"last_minute": 159}},
        missing="a broker that names no limit has none",
        concurrent="broker_rate",
    ),
    "orders_per_day": Case(
        limits={"orders_per_day": D(2_000)},
        rejected={"flow": {"orders_today": 2_000}},
        allowed={"flow": {"orders_today": 1_999}},
        missing=OWN,
        concurrent="orders_per_day",
        replaced=NEW_ONLY,
    ),
    "messages_per_fill": Case(
        limits={"messages_per_fill": D(50)},
        rejected={"flow": {"messages_today": 100, "fills_today": 1}},
        allowed={"flow": {"messages_today": 99, "fills_today": 1}},
        missing=OWN,
        concurrent="messages_per_fill",
    ),
    "messages_per_fill_warning": Case(
        limits={"messages_per_fill_warning": D(20)},
        rejected={"flow": {"messages_today": 20}},
        allowed={"flow": {"messages_today": 19}},
        missing=OWN,
        concurrent="it never rejects",
    ),
    "working_orders": Case(
        limits={"working_orders": D(200)},
        rejected={"totals": {"open_orders": 201}},
        allowed={"totals": {"open_orders": 200}},
        missing=OWN,
        concurrent="working_orders",
        replaced=NEW_ONLY,
    ),
    "working_orders_symbol": Case(
        limits={"working_orders_symbol": D(20)},
        rejected={"one": {"open_orders": 21}},
        allowed={"one": {"open_orders": 20}},
        missing=OWN,
        concurrent="working_orders_symbol",
        replaced=NEW_ONLY,
    ),
    "working_orders_principal": Case(
        limits={"working_orders_principal": D(20)},
        rejected={"totals": {"open_orders_principal": 21}},
        allowed={"totals": {"open_orders_principal": 20}},
        missing=OWN,
        concurrent="working_orders_principal",
        replaced=NEW_ONLY,
    ),
    # --- exposure
    "balance_age": Case(
        limits={"check_buying_power": True, "balance_age": D(30)},
        rejected={"balances_age": 30 * SECOND + 1},
        allowed={"balances_age": 30 * SECOND},
        missing={"balances_age": None},
        concurrent=STATE,
    ),
    "buying_power": Case(
        limits={"check_buying_power": True},
        rejected={"totals": {"due": D("200000.01")}},
        allowed={"totals": {"due": D(200_000), "gross": D(200_000)}},
        missing={"balances": None},
        concurrent="buying_power",
    ),
    "position_notional": Case(
        limits={"position_notional": D(50_000)},
        rejected={"one": {"worst": D("50000.01")}},
        allowed={"one": {"worst": D(50_000)}},
        missing={"one": {"worst": None}},
        concurrent="position_notional",
    ),
    "position_percent": Case(
        limits={"position_percent": D(20)},
        rejected={"one": {"worst": D("20000.01")}},
        allowed={"one": {"worst": D(20_000)}},
        missing={"balances": None},
        concurrent="position_percent",
    ),
    "gross_percent": Case(
        limits={"gross_percent": D(200)},
        rejected={"totals": {"gross": D("200000.01")}},
        allowed={"totals": {"gross": D(200_000)}},
        missing={"totals": {"gross": None}},
        concurrent="gross_percent",
    ),
    "gross_percent_hard": Case(
        limits={"gross_percent_hard": D(400)},
        rejected={"totals": {"gross": D("400000.01")}},
        allowed={"totals": {"gross": D(400_000)}},
        missing={"totals": {"gross": None}},
        concurrent="gross_percent_hard",
    ),
    "net_percent": Case(
        limits={"net_percent": D(100)},
        rejected={"totals": {"net": D("100000.01")}},
        allowed={"totals": {"net": D(100_000)}},
        missing={"balances": None},
        concurrent="net_percent",
    ),
    "self_trade": Case(
        limits={"check_self_trade": True},
        rejected={"crossing": "o-9"},
        allowed={"crossing": ""},
        missing=OWN,
        concurrent="self_trade",
    ),
    "flip": Case(
        limits={"allow_flip": False},
        rejected={"terms": SOLD, "one": {"position": D(10), "sell": D("10.001")}},
        allowed={"terms": SOLD, "one": {"position": D(10), "sell": D(10)}},
        missing={"terms": SOLD, "one": {"quantity": None}},
        concurrent="flip",
    ),
    "leveraged_percent": Case(
        limits={"leveraged_percent": D(200)},
        rejected={"terms": {"instrument": COIN}, "totals": {"leveraged": D("200000.01")}},
        allowed={"terms": {"instrument": COIN}, "totals": {"leveraged": D(200_000)}},
        missing={"terms": {"instrument": COIN}, "balances": None},
        concurrent="leveraged_percent",
    ),
    "margin_headroom_percent": Case(
        limits={"margin_headroom_percent": D(25)},
        rejected={"terms": {"instrument": COIN}, "balances": {"initial_margin": D("75000.01")}},
        allowed={"terms": {"instrument": COIN}, "balances": {"initial_margin": D(75_000)}},
        missing={"terms": {"instrument": COIN}, "balances": None},
        concurrent="the margin is the broker's word, which the next balances bring; buying_power counts orders",
    ),
    # --- regulatory
    "shortable": Case(
        limits={"check_shortable": True},
        rejected={"terms": SHORT, **details(shortable=False)},
        allowed={"terms": SHORT, **details(shortable=True)},
        missing={"terms": SHORT, "one": {"details": None}},
        concurrent=ALONE,
    ),
    "settled_funds": Case(
        limits={"settled_funds_only": True},
        rejected={"account": {"type": AccountType.CASH}, "totals": {"due": D("100000.01")}},
        allowed={"account": {"type": AccountType.CASH}, "totals": {"due": D(100_000)}},
        missing={"account": {"type": AccountType.CASH}, "balances": None},
        concurrent="settled_funds",
    ),
    "options_allowed": Case(
        rejected={"terms": {"instrument": CALL}, "account": {"can_trade_options": False}},
        allowed={"terms": {"instrument": CALL}},
        missing="an account says whether it may, or may not",
        concurrent=ALONE,
    ),
    "uncovered_options": Case(
        limits={"allow_uncovered_options": False},
        rejected={"terms": {"instrument": CALL, **SHORT}, "one": {"sell": D(2)}, "held": {"AAPL": D(199)}},
        allowed={"terms": {"instrument": CALL, **SHORT}, "one": {"sell": D(2)}, "held": {"AAPL": D(200)}},
        missing={"terms": {"instrument": CALL, **SHORT}, "one": {"quantity": None}},
        concurrent="uncovered_options",
    ),
    "leg_ratio": Case(
        limits={"leg_ratio": D(2)},
        rejected=spread(21, 10),
        allowed=spread(20, 10),
        missing={"legs": (leg(instrument=CALL, quantity=None), leg(instrument=HIGHER))},
        concurrent=ALONE,
    ),
    "expiry_day": Case(
        limits={"expiry_cutoff_hour": D(15)},
        rejected={"terms": {"instrument": CALL}, "date": "2027-12-17", "hour": D(15)},
        allowed={"terms": {"instrument": CALL}, "date": "2027-12-17", "hour": D("14.99")},
        missing={"terms": {"instrument": CALL}, "hour": None},
        concurrent=ALONE,
    ),
    "symbols": Case(
        limits={"allow_symbols": frozenset({"AAPL", "MSFT"}), "deny_symbols": frozenset({"MSFT"})},
        rejected={"terms": {"instrument": Instrument(symbol="MSFT")}},
        allowed={"terms": {"instrument": AAPL}},
        missing=WITHIN,
        concurrent=ALONE,
    ),
    "asset_classes": Case(
        limits={"asset_classes": frozenset({"EQUITY"})},
        rejected={"terms": {"instrument": COIN}},
        allowed={"terms": {"instrument": AAPL}},
        missing=WITHIN,
        concurrent=ALONE,
    ),
    "over_the_counter": Case(
        limits={"allow_otc": False},
        rejected=details(Instrument(symbol="AAPL", exchange="OTC")),
        allowed=details(Instrument(symbol="AAPL", exchange="NASDAQ")),
        missing={"one": {"details": None}},
        concurrent=ALONE,
    ),
    "minimum_price": Case(
        limits={"minimum_price": D(1)},
        rejected={"one": {"value": D("9.99"), "quote": None}},
        allowed={"one": {"value": D(10), "quote": None}},
        missing={"value": None},
        concurrent=ALONE,
    ),
}
