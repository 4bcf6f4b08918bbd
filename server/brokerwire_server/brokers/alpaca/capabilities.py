"""What an account at Alpaca can do, as data.

Where sources differ, the narrower one counts: a refusal here costs nothing. The short names stand for pages of
Alpaca's documentation.
"""

from decimal import Decimal

from brokerwire_server.domain.accounts import Account
from brokerwire_server.domain.capabilities import (
    AssetCapabilities,
    Capabilities,
    Combination,
    FillGranularity,
    IdempotencyClass,
    ReplaceMode,
)
from brokerwire_server.domain.connections import FeedKind
from brokerwire_server.domain.decimals import ONE
from brokerwire_server.domain.instruments import AssetClass
from brokerwire_server.domain.orders import OrderClass, OrderType, Side, TimeInForce

ORDERS = "https://docs.alpaca.markets/docs/orders-at-alpaca"
FRACTIONS = "https://docs.alpaca.markets/docs/fractional-trading"
CRYPTO = "https://docs.alpaca.markets/docs/crypto-trading"
OPTIONS = "https://docs.alpaca.markets/docs/options-trading"
MULTI_LEG = "https://docs.alpaca.markets/docs/options-level-3-trading"
REPLACE = "https://docs.alpaca.markets/reference/patchorderbyorderid-1"
LIMITS = "https://alpaca.markets/support/usage-limit-api-calls"
RECORDED = "a recorded 422/40010001 for the id of an order that was filled, and of one that was canceled"

_MARKET, _LIMIT = OrderType.MARKET, OrderType.LIMIT
_DAY, _GTC = TimeInForce.DAY, TimeInForce.GTC
_BILLIONTH = Decimal("0.000000001")
_MOST = Decimal(1_000_000_000)
_SPREAD_LEVEL = 3

_EQUITIES = (
    Combination(types=(_MARKET, _LIMIT), times_in_force=(_DAY,), fractional=True, notional=True, source=FRACTIONS),
    Combination(types=(_MARKET, _LIMIT), times_in_force=tuple(TimeInForce), source=ORDERS),
    Combination(types=(OrderType.STOP, OrderType.STOP_LIMIT), times_in_force=(_DAY, _GTC), source=ORDERS),
    Combination(types=(OrderType.TRAILING_STOP,), times_in_force=(_DAY, _GTC), source=ORDERS),
    Combination(types=(_LIMIT,), times_in_force=(_DAY,), extended_hours=True, fractional=True, source=FRACTIONS),
    Combination(types=(_LIMIT,), times_in_force=(_DAY, _GTC), extended_hours=True, source=ORDERS),
    Combination(
        types=(_MARKET, _LIMIT),
        times_in_force=(_DAY, _GTC),
        classes=(OrderClass.BRACKET, OrderClass.OTO),
        source=ORDERS,
    ),
    Combination(types=(_LIMIT,), times_in_force=(_DAY, _GTC), classes=(OrderClass.OCO,), source=ORDERS),
)
_CONTRACTS = (Combination(types=(_MARKET, _LIMIT), times_in_force=(_DAY,), source=OPTIONS),)
_SPREADS = Combination(
    types=(_MARKET, _LIMIT), times_in_force=(_DAY,), classes=(OrderClass.MULTI_LEG,), source=MULTI_LEG
)
_COINS = (
    Combination(
        types=(_MARKET, _LIMIT),
        times_in_force=(_GTC, TimeInForce.IOC),
        fractional=True,
        notional=True,
        source=CRYPTO,
    ),
    Combination(types=(OrderType.STOP_LIMIT,), times_in_force=(_GTC, TimeInForce.IOC), fractional=True, source=CRYPTO),
)


def alpaca_capabilities(account: Account | None, orders_per_minute: int, options_level: int) -> Capabilities:
    """Return what one account can do; before it was read, what every account can do."""
    short = account is not None and account.can_short
    assets = [_shares(tuple(Side) if short else (Side.BUY, Side.SELL))]
    if account is not None and account.can_trade_options:
        assets.append(_options(spreads=options_level >= _SPREAD_LEVEL))
    if account is not None and account.can_trade_crypto:
        assets.append(_coins())
    return Capabilities(
        broker="alpaca",
        assets=tuple(assets),
        replace_mode=ReplaceMode.IN_PLACE,
        replaceable_fields=(
            "quantity",
            "limit_price",
            "stop_price",
            "trail_amount",
            "trail_percent",
            "time_in_force",
        ),
        idempotency=IdempotencyClass.FOREVER,
        fill_granularity=FillGranularity.PER_FILL,
        feed=FeedKind.PUSH_AND_POLL,
        max_orders_per_minute=orders_per_minute,
        sources=(ORDERS, FRACTIONS, CRYPTO, OPTIONS, MULTI_LEG, REPLACE, LIMITS, RECORDED),
    )


def _shares(sides: tuple[Side, ...]) -> AssetCapabilities:
    return AssetCapabilities(
        asset_class=AssetClass.EQUITY,
        sides=sides,
        combinations=_EQUITIES,
        minimum_quantity=_BILLIONTH,
        quantity_increment=_BILLIONTH,
        maximum_quantity=_MOST,
        minimum_notional=ONE,
    )


def _options(*, spreads: bool) -> AssetCapabilities:
    return AssetCapabilities(
        asset_class=AssetClass.OPTION,
        sides=tuple(Side),
        combinations=(*_CONTRACTS, _SPREADS) if spreads else _CONTRACTS,
        minimum_quantity=ONE,
        quantity_increment=ONE,
        maximum_quantity=_MOST,
        maximum_legs=4 if spreads else 0,
    )


def _coins() -> AssetCapabilities:
    return AssetCapabilities(
        asset_class=AssetClass.CRYPTO,
        sides=(Side.BUY, Side.SELL),
        combinations=_COINS,
        minimum_quantity=_BILLIONTH,
        quantity_increment=_BILLIONTH,
        maximum_quantity=_MOST,
        minimum_notional=ONE,
    )
