"""What the two direct ways to Alpaca share: keys, and an order as each of them writes it."""

from typing import Any

from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderSide, TimeInForce
from alpaca.trading.requests import LimitOrderRequest, MarketOrderRequest

from bench.children import SANDBOX_KEYS

HEADERS = dict(zip(("APCA-API-KEY-ID", "APCA-API-SECRET-KEY"), SANDBOX_KEYS, strict=True))


def order_body(client_order_id: str, price: str | None) -> dict[str, str]:
    """Return an order to buy one share: resting at `price`, or at the market."""
    body = {
        "symbol": "AAPL",
        "qty": "1",
        "side": "buy",
        "type": "limit" if price else "market",
        "time_in_force": "gtc" if price else "day",
        "client_order_id": client_order_id,
    }
    return {**body, "limit_price": price} if price else body


def order_request(client_order_id: str, price: str | None) -> LimitOrderRequest | MarketOrderRequest:
    """Return the same order as alpaca-py's request."""
    common: dict[str, Any] = {"symbol": "AAPL", "qty": 1, "side": OrderSide.BUY, "client_order_id": client_order_id}
    if price:
        return LimitOrderRequest(**common, time_in_force=TimeInForce.GTC, limit_price=float(price))
    return MarketOrderRequest(**common, time_in_force=TimeInForce.DAY)


def trading_client(url: str) -> TradingClient:
    """Return alpaca-py's client."""
    return TradingClient(*SANDBOX_KEYS, paper=True, url_override=url)
