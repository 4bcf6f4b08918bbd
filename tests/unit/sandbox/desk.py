"""A market in virtual time, with what its stream would say; and the key sets of the service's payloads."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from brokerwire_sandbox.alpaca.market import Market
from brokerwire_sandbox.alpaca.requests import read_change, read_order
from brokerwire_sandbox.alpaca.settings import SandboxSettings
from brokerwire_server.simulator import SimulationClock

if TYPE_CHECKING:
    from brokerwire_sandbox.alpaca.events import TradeEvent
    from brokerwire_sandbox.alpaca.records import OrderRecord


def at(text: str) -> int:
    """Nanoseconds of a UTC time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


MONDAY_NOON = at("2026-07-06T16:00:00")


class Desk:
    """Places orders as JSON bodies, and remembers every event."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("start_time", MONDAY_NOON)
        settings.setdefault("clock_speed", 0.0)
        self.settings = SandboxSettings(**settings)
        self.clock = SimulationClock(lambda: 0, start=self.settings.start_time, speed=self.settings.clock_speed)
        self.market = Market(self.settings, self.clock)
        self.events: list[TradeEvent] = []
        self.market.state.log.listeners.append(self.events.append)

    def submit(self, **body: Any) -> dict[str, Any]:
        terms = {"symbol": "AAPL", "side": "buy", "type": "market", "time_in_force": "day", **body}
        if "notional" not in terms:
            terms.setdefault("qty", "10")
        return self.market.submit(read_order({k: v for k, v in terms.items() if v is not None}))

    def limit(self, price: str, **body: Any) -> dict[str, Any]:
        return self.submit(type="limit", limit_price=price, **body)

    def replace(self, order_id: str, **body: Any) -> dict[str, Any]:
        return self.market.replace(order_id, read_change(body))

    def quote(self, symbol: str, bid: str, ask: str, size: str | None = None) -> None:
        sizes = None if size is None else Decimal(size)
        self.market.set_quote(symbol, Decimal(bid), Decimal(ask), bid_size=sizes, ask_size=sizes)

    def advance_to(self, text: str) -> None:
        self.clock.advance_to(at(text))
        self.market.tick()

    def order(self, order_id: str) -> OrderRecord:
        return self.market.order(order_id)

    def held(self, symbol: str) -> Decimal:
        return self.market.state.held(symbol)

    def told(self, order_id: str = "") -> list[str]:
        """Names of the events so far, of one order where named."""
        return [event.name for event in self.events if order_id in ("", event.order_id)]

    def last(self, name: str) -> dict[str, Any]:
        return next(event.body for event in reversed(self.events) if event.name == name)


ORDER = frozenset(
    [
        "id",
        "client_order_id",
        "created_at",
        "updated_at",
        "submitted_at",
        "filled_at",
        "expired_at",
        "canceled_at",
        "failed_at",
        "replaced_at",
        "replaced_by",
        "replaces",
        "asset_id",
        "symbol",
        "asset_class",
        "notional",
        "qty",
        "filled_qty",
        "filled_avg_price",
        "order_class",
        "order_type",
        "type",
        "side",
        "position_intent",
        "time_in_force",
        "limit_price",
        "stop_price",
        "status",
        "extended_hours",
        "legs",
        "trail_percent",
        "trail_price",
        "hwm",
        "expires_at",
    ]
)
REST_ORDER = ORDER | {"subtag", "source"}
STREAM_ORDER = ORDER | {"cancel_requested_at"}
EVENT = frozenset({"at", "event_id", "event", "timestamp", "order"})
FILL_EVENT = EVENT | {"execution_id", "price", "qty", "position_qty", "settle_date"}
FILL_ACTIVITY = frozenset(
    [
        "activity_type",
        "cum_qty",
        "id",
        "leaves_qty",
        "order_id",
        "order_status",
        "price",
        "qty",
        "side",
        "symbol",
        "transaction_time",
        "type",
    ]
)
POSITION = frozenset(
    [
        "asset_id",
        "symbol",
        "exchange",
        "asset_class",
        "asset_marginable",
        "qty",
        "avg_entry_price",
        "side",
        "market_value",
        "cost_basis",
        "unrealized_pl",
        "unrealized_plpc",
        "unrealized_intraday_pl",
        "unrealized_intraday_plpc",
        "current_price",
        "lastday_price",
        "change_today",
        "qty_available",
    ]
)
ACCOUNT = frozenset(
    [
        "account_blocked",
        "account_number",
        "accrued_fees",
        "admin_configurations",
        "balance_asof",
        "buying_power",
        "cash",
        "created_at",
        "crypto_status",
        "crypto_tier",
        "currency",
        "effective_buying_power",
        "equity",
        "id",
        "initial_margin",
        "intraday_adjustments",
        "last_equity",
        "last_maintenance_margin",
        "long_market_value",
        "maintenance_margin",
        "multiplier",
        "non_marginable_buying_power",
        "options_approved_level",
        "options_buying_power",
        "options_trading_level",
        "pending_reg_taf_fees",
        "portfolio_value",
        "position_market_value",
        "regt_buying_power",
        "short_market_value",
        "shorting_enabled",
        "sma",
        "status",
        "trade_suspended_by_user",
        "trading_blocked",
        "transfers_blocked",
        "user_configurations",
    ]
)
ASSET = frozenset(
    [
        "attributes",
        "borrow_status",
        "class",
        "easy_to_borrow",
        "exchange",
        "fractionable",
        "id",
        "maintenance_margin_requirement",
        "margin_requirement_long",
        "margin_requirement_short",
        "marginable",
        "name",
        "shortable",
        "status",
        "symbol",
        "tradable",
    ]
)
