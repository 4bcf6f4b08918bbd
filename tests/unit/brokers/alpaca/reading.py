"""What each kind of payload is to the adapter, by the beginning of its file's name, and how to read it whole."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from brokerwire_server.brokers.alpaca import wire
from brokerwire_server.brokers.alpaca.accounts import account_of, account_state, activity_of, position_of
from brokerwire_server.brokers.alpaca.feed import Feed
from brokerwire_server.brokers.alpaca.mapping import request_of, terms_of
from brokerwire_server.brokers.alpaca.reference import details_of, details_of_contract
from brokerwire_server.domain.connections import ConnectionSpec, Environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPEC = ConnectionSpec(connection_id="alpaca-paper", broker="alpaca", environment=Environment.PAPER)

KINDS: tuple[tuple[str, Any], ...] = (
    ("rest_account_configurations", None),
    ("rest_account", wire.Account),
    ("rest_activit", wire.Activity),
    ("rest_assets", wire.Asset),
    ("rest_cancel_all", None),
    ("rest_close_all_positions", None),
    ("rest_position_closed", None),
    ("rest_portfolio_history", None),
    ("rest_option_contracts", wire.Contracts),
    ("rest_position", wire.Position),
    ("rest_get_order", wire.Order),
    ("rest_order", wire.Order),
    ("rest_post_order", wire.Order),
    ("sse_", wire.TradeUpdate),
    ("ws_", wire.Envelope),
)
"""`None`: an answer that the adapter never asks for; it must be JSON, and the orders in it must read as orders."""


def kind_of(path: Path) -> Any:
    return next(kind for prefix, kind in KINDS if path.name.startswith(prefix))


def items(path: Path, found: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each object of a file as JSON, with what it is."""
    kind = kind_of(path)
    for one in found if isinstance(found, list) else [found]:
        if kind is wire.Envelope:
            yield one, wire.Envelope
            if one.get("stream") == "trade_updates":
                yield one["data"], wire.TradeUpdate
            else:
                yield one["data"], wire.StreamData
        elif kind is not None:
            yield one, kind
        elif isinstance(one, dict) and isinstance(one.get("body"), dict) and "client_order_id" in one["body"]:
            yield one["body"], wire.Order


def same(json_value: Any, value: Any) -> bool:
    """Whether a field has survived: numbers to the last digit, text to the letter, lists element by element."""
    if isinstance(value, Decimal):
        return Decimal(str(json_value)) == value
    if isinstance(value, msgspec.Struct):
        return not lost(json_value, value)
    if isinstance(value, msgspec.Raw):
        return bool(json.loads(bytes(value)) == json_value)
    if isinstance(value, tuple):
        return len(value) == len(json_value) and all(map(same, json_value, value))
    return bool(value == json_value) or (json_value == "" and value is None)


def lost(json_value: dict[str, Any], value: msgspec.Struct) -> list[str]:
    """Name the fields of a struct that do not have what the JSON says."""
    fields = {field.encode_name: field.name for field in msgspec.structs.fields(type(value))}
    return [
        name
        for name, ours in fields.items()
        if json_value.get(name) is not None and not same(json_value[name], getattr(value, ours))
    ]


def use(value: Any) -> None:
    """Map an object as the adapter does; what it can't take raises."""
    match value:
        case wire.Order():
            request_of(value, "alpaca-paper")
            terms_of(value)
            assert Feed("alpaca-paper").of_orders([value])
        case wire.TradeUpdate():
            feed = Feed("alpaca-paper")
            assert feed.take(value) or feed.holds(value.order.id)
        case wire.Account():
            account_state(value, account_of(value, SPEC), 1)
        case wire.Position():
            position_of(value, "alpaca-paper")
        case wire.Activity():
            moved = value.activity_type != "FILL" and value.status != "canceled"
            assert (activity_of(value, "alpaca-paper") is not None) is moved
        case wire.Asset():
            details_of(value)
        case wire.Contracts():
            assert [details_of_contract(one) for one in value.option_contracts]
