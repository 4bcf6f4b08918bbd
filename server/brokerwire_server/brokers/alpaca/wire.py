"""Alpaca's objects as they come over the wire.

Only what identifies an object is required; unknown fields are ignored and every enumeration is open text, for Alpaca
adds values without notice and a model that rejects one loses the whole answer (alpaca-py issues 153, 340, 624). Numbers
are decimal strings and stay decimals; times are RFC 3339 text, see `nanos`.

Source: Alpaca's Trading API specification (openapi.yaml 2.0.1) and its streaming documentation.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

import msgspec
from msgspec import Struct

T = TypeVar("T")
Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


class Order(Struct, frozen=True, kw_only=True):
    """An order. A multi-leg parent has "" for symbol, side and asset; `notional` orders have no `qty` until sized."""

    id: str
    status: str
    client_order_id: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    submitted_at: str | None = None
    filled_at: str | None = None
    cancel_requested_at: str | None = None
    canceled_at: str | None = None
    expired_at: str | None = None
    failed_at: str | None = None
    replaced_at: str | None = None
    replaced_by: str | None = None
    replaces: str | None = None
    asset_id: str | None = None
    symbol: str | None = None
    asset_class: str | None = None
    notional: Decimal | None = None
    qty: Decimal | None = None
    ratio_qty: Decimal | None = None
    filled_qty: Decimal | None = None
    filled_avg_price: Decimal | None = None
    order_class: str | None = None
    order_type: str | None = None
    type: str | None = None
    side: str | None = None
    position_intent: str | None = None
    time_in_force: str | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_price: Decimal | None = None
    trail_percent: Decimal | None = None
    hwm: Decimal | None = None
    extended_hours: bool | None = None
    legs: tuple["Order", ...] | None = None


class LegExecution(Struct, frozen=True, kw_only=True):
    """The execution of one leg within a multi-leg fill."""

    execution_id: str
    order_id: str
    symbol: str
    qty: Decimal
    price: Decimal
    timestamp: str | None = None


class TradeUpdate(Struct, frozen=True, kw_only=True):
    """One event. `qty` is this execution's, `order.filled_qty` the cumulative one (Alpaca-API issue 103)."""

    event: str
    order: Order
    event_id: str | None = None
    at: str | None = None
    timestamp: str | None = None
    execution_id: str | None = None
    previous_execution_id: str | None = None
    price: Decimal | None = None
    qty: Decimal | None = None
    position_qty: Decimal | None = None
    reason: str | None = None
    legs: tuple[LegExecution, ...] | None = None
    kept_as: str = ""
    """Where the gateway keeps the event as it came; nothing of Alpaca's."""


class StreamData(Struct, frozen=True, kw_only=True):
    """What the stream's own messages say: the answer to authentication, the effective list, an error."""

    action: str | None = None
    status: str | None = None
    message: str | None = None
    error_message: str | None = None
    streams: tuple[str, ...] | None = None


class Envelope(Struct, frozen=True, kw_only=True):
    """A frame of the stream. Error frames may name an `action` instead of a `stream`."""

    stream: str | None = None
    action: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"{}")


class Account(Struct, frozen=True, kw_only=True):
    """The account. Day-trade fields are gone since July 2026 and `cash` includes unsettled proceeds."""

    id: str
    status: str
    account_number: str | None = None
    crypto_status: str | None = None
    currency: str | None = None
    cash: Decimal | None = None
    buying_power: Decimal | None = None
    daytrading_buying_power: Decimal | None = None
    equity: Decimal | None = None
    last_equity: Decimal | None = None
    long_market_value: Decimal | None = None
    short_market_value: Decimal | None = None
    initial_margin: Decimal | None = None
    maintenance_margin: Decimal | None = None
    multiplier: Decimal | None = None
    trading_blocked: bool | None = None
    account_blocked: bool | None = None
    trade_suspended_by_user: bool | None = None
    shorting_enabled: bool | None = None
    options_trading_level: int | str | None = None
    created_at: str | None = None


