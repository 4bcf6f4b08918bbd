"""Bodies and queries of the order paths: read strictly, refused with Alpaca's words."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from brokerwire_sandbox.alpaca import errors
from brokerwire_server.domain.decimals import ZERO, parse_decimal
from brokerwire_server.domain.errors import InvalidDecimalError

TYPES = ("market", "limit", "stop", "stop_limit", "trailing_stop")
DURATIONS = ("day", "gtc", "opg", "cls", "ioc", "fok")
CLASSES = ("", "simple", "bracket", "oco", "oto", "mleg")
INTENTS = ("buy_to_open", "buy_to_close", "sell_to_open", "sell_to_close")
MAX_CLIENT_ORDER_ID = 128
# Numbers are kept as they were written: what a float would make of them is not what the client sent.
_DECODER = msgspec.json.Decoder(float_hook=str)
_FLOAT = re.compile(r"-?\d+(?:\.\d*)?(?:[eE][+-]?\d{1,2})?", re.ASCII)


class Terms(Struct, frozen=True, kw_only=True):
    """The terms of one order, in Alpaca's words."""

    type: str
    time_in_force: str
    quantity: Decimal | None = None
    notional: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_price: Decimal | None = None
    trail_percent: Decimal | None = None
    extended_hours: bool = False
    order_class: str = ""


class Exit(Struct, frozen=True, kw_only=True):
    """A take-profit or stop-loss."""

    limit_price: Decimal | None = None
    stop_price: Decimal | None = None


class Leg(Struct, frozen=True, kw_only=True):
    """One leg of a multi-leg order."""

    symbol: str
    ratio: Decimal
    side: str = ""
    intent: str = ""


class Draft(Struct, frozen=True, kw_only=True):
    """The body of `POST /v2/orders`, read."""

    symbol: str
    side: str
    terms: Terms
    client_order_id: str = ""
    intent: str = ""
    take_profit: Exit | None = None
    stop_loss: Exit | None = None
    legs: tuple[Leg, ...] = ()


class Change(Struct, frozen=True, kw_only=True):
    """The body of `PATCH /v2/orders/{id}`, read; `None` is as before. `trail` is in the unit that the order has."""

    quantity: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail: Decimal | None = None
    time_in_force: str | None = None
    client_order_id: str = ""


def read_body(raw: bytes) -> dict[str, Any]:
    """Return a JSON object.

    Raises:
        ApiError: 400, it is none.
    """
    try:
        body = _DECODER.decode(raw) if raw else {}
    except msgspec.DecodeError:
        raise errors.malformed() from None
    if not isinstance(body, dict):
        raise errors.malformed()
    return body


def read_order(body: Mapping[str, Any]) -> Draft:
    """Read an order. What depends on the market or the account is checked elsewhere."""
    order_class = _choice(body, "order_class", CLASSES, default="")
    multi = order_class == "mleg"
    client_order_id = _text(body, "client_order_id")
    if len(client_order_id) > MAX_CLIENT_ORDER_ID:
        raise errors.invalid(f"client_order_id must be no more than {MAX_CLIENT_ORDER_ID} characters")
    terms = Terms(
        type=_choice(body, "type", TYPES),
        time_in_force=_choice(body, "time_in_force", DURATIONS),
        quantity=_positive(body, "qty"),
        notional=_positive(body, "notional"),
        limit_price=_decimal(body, "limit_price"),
        stop_price=_positive(body, "stop_price"),
        trail_price=_positive(body, "trail_price"),
        trail_percent=_positive(body, "trail_percent"),
        extended_hours=_flag(body, "extended_hours"),
        order_class="" if order_class == "simple" else order_class,
    )
    if not multi and terms.limit_price is not None and terms.limit_price <= 0:
        raise errors.invalid("limit_price must be > 0")
    draft = Draft(
        symbol="" if multi else _text(body, "symbol"),
        side="" if multi else _choice(body, "side", ("buy", "sell")),
        terms=terms,
        client_order_id=client_order_id,
        intent=_choice(body, "position_intent", ("", *INTENTS), default=""),
        take_profit=_exit(body, "take_profit"),
        stop_loss=_exit(body, "stop_loss"),
        legs=_legs(body) if multi else (),
    )
    check_shape(draft)
    return draft


def check_shape(draft: Draft) -> None:
    """Check what an order must have by its type and class."""
    terms = draft.terms
    if terms.quantity is not None and terms.notional is not None:
        raise errors.invalid("only one of qty or notional is accepted")
    if terms.quantity is None and terms.notional is None:
        raise errors.invalid("qty or notional is required")
    needs_limit = terms.type in ("limit", "stop_limit") and draft.take_profit is None
    if needs_limit and terms.limit_price is None:
        raise errors.invalid(f"{terms.type.replace('_', ' ')} orders require limit price")
    if terms.type in ("stop", "stop_limit") and terms.stop_price is None:
        raise errors.invalid(f"{terms.type.replace('_', ' ')} orders require stop price")
    if terms.type in ("market", "stop") and terms.limit_price is not None:
        raise errors.invalid(f"{terms.type} orders require no limit price")
    trailing = terms.type == "trailing_stop"
    if trailing and (terms.trail_price is None) == (terms.trail_percent is None):
        raise errors.invalid("trailing stop orders must specify one of trail_price or trail_percent")
    _check_class(draft)


