"""Small builders with sensible values, so that a test names only what it is about."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from brokerwire_server.domain.fills import Fill
from brokerwire_server.domain.instruments import Instrument
from brokerwire_server.domain.orders import Order, OrderRequest, OrderType, Side, TimeInForce
from brokerwire_server.domain.reports import FillReport, StatusReport

AAPL = Instrument(symbol="AAPL")
ACCOUNT = "paper"


def request(**changes: Any) -> OrderRequest:
    fields: dict[str, Any] = {
        "account_id": ACCOUNT,
        "client_order_id": "one",
        "instrument": AAPL,
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "time_in_force": TimeInForce.DAY,
        "quantity": Decimal(10),
        "limit_price": Decimal(100),
    }
    return OrderRequest(**{**fields, **changes})


def order(**changes: Any) -> Order:
    fields: dict[str, Any] = {
        "order_id": "o-1",
        "account_id": ACCOUNT,
        "client_order_id": "one",
        "broker_client_order_id": "b-one",
        "instrument": AAPL,
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "time_in_force": TimeInForce.DAY,
        "quantity": Decimal(10),
        "limit_price": Decimal(100),
    }
    return Order(**{**fields, **changes})


def fill(**changes: Any) -> Fill:
    fields: dict[str, Any] = {
        "fill_id": "f-1",
        "order_id": "o-1",
        "account_id": ACCOUNT,
        "execution_id": "x-1",
        "instrument": AAPL,
        "side": Side.BUY,
        "quantity": Decimal(1),
        "price": Decimal(100),
        "execution_time": 1,
    }
    return Fill(**{**fields, **changes})


def fill_report(**changes: Any) -> FillReport:
    fields: dict[str, Any] = {
        "account_id": ACCOUNT,
        "broker_client_order_id": "b-one",
        "execution_id": "x-1",
        "instrument": AAPL,
        "side": Side.BUY,
        "quantity": Decimal(1),
        "price": Decimal(100),
        "time": 1,
    }
    return FillReport(**{**fields, **changes})


def status_report(state: Any, **changes: Any) -> StatusReport:
    fields: dict[str, Any] = {"account_id": ACCOUNT, "broker_client_order_id": "b-one", "time": 1}
    return StatusReport(state=state, **{**fields, **changes})
