"""What a paper account can do."""

from decimal import Decimal

from brokerwire_server.domain.accounts import Account, AccountType
from brokerwire_server.domain.capabilities import (
    AssetCapabilities,
    Capabilities,
    Combination,
    FillGranularity,
    IdempotencyClass,
    ReplaceMode,
)
from brokerwire_server.domain.connections import FeedKind
from brokerwire_server.domain.instruments import AssetClass
from brokerwire_server.domain.orders import OrderClass, OrderType, Side, TimeInForce
from brokerwire_server.simulator import Rules

_SOURCE = "server/brokerwire_server/brokers/paper/README.md"
_RESTING = (TimeInForce.DAY, TimeInForce.GTC)
_STOPS = (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)
_ENTRIES = (OrderType.MARKET, OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)

_COMBINATIONS = (
    Combination(
        types=(OrderType.MARKET, OrderType.LIMIT),
        times_in_force=(*_RESTING, TimeInForce.IOC),
        fractional=True,
        notional=True,
        source=_SOURCE,
    ),
    Combination(
        types=(OrderType.MARKET, OrderType.LIMIT),
        times_in_force=(TimeInForce.OPG, TimeInForce.CLS, TimeInForce.FOK),
        fractional=True,
        source=_SOURCE,
    ),
    Combination(
        types=(OrderType.LIMIT,),
        times_in_force=_RESTING,
        extended_hours=True,
        fractional=True,
        notional=True,
        source=_SOURCE,
    ),
    Combination(types=_STOPS, times_in_force=_RESTING, fractional=True, source=_SOURCE),
    Combination(
        types=_ENTRIES,
        times_in_force=_RESTING,
        classes=(OrderClass.BRACKET, OrderClass.OTO),
        fractional=True,
        source=_SOURCE,
    ),
    Combination(
        types=(OrderType.LIMIT, *_STOPS),
        times_in_force=_RESTING,
        classes=(OrderClass.OCO,),
        fractional=True,
        source=_SOURCE,
    ),
)


def paper_capabilities(account: Account | None, rules: Rules) -> Capabilities:
    """Return the capabilities of one paper account: only margin accounts may sell short."""
    short = account is not None and account.type is AccountType.MARGIN and account.can_short
    equities = AssetCapabilities(
        asset_class=AssetClass.EQUITY,
        sides=tuple(Side) if short else (Side.BUY, Side.SELL),
        combinations=_COMBINATIONS,
        minimum_quantity=rules.minimum_quantity,
        quantity_increment=rules.quantity_increment,
        maximum_quantity=Decimal(rules.maximum_quantity),
    )
    return Capabilities(
        broker="paper",
        assets=(equities,),
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
        feed=FeedKind.PUSH,
        streams_quotes=True,
        sources=(_SOURCE,),
    )