def _check_class(draft: Draft) -> None:
    order_class = draft.terms.order_class
    profit, loss = draft.take_profit, draft.stop_loss
    if order_class == "mleg":
        if not 2 <= len(draft.legs) <= 4:
            raise errors.invalid("mleg orders require 2 to 4 legs")
        return
    if not draft.symbol:
        raise errors.invalid("symbol is required")
    if order_class in ("", "simple"):
        if profit is not None or loss is not None:
            raise errors.unprocessable("simple orders must not have take_profit or stop_loss")
        return
    _check_exits(draft)


def _check_exits(draft: Draft) -> None:
    order_class, profit, loss = draft.terms.order_class, draft.take_profit, draft.stop_loss
    if draft.terms.notional is not None or (draft.terms.quantity or ZERO) % 1:
        raise errors.unprocessable("fractional orders must be simple orders")
    if order_class == "oto" and (profit is None) == (loss is None):
        raise errors.unprocessable("oto orders require either take_profit or stop_loss")
    needs_both = order_class in ("bracket", "oco")
    if (needs_both or profit is not None) and (profit is None or profit.limit_price is None):
        raise errors.unprocessable(f"{order_class} orders require take_profit.limit_price")
    if (needs_both or loss is not None) and (loss is None or loss.stop_price is None):
        raise errors.unprocessable(f"{order_class} orders require stop_loss.stop_price")
    if order_class == "oco" and draft.terms.type != "limit":
        raise errors.unprocessable("oco orders must be limit orders")


def read_change(body: Mapping[str, Any]) -> Change:
    """Read a replace."""
    quantity = _positive(body, "qty")
    if quantity is not None and quantity % 1:
        raise errors.invalid("qty must be integer")
    if body.get("notional") is not None:
        raise errors.unprocessable("notional can only be replaced for ipo orders")
    client_order_id = _text(body, "client_order_id")
    if len(client_order_id) > MAX_CLIENT_ORDER_ID:
        raise errors.invalid(f"client_order_id must be no more than {MAX_CLIENT_ORDER_ID} characters")
    return Change(
        quantity=quantity,
        limit_price=_decimal(body, "limit_price"),
        stop_price=_positive(body, "stop_price"),
        trail=_positive(body, "trail"),
        time_in_force=_choice(body, "time_in_force", (*DURATIONS, ""), default="") or None,
        client_order_id=client_order_id,
    )


def read_decimal(value: object, field: str) -> Decimal:
    """Return a JSON number or string as a decimal: plain, or as floats are written (`1e-09`).

    Raises:
        ApiError: 422, it is neither.
    """
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    try:
        if _FLOAT.fullmatch(text) is None:
            raise errors.invalid(f"{field} is invalid")
        return parse_decimal(format(Decimal(text), "f"), field)
    except InvalidDecimalError:
        raise errors.invalid(f"{field} is invalid") from None


def _decimal(body: Mapping[str, Any], field: str) -> Decimal | None:
    value = body.get(field)
    return None if value is None or value == "" else read_decimal(value, field)


def _positive(body: Mapping[str, Any], field: str) -> Decimal | None:
    value = _decimal(body, field)
    if value is not None and value <= 0:
        raise errors.invalid(f"{field} must be > 0")
    return value


def _text(body: Mapping[str, Any], field: str) -> str:
    value = body.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise errors.malformed()
    return value


def _choice(body: Mapping[str, Any], field: str, choices: tuple[str, ...], default: str | None = None) -> str:
    value = _text(body, field) or default
    if value is None:
        raise errors.invalid(f"{field} is required")
    if value not in choices:
        raise errors.invalid(f"invalid {field}")
    return value


def _flag(body: Mapping[str, Any], field: str) -> bool:
    value = body.get(field)
    if value is not None and not isinstance(value, bool):
        raise errors.malformed()
    return bool(value)


def _exit(body: Mapping[str, Any], field: str) -> Exit | None:
    value = body.get(field)
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise errors.malformed()
    return Exit(limit_price=_positive(value, "limit_price"), stop_price=_positive(value, "stop_price"))


def _legs(body: Mapping[str, Any]) -> tuple[Leg, ...]:
    value = body.get("legs")
    if not isinstance(value, list) or not all(isinstance(leg, Mapping) for leg in value):
        raise errors.invalid("mleg orders require 2 to 4 legs")
    return tuple(
        Leg(
            symbol=_text(leg, "symbol"),
            ratio=_positive(leg, "ratio_qty") or ZERO,
            side=_choice(leg, "side", ("buy", "sell", ""), default=""),
            intent=_choice(leg, "position_intent", ("", *INTENTS), default=""),
        )
        for leg in value
    )
