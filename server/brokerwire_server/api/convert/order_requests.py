"""What callers ask for: orders and changes of orders, checked for form before the engine sees them.

Values are checked here as far as the message alone says; what depends on account, broker or instrument is the engine's.
All faults that are found without guessing are returned together.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from brokerwire.v1 import order_service_pb2, orders_pb2
from brokerwire_server.api.convert.enums import ORDER_CLASS, ORDER_TYPE, SIDE, TIME_IN_FORCE, EnumMap
from brokerwire_server.api.convert.instruments import instrument_from
from brokerwire_server.api.convert.signatures import signature_of
from brokerwire_server.api.convert.values import invalid, money_amount, optional_decimal, required
from brokerwire_server.domain.decimals import ONE, ZERO, parse_decimal
from brokerwire_server.domain.errors import InvalidRequestError, Violation
from brokerwire_server.domain.instruments import Instrument
from brokerwire_server.domain.orders import (
    ExitTerms,
    OrderClass,
    OrderLeg,
    OrderRequest,
    OrderTerms,
    OrderType,
    Side,
    TimeInForce,
)

if TYPE_CHECKING:
    from enum import StrEnum

MAX_TAGS, MAX_TAG_KEY, MAX_TAG_VALUE = 16, 64, 256
MAX_LEGS = 16

_E = TypeVar("_E", bound="StrEnum")
_T = TypeVar("_T")
_NO_INSTRUMENT = Instrument(symbol="")
_NO_SIZE: tuple[Decimal | None, Decimal | None] = (None, None)


class Faults:
    """Collects what is wrong with a request, to say it all at once."""

    __slots__ = ("found",)

    def __init__(self) -> None:
        """Start with nothing found."""
        self.found: list[Violation] = []

    def keep(self, read: Callable[[], _T], default: _T) -> _T:
        """Return what `read` returns; where it finds a fault, keep that and return `default`."""
        try:
            return read()
        except InvalidRequestError as error:
            self.found += error.violations
            return default

    def member(self, enum: EnumMap[_E], number: int, field: str, default: _E) -> _E:
        """Return a required enum's member."""
        member = enum.find(number)
        if member is None:
            self.found.append(enum.violation(number, field))
            return default
        return member

    def end(self) -> None:
        """Raise if anything was found."""
        if self.found:
            raise InvalidRequestError.of(*self.found)


def order_request(message: orders_pb2.OrderRequest, path: str = "", *, preview: bool = False) -> OrderRequest:
    """Return the order that is asked for; `path` goes before the field names in errors.

    Raises:
        InvalidRequestError: fields are missing or malformed, all of them named.
    """
    faults = Faults()
    if not message.account_id:
        faults.found.append(Violation(f"{path}account_id", "FIELD_REQUIRED", "name the account"))
    if not message.client_order_id and not preview:
        text = "your id for the order: it makes sending the request again safe"
        faults.found.append(Violation(f"{path}client_order_id", "FIELD_REQUIRED", text))
    order_class = OrderClass.SIMPLE
    if message.order_class:
        order_class = faults.member(ORDER_CLASS, message.order_class, f"{path}order_class", OrderClass.SIMPLE)
    legs: tuple[OrderLeg, ...] = ()
    if order_class is OrderClass.MULTI_LEG or message.legs:
        legs = faults.keep(lambda: _legs(message, path), legs)
    if order_class is OrderClass.MULTI_LEG:
        instrument, side = faults.keep(lambda: _of_legs(message, legs, path), (_NO_INSTRUMENT, Side.BUY))
    else:
        instrument = faults.keep(lambda: _instrument(message, path), _NO_INSTRUMENT)
        side = faults.member(SIDE, message.side, f"{path}side", Side.BUY)
    order_type = faults.member(ORDER_TYPE, message.type, f"{path}type", OrderType.MARKET)
    time_in_force = faults.member(TIME_IN_FORCE, message.time_in_force, f"{path}time_in_force", TimeInForce.DAY)
    quantity, notional = faults.keep(lambda: _size(message, path), _NO_SIZE)
    limit_price = _price(message, "limit_price", path, faults)
    stop_price = _price(message, "stop_price", path, faults)
    trail_amount, trail_percent = _trail(message, path, faults)
    tags: dict[str, str] = {}
    if message.tags:
        tags = faults.keep(lambda: tags_from(message.tags, f"{path}tags"), tags)
    profit = loss = None
    if message.HasField("take_profit"):
        profit = ExitTerms(limit_price=_price(message.take_profit, "limit_price", f"{path}take_profit.", faults))
    if message.HasField("stop_loss"):
        loss = _stop_loss(message.stop_loss, f"{path}stop_loss.", faults)
    signature = None
    if not preview and message.HasField("signature"):
        signature = faults.keep(lambda: signature_of(message, path), signature)
    if faults.found:
        faults.end()
    return OrderRequest(
        account_id=message.account_id,
        client_order_id=message.client_order_id or ("preview" if preview else ""),
        instrument=instrument,
        side=side,
        type=order_type,
        time_in_force=time_in_force,
        quantity=quantity,
        notional=notional,
        limit_price=limit_price,
        stop_price=stop_price,
        trail_amount=trail_amount,
        trail_percent=trail_percent,
        extended_hours=message.extended_hours,
        order_class=order_class,
        legs=legs,
        take_profit=profit,
        stop_loss=loss,
        tags=tags,
        signature=signature,
    )


