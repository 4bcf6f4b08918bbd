"""What an account at Interactive Brokers can do, as data.

The broker states no permissions: what an account may not trade is refused with the order. Where sources differ, the
narrower one counts: a refusal here costs nothing.
"""

from collections.abc import Mapping
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

ORDER_TYPES = "TWS API documentation, Order Types: basic orders"
TIMES = "TWS API documentation, Order Types: time in force"
BRACKETS = "TWS API documentation, Order Types: bracket orders, one cancels all"
COMBINATIONS = "TWS API documentation, Contracts: spreads"
CRYPTO = "TWS API documentation, Cryptocurrency: orders are IOC, market buys by cash quantity"
FRACTIONS = "TWS API documentation, Contract Details: minimum size and size increment"
MODIFY = "TWS API documentation, Modifying Orders: same id, whole order; price, quantity, time in force"
PACING = "TWS API documentation, Pacing: 50 messages a second"
DUPLICATES = "orderRef is free text: recorded orders with the same one were all accepted"
EXECUTIONS = "TWS API documentation, Executions: of the present day"

_MARKET, _LIMIT, _STOP = OrderType.MARKET, OrderType.LIMIT, OrderType.STOP
_STOP_LIMIT, _TRAIL = OrderType.STOP_LIMIT, OrderType.TRAILING_STOP
_ALL = (_MARKET, _LIMIT, _STOP, _STOP_LIMIT, _TRAIL)
_DAY, _GTC, _IOC, _FOK = TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK
_LASTING = (_DAY, _GTC)
_MOST = Decimal(1_000_000_000)
_HUNDRED_MILLIONTH = Decimal("0.00000001")
_TEN_THOUSANDTH = Decimal("0.0001")
_CENT = Decimal("0.01")

_PLAIN = (
    Combination(types=_ALL, times_in_force=_LASTING, source=ORDER_TYPES),
    Combination(types=(_MARKET, _LIMIT), times_in_force=(_IOC,), source=TIMES),
)
_GROUPS = (
    Combination(
        types=(_MARKET, _LIMIT),
        times_in_force=_LASTING,
        classes=(OrderClass.BRACKET, OrderClass.OTO),
        source=BRACKETS,
    ),
    Combination(types=(_LIMIT,), times_in_force=_LASTING, classes=(OrderClass.OCO,), source=BRACKETS),
)
_FILL_OR_KILL = Combination(types=(_LIMIT,), times_in_force=(_FOK,), source=TIMES)
_EXTENDED = Combination(types=(_LIMIT,), times_in_force=_LASTING, extended_hours=True, source=TIMES)
_AUCTIONS = Combination(types=(_MARKET, _LIMIT), times_in_force=(TimeInForce.OPG, TimeInForce.CLS), source=TIMES)
_FRACTIONS = Combination(types=(_MARKET, _LIMIT), times_in_force=(_DAY,), fractional=True, source=FRACTIONS)
_SPREADS = Combination(
    types=(_MARKET, _LIMIT), times_in_force=_LASTING, classes=(OrderClass.MULTI_LEG,), source=COMBINATIONS
)

COMBINATIONS_OF: Mapping[AssetClass, tuple[Combination, ...]] = {
    AssetClass.EQUITY: (_FRACTIONS, *_PLAIN, _FILL_OR_KILL, _AUCTIONS, _EXTENDED, *_GROUPS),
    AssetClass.OPTION: (*_PLAIN, _FILL_OR_KILL, *_GROUPS, _SPREADS),
    AssetClass.FUTURE: (*_PLAIN, _EXTENDED, *_GROUPS),
    AssetClass.FOREX: tuple(
        Combination(
            types=one.types,
            times_in_force=one.times_in_force,
            classes=one.classes,
            fractional=True,
            source=one.source,
        )
        for one in (*_PLAIN, *_GROUPS)
    ),
    AssetClass.CRYPTO: (
        Combination(types=(_LIMIT,), times_in_force=(_IOC,), fractional=True, source=CRYPTO),
        Combination(types=(_MARKET,), times_in_force=(_IOC,), fractional=True, notional=True, source=CRYPTO),
    ),
}
_STEPS: Mapping[AssetClass, Decimal] = {
    # The finest there is in a class: each contract says its own.
    AssetClass.EQUITY: _TEN_THOUSANDTH,
    AssetClass.OPTION: ONE,
    AssetClass.FUTURE: ONE,
    AssetClass.FOREX: _CENT,
    AssetClass.CRYPTO: _HUNDRED_MILLIONTH,
}
_LEGS = 4


def ibkr_capabilities(account: Account | None, orders_per_minute: int) -> Capabilities:
    """Return what one account can do; before it was read, what every margin account can do."""
    short = account is None or account.can_short
    return Capabilities(
        broker="ibkr",
        assets=tuple(_asset(asset_class, short=short) for asset_class in COMBINATIONS_OF),
        replace_mode=ReplaceMode.IN_PLACE,
        replaceable_fields=("quantity", "limit_price", "stop_price", "trail_amount", "trail_percent", "time_in_force"),
        idempotency=IdempotencyClass.NONE,
        fill_granularity=FillGranularity.PER_FILL,
        feed=FeedKind.PUSH,
        streams_quotes=True,
        max_orders_per_minute=orders_per_minute,
        history_days=1,
        sources=(
            *(ORDER_TYPES, TIMES, BRACKETS, COMBINATIONS, CRYPTO, FRACTIONS),
            *(MODIFY, PACING, DUPLICATES, EXECUTIONS),
        ),
    )


def _asset(asset_class: AssetClass, *, short: bool) -> AssetCapabilities:
    # A short position in shares is borrowed; in a derivative or a currency it is just the other side.
    owned = asset_class is AssetClass.CRYPTO or (asset_class is AssetClass.EQUITY and not short)
    return AssetCapabilities(
        asset_class=asset_class,
        sides=(Side.BUY, Side.SELL) if owned else tuple(Side),
        combinations=COMBINATIONS_OF[asset_class],
        minimum_quantity=_STEPS[asset_class],
        quantity_increment=_STEPS[asset_class],
        maximum_quantity=_MOST,
        maximum_legs=_LEGS if asset_class is AssetClass.OPTION else 0,
    )