class Position(Struct, frozen=True, kw_only=True):
    """A holding; `qty` is negative when short, crypto symbols have no slash here."""

    symbol: str
    qty: Decimal
    asset_id: str | None = None
    asset_class: str | None = None
    avg_entry_price: Decimal | None = None
    current_price: Decimal | None = None
    unrealized_pl: Decimal | None = None


class Activity(Struct, frozen=True, kw_only=True):
    """An entry of the account's history. A FILL's `id` is `<New York time>::<uuid>`, its `transaction_time` is UTC."""

    id: str
    activity_type: str
    activity_sub_type: str | None = None
    order_id: str | None = None
    symbol: str | None = None
    side: str | None = None
    qty: Decimal | None = None
    price: Decimal | None = None
    cum_qty: Decimal | None = None
    leaves_qty: Decimal | None = None
    per_share_amount: Decimal | None = None
    net_amount: Decimal | None = None
    currency: str | None = None
    status: str | None = None
    description: str | None = None
    date: str | None = None
    created_at: str | None = None
    transaction_time: str | None = None


class Asset(Struct, frozen=True, kw_only=True):
    """Reference data. `class` is a keyword in Python, hence `asset_class`."""

    id: str
    symbol: str
    asset_class: str = msgspec.field(name="class", default="")
    exchange: str | None = None
    name: str | None = None
    status: str | None = None
    tradable: bool | None = None
    marginable: bool | None = None
    shortable: bool | None = None
    fractionable: bool | None = None
    min_order_size: Decimal | None = None
    min_trade_increment: Decimal | None = None
    price_increment: Decimal | None = None
    attributes: tuple[str, ...] | None = None


class Contract(Struct, frozen=True, kw_only=True):
    """An option contract; `size` is the units of the underlying per contract."""

    id: str
    symbol: str
    name: str | None = None
    status: str | None = None
    tradable: bool | None = None
    expiration_date: str | None = None
    underlying_symbol: str | None = None
    type: str | None = None
    strike_price: Decimal | None = None
    size: Decimal | None = None


class Contracts(Struct, frozen=True, kw_only=True):
    """A page of option contracts."""

    option_contracts: tuple[Contract, ...] = ()
    next_page_token: str | None = None


class UndecodableError(Exception):
    """Bytes that are not what they should be; `raw` has their beginning."""

    def __init__(self, raw: bytes, cause: str) -> None:
        """Keep at most 500 bytes."""
        self.raw = raw[:500]
        super().__init__(f"{cause}: {self.raw!r}")


def decode(kind: type[T], raw: bytes | bytearray | memoryview) -> T:
    """Decode JSON into `kind`. Alpaca writes "" where it means null, so that is tried where the strict form fails.

    Raises:
        UndecodableError: the bytes are no JSON, or what identifies the object is missing.
    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError:
        pass
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UndecodableError(bytes(raw), str(error)) from error
    try:
        return msgspec.convert(_blank_to_null(msgspec.json.decode(raw)), kind)
    except (msgspec.ValidationError, UnicodeDecodeError) as error:
        raise UndecodableError(bytes(raw), str(error)) from error


def _blank_to_null(value: Json) -> Json:
    match value:
        case dict():
            return {key: _blank_to_null(item) for key, item in value.items()}
        case list():
            return [_blank_to_null(item) for item in value]
        case "":
            return None
    return value


_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def nanos(text: str | None) -> int:
    """Return nanoseconds since the epoch of RFC 3339 text of any precision and offset; 0 where there is no time."""
    match = _TIME.match(text) if text else None
    if match is None:
        return 0
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )
    except ValueError:
        return 0
    if zone and zone not in "Zz":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        moment = moment - offset if zone[0] == "+" else moment + offset
    whole = moment - _EPOCH
    return (whole.days * 86_400 + whole.seconds) * 1_000_000_000 + int((fraction or "").ljust(9, "0"))


def rfc3339(time: int) -> str:
    """Return nanoseconds since the epoch as RFC 3339 text in UTC, exact."""
    seconds, fraction = divmod(time, 1_000_000_000)
    moment = _EPOCH + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{fraction:09d}Z"