def replace_terms(message: order_service_pb2.ReplaceOrderRequest, path: str = "") -> OrderTerms:
    """Return the changes that are asked for; at least one is required."""
    faults = Faults()
    quantity = _price(message, "quantity", path, faults)
    limit_price = _price(message, "limit_price", path, faults)
    stop_price = _price(message, "stop_price", path, faults)
    trail_amount, trail_percent = _trail(message, path, faults)
    time_in_force = None
    if message.HasField("time_in_force"):
        time_in_force = faults.member(TIME_IN_FORCE, message.time_in_force, f"{path}time_in_force", TimeInForce.DAY)
    faults.end()
    terms = OrderTerms(
        quantity=quantity,
        limit_price=limit_price,
        stop_price=stop_price,
        trail_amount=trail_amount,
        trail_percent=trail_percent,
        time_in_force=time_in_force,
    )
    if terms == _NO_TERMS:
        raise required(f"{path}quantity", "name at least one change: quantity, a price, a trail or time_in_force")
    return terms


_NO_TERMS = OrderTerms()


def tags_from(tags: Mapping[str, str], field: str) -> dict[str, str]:
    """Return a caller's labels. Raises where there are too many or they are too long."""
    if not tags:
        return {}
    if len(tags) > MAX_TAGS:
        raise invalid(field, f"at most {MAX_TAGS} labels")
    if any(not key or len(key) > MAX_TAG_KEY or len(value) > MAX_TAG_VALUE for key, value in tags.items()):
        raise invalid(field, f"keys of 1 to {MAX_TAG_KEY} characters, values up to {MAX_TAG_VALUE}")
    # In order of key: the content of a request, and so its fingerprint, must not depend on the order of a map.
    return dict(sorted(tags.items()))


def _instrument(message: orders_pb2.OrderRequest, path: str) -> Instrument:
    if not message.HasField("instrument"):
        raise required(f"{path}instrument", "what to trade, such as {symbol: AAPL}")
    return instrument_from(message.instrument, f"{path}instrument")


def _size(message: orders_pb2.OrderRequest, path: str) -> tuple[Decimal | None, Decimal | None]:
    match message.WhichOneof("size"):
        case "quantity":
            return parse_decimal(message.quantity.value, f"{path}quantity"), None
        case "notional":
            return None, money_amount(message.notional, f"{path}notional")
    raise required(f"{path}quantity", "set quantity or notional")


def _price(message: "orders_pb2.OrderRequest | object", name: str, path: str, faults: Faults) -> Decimal | None:
    try:
        return optional_decimal(message, name, path)  # type: ignore[arg-type]
    except InvalidRequestError as error:
        faults.found += error.violations
        return None


def _trail(
    message: orders_pb2.OrderRequest | orders_pb2.StopLoss | order_service_pb2.ReplaceOrderRequest,
    path: str,
    faults: Faults,
) -> tuple[Decimal | None, Decimal | None]:
    match message.WhichOneof("trail"):
        case "trail_amount":
            amount = _price(message, "trail_amount", path, faults)
            if amount is not None and amount <= ZERO:
                faults.found.append(Violation(f"{path}trail_amount", "INVALID_FIELD", "must be above 0"))
            return amount, None
        case "trail_percent":
            return None, _price(message, "trail_percent", path, faults)
    return None, None


def _stop_loss(message: orders_pb2.StopLoss, path: str, faults: Faults) -> ExitTerms:
    limit_price = _price(message, "limit_price", path, faults)
    trail_amount, trail_percent = _trail(message, path, faults)
    if limit_price is not None and message.WhichOneof("trail"):
        faults.found.append(Violation(f"{path}limit_price", "INVALID_FIELD", "does not go with a trail"))
    return ExitTerms(
        stop_price=_price(message, "stop_price", path, faults),
        limit_price=limit_price,
        trail_amount=trail_amount,
        trail_percent=trail_percent,
    )


def _legs(message: orders_pb2.OrderRequest, path: str) -> tuple[OrderLeg, ...]:
    if len(message.legs) > MAX_LEGS:
        raise invalid(f"{path}legs", f"at most {MAX_LEGS} legs")
    return tuple(_leg(leg, f"{path}legs[{index}].") for index, leg in enumerate(message.legs))


def _leg(message: orders_pb2.OrderLeg, path: str) -> OrderLeg:
    if not message.HasField("instrument"):
        raise required(f"{path}instrument", "what the leg trades")
    ratio = optional_decimal(message, "ratio_quantity", path)
    if ratio is None:
        raise required(f"{path}ratio_quantity", "units of this leg per combination")
    if ratio <= ZERO:
        raise invalid(f"{path}ratio_quantity", "must be above 0")
    return OrderLeg(
        instrument=instrument_from(message.instrument, f"{path}instrument"),
        side=SIDE.need(message.side, f"{path}side"),
        ratio=ratio or ONE,
    )


def _of_legs(message: orders_pb2.OrderRequest, legs: tuple[OrderLeg, ...], path: str) -> tuple[Instrument, Side]:
    """Return what stands for a multi-leg order where the engine wants one instrument and side: its first leg's."""
    if message.HasField("instrument"):
        raise invalid(f"{path}instrument", "must be absent for MULTI_LEG: the legs name theirs")
    if message.side:
        raise invalid(f"{path}side", "must be unspecified for MULTI_LEG: the legs name theirs")
    if len(legs) < 2:
        raise required(f"{path}legs", "at least two legs")
    return legs[0].instrument, legs[0].side
