"""The limits of all rules: their names, kinds, defaults, and which of two is the tighter one.

`LIVE` are the defaults for live accounts. `PAPER` ones are generous: what a simulated broker refuses by itself is left
to it, and what protects against a program that has run wild stays, at forty times the size.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, get_type_hints

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.domain.decimals import format_decimal, parse_decimal
from brokerwire_server.domain.errors import InvalidRequestError, Violation
from brokerwire_server.risk.verdict import Severity

Value = Decimal | bool | frozenset[str] | None
"""What a limit can be; `None` is "no limit"."""

NO_LIMIT = "none"


class Kind(StrEnum):
    """How a limit is written: a decimal, `on` or `off`, or words with commas between them."""

    NUMBER = "NUMBER"
    SWITCH = "SWITCH"
    WORDS = "WORDS"


class Spec(Struct, frozen=True):
    """What a limit means. `tighter` returns the more restrictive of two values, neither of them `None`."""

    code: str
    severity: Severity
    kind: Kind
    tighter: Callable[[Any, Any], Any]
    about: str


def _either(a: bool, b: bool) -> bool:
    return a or b


def _both(a: bool, b: bool) -> bool:
    return a and b


def _most(code: str, severity: Severity, about: str) -> Spec:
    return Spec(code, severity, Kind.NUMBER, min, about)


def _least(code: str, severity: Severity, about: str) -> Spec:
    return Spec(code, severity, Kind.NUMBER, max, about)


def _demand(code: str, severity: Severity, about: str) -> Spec:
    return Spec(code, severity, Kind.SWITCH, _either, about)


def _permit(code: str, severity: Severity, about: str) -> Spec:
    return Spec(code, severity, Kind.SWITCH, _both, about)


def _only(code: str, severity: Severity, about: str) -> Spec:
    return Spec(code, severity, Kind.WORDS, frozenset.intersection, about)


def _never(code: str, severity: Severity, about: str) -> Spec:
    return Spec(code, severity, Kind.WORDS, frozenset.union, about)


_HARD, _SOFT, _WARNING = Severity.HARD, Severity.SOFT, Severity.WARNING
Number = Decimal | None
Words = frozenset[str] | None


class Limits(Struct, frozen=True, kw_only=True):
    """One value for every limit. Defaults are those of a live account."""

    # state
    require_reconciled: Annotated[
        bool, _demand("P03", _HARD, "the broker is reached and its books were compared with ours")
    ] = True
    doubt_blocks_symbol: Annotated[bool, _demand("P03", _HARD, "no order in a symbol that has one in doubt")] = True
    in_doubt_orders: Annotated[Number, _most("P03", _HARD, "orders in doubt; with more, only what reduces")] = Decimal(
        2
    )

    # shape
    allow_queueing: Annotated[bool, _permit("P10", _SOFT, "orders that wait for the next session")] = False
    allow_market_outside_regular: Annotated[
        bool, _permit("P16", _SOFT, "market orders outside the regular session")
    ] = False
    check_stops: Annotated[bool, _demand("P17", _SOFT, "a stop lies behind the market")] = True

    # size and price
    equity_quantity: Annotated[Number, _most("P11", _SOFT, "shares per order")] = Decimal(10_000)
    option_quantity: Annotated[Number, _most("P11", _SOFT, "option contracts per order")] = Decimal(50)
    future_quantity: Annotated[Number, _most("P11", _SOFT, "futures contracts per order")] = Decimal(10)
    order_notional: Annotated[Number, _most("P12", _SOFT, "worst-case value per order")] = Decimal(25_000)
    order_notional_hard: Annotated[Number, _most("P12", _HARD, "the same, not to be overridden")] = Decimal(250_000)
    basket_notional_hard: Annotated[Number, _most("P13", _HARD, "worst-case value of a batch of orders")] = Decimal(
        1_250_000
    )
    collar_percent_low: Annotated[
        Number, _most("P14", _SOFT, "how far through the market a limit may be, under 25")
    ] = Decimal(10)
    collar_percent_mid: Annotated[Number, _most("P14", _SOFT, "the same, from 25 to 50")] = Decimal(5)
    collar_percent_high: Annotated[Number, _most("P14", _SOFT, "the same, above 50")] = Decimal(3)
    collar_extended_factor: Annotated[Number, _most("P14", _SOFT, "times the collar outside the regular session")] = (
        Decimal(2)
    )
    collar_passive_percent: Annotated[Number, _most("P14", _SOFT, "how far behind the market a limit may be")] = (
        Decimal(50)
    )
    collar_option_percent: Annotated[Number, _most("P14", _SOFT, "the collar of options, or the amount below")] = (
        Decimal(50)
    )
    collar_option_amount: Annotated[Number, _most("P14", _SOFT, "the collar of options per unit; the wider counts")] = (
        Decimal("0.5")
    )
    quote_age: Annotated[Number, _most("P15", _SOFT, "seconds that a quote may be old in the regular session")] = (
        Decimal(5)
    )
    quote_age_extended: Annotated[Number, _most("P15", _SOFT, "the same outside it")] = Decimal(60)
    adv_percent: Annotated[Number, _most("P18", _SOFT, "of the average daily volume, per order of shares")] = Decimal(5)
    adv_percent_hard: Annotated[Number, _most("P18", _HARD, "the same, not to be overridden")] = Decimal(10)

    # order flow
    duplicate_seconds: Annotated[Number, _least("P19", _SOFT, "seconds within which the same order is a mistake")] = (
        Decimal(1)
    )
    duplicate_burst: Annotated[Number, _most("P19", _SOFT, "same orders within ten seconds")] = Decimal(3)
    account_rate: Annotated[Number, _most("P21", _SOFT, "submits and replaces per second, account")] = Decimal(5)
    account_burst: Annotated[Number, _most("P21", _SOFT, "the same at once")] = Decimal(10)
    principal_rate: Annotated[Number, _most("P21", _SOFT, "submits and replaces per second, principal")] = Decimal(10)
    gateway_rate: Annotated[Number, _most("P21", _SOFT, "submits and replaces per second, whole gateway")] = Decimal(
        100
    )
    broker_rate_percent: Annotated[Number, _most("P21", _SOFT, "of the broker's own limit per minute")] = Decimal(80)
    orders_per_day: Annotated[Number, _most("P22", _SOFT, "orders per account and day (UTC)")] = Decimal(2_000)
    messages_per_fill: Annotated[
        Number, _most("P22", _SOFT, "submits, replaces and cancels for each fill and one more, in a day")
    ] = Decimal(50)
    messages_per_fill_warning: Annotated[Number, _most("P22", _WARNING, "the same, as a warning")] = Decimal(20)
    working_orders: Annotated[Number, _most("P23", _SOFT, "open orders per account")] = Decimal(200)
    working_orders_symbol: Annotated[Number, _most("P23", _SOFT, "open orders per account and symbol")] = Decimal(20)
    working_orders_principal: Annotated[Number, _most("P23", _SOFT, "open orders per account and principal")] = None

    # exposure
    check_buying_power: Annotated[
        bool, _demand("P24", _HARD, "the worst case of all orders is within the buying power")
    ] = True
    balance_age: Annotated[Number, _most("P24", _HARD, "seconds that balances may be old")] = Decimal(30)
    position_notional: Annotated[Number, _most("P25", _SOFT, "worst-case value held in a symbol")] = Decimal(50_000)
    position_percent: Annotated[Number, _most("P25", _SOFT, "the same, of the account's equity")] = Decimal(20)
    gross_percent: Annotated[Number, _most("P25", _SOFT, "worst-case gross value, of equity")] = Decimal(200)
    gross_percent_hard: Annotated[Number, _most("P25", _HARD, "the same, not to be overridden")] = Decimal(400)
    net_percent: Annotated[Number, _most("P25", _SOFT, "worst-case net value, of equity")] = None
    check_self_trade: Annotated[bool, _demand("P26", _SOFT, "no order that would trade with one of our own")] = True
    allow_flip: Annotated[
        bool, _permit("P27", _HARD, "SELL beyond what is held, BUY_TO_COVER beyond what is short")
    ] = False
    leveraged_percent: Annotated[Number, _most("P34", _SOFT, "worst-case value of crypto, forex and futures")] = (
        Decimal(200)
    )
    margin_headroom_percent: Annotated[Number, _least("P34", _SOFT, "of equity that initial margin leaves free")] = (
        Decimal(25)
    )

    # regulatory
    check_shortable: Annotated[
        bool, _demand("P28", _HARD, "the account may sell short, and the symbol be borrowed")
    ] = True
    settled_funds_only: Annotated[bool, _demand("P32", _SOFT, "a cash account buys with settled funds")] = True
    allow_uncovered_options: Annotated[bool, _permit("P33", _HARD, "short options that nothing covers")] = False
    leg_ratio: Annotated[Number, _most("P33", _HARD, "short for each long unit in a multi-leg order")] = Decimal(2)
    expiry_cutoff_hour: Annotated[
        Number, _most("P33", _SOFT, "hour in New York from which on an expiring option is not opened")
    ] = Decimal(15)
    allow_symbols: Annotated[Words, _only("P35", _HARD, "the only symbols that may be traded")] = None
    deny_symbols: Annotated[Words, _never("P35", _HARD, "symbols that may not be traded")] = None
    asset_classes: Annotated[Words, _only("P35", _HARD, "the only asset classes that may be traded")] = None
    allow_otc: Annotated[bool, _permit("P35", _HARD, "shares that trade over the counter")] = False
    minimum_price: Annotated[Number, _least("P35", _HARD, "least price of shares that are bought or shorted")] = (
        Decimal(1)
    )


def _specs() -> Mapping[str, Spec]:
    hints = get_type_hints(Limits, include_extras=True)
    return {name: next(m for m in hints[name].__metadata__ if isinstance(m, Spec)) for name in Limits.__struct_fields__}


SPECS = _specs()
"""Every limit by its name."""

LIVE = Limits()
_OFF = [
    "collar_percent_low",
    "collar_percent_mid",
    "collar_percent_high",
    "collar_extended_factor",
    "collar_passive_percent",
    "collar_option_percent",
    "collar_option_amount",
    "quote_age",
    "quote_age_extended",
    "adv_percent",
    "adv_percent_hard",
    "duplicate_seconds",
    "duplicate_burst",
    "account_rate",
    "account_burst",
    "principal_rate",
    "gateway_rate",
    "broker_rate_percent",
    "orders_per_day",
    "messages_per_fill",
    "messages_per_fill_warning",
    "working_orders",
    "working_orders_symbol",
    "in_doubt_orders",
    "balance_age",
    "position_notional",
    "position_percent",
    "gross_percent",
    "gross_percent_hard",
    "leveraged_percent",
    "margin_headroom_percent",
    "leg_ratio",
    "expiry_cutoff_hour",
    "minimum_price",
    "order_notional",
    "equity_quantity",
    "option_quantity",
    "future_quantity",
]
_SIZED = ("order_notional_hard", "basket_notional_hard")
_PAPER_SIZE = 40
PAPER = replace(
    LIVE,
    **dict.fromkeys(_OFF, None),
    **{name: getattr(LIVE, name) * _PAPER_SIZE for name in _SIZED},
    **{name: SPECS[name].tighter is _both for name in LIVE.__struct_fields__ if SPECS[name].kind is Kind.SWITCH},
)


def limit_spec(name: str, field: str) -> Spec:
    """Return what a limit means. Raises `InvalidRequestError` where there is none of that name."""
    spec = SPECS.get(name)
    if spec is None:
        raise InvalidRequestError.of(Violation(field, "INVALID_FIELD", f"no limit {name[:48]!r}", tuple(SPECS)))
    return spec


def parse_limit(name: str, text: str, field: str) -> Value:
    """Return the value that a text states for a limit.

    Args:
        name: the limit's.
        text: a decimal of 0 or more, `on` or `off`, words with commas between them, or `none`.
        field: the request's field, for the error.

    Raises:
        InvalidRequestError: there is no such limit, or the text is of another kind.
    """
    spec = limit_spec(name, field)
    match spec.kind, text.strip():
        case Kind.SWITCH, "on" | "off" as word:
            return word == "on"
        case Kind.SWITCH, _:
            raise InvalidRequestError.of(Violation(field, "INVALID_FIELD", f"{name} is on or off", ("on", "off")))
        case _, word if word == NO_LIMIT:
            return None
        case Kind.WORDS, words:
            return frozenset(word.strip() for word in words.split(",") if word.strip())
        case _, number:
            value = parse_decimal(number, field)
            if value < 0:
                raise InvalidRequestError.of(Violation(field, "DECIMAL_OUT_OF_RANGE", f"{name} is 0 or more"))
            return value


def limit_text(value: Value) -> str:
    """Return a value as `parse_limit` reads it."""
    match value:
        case None:
            return NO_LIMIT
        case bool():
            return "on" if value else "off"
        case frozenset():
            return ",".join(sorted(value))
    return format_decimal(value)


def tighter(name: str, a: Value, b: Value) -> Value:
    """Return the more restrictive of two values of a limit."""
    if a is None or b is None:
        return b if a is None else a
    result: Value = SPECS[name].tighter(a, b)
    return result
