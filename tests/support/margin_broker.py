"""A broker with futures, whose account holds two currencies and which reckons margins itself."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from brokerwire_server.brokers.base import AmountChange, MarginImpact, Preview
from brokerwire_server.domain.accounts import AccountState, Balances, CurrencyBalance
from brokerwire_server.domain.capabilities import AssetCapabilities, Combination
from brokerwire_server.domain.instruments import AssetClass, FutureContract, Instrument, InstrumentDetails, PriceTick
from brokerwire_server.domain.orders import OrderType, Side, TimeInForce
from tests.support.scripted_broker import ACCOUNT, CAPABILITIES, ScriptedBroker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brokerwire_server.brokers.base import BrokerSnapshot, KnownAccount, ReportSink
    from brokerwire_server.domain.accounts import Account
    from brokerwire_server.domain.capabilities import Capabilities
    from brokerwire_server.domain.orders import Order

DESK = replace(ACCOUNT, account_id="margins", connection_id="margins", broker="margins")
FUTURE = Instrument(
    symbol="ESZ6",
    asset_class=AssetClass.FUTURE,
    exchange="CME",
    future=FutureContract(root="ES", expiration="2026-12-18", multiplier=Decimal(50)),
)
BALANCES = Balances(
    cash=Decimal(1_000),
    equity=Decimal(1_100),
    initial_margin=Decimal(300),
    maintenance_margin=Decimal(200),
    available_funds=Decimal(800),
    excess_liquidity=Decimal(900),
    cushion=Decimal("0.8182"),
    leverage=Decimal("1.5"),
    currencies=(
        CurrencyBalance(currency="EUR", cash=Decimal(-100), net_value=Decimal(-100), exchange_rate=Decimal("1.1")),
        CurrencyBalance(currency="USD", cash=Decimal(1_110), net_value=Decimal(1_210), exchange_rate=Decimal(1)),
    ),
)
IMPACT = MarginImpact(
    currency="USD",
    initial=AmountChange(Decimal(300), Decimal(15_000), Decimal(15_300)),
    maintenance=AmountChange(Decimal(200), Decimal(13_000), Decimal(13_200)),
    equity_with_loan=AmountChange(Decimal(1_100), Decimal(-2), Decimal(1_098)),
)


class MarginBroker(ScriptedBroker):
    """Knows one future, ESZ6; any order of it has the same impact."""

    broker = "margins"
    connection_id = "margins"

    async def start(self, sink: ReportSink, known: Sequence[KnownAccount]) -> Sequence[Account]:
        await super().start(sink, known)
        return [DESK]

    def capabilities(self, account_id: str) -> Capabilities:
        future = AssetCapabilities(
            asset_class=AssetClass.FUTURE,
            sides=tuple(Side),
            combinations=(Combination(types=(OrderType.MARKET, OrderType.LIMIT), times_in_force=(TimeInForce.DAY,)),),
            minimum_quantity=Decimal(1),
            quantity_increment=Decimal(1),
            maximum_quantity=Decimal(100),
        )
        return replace(CAPABILITIES, assets=(*CAPABILITIES.assets, future))

    async def instrument(self, symbol: str, asset_class: AssetClass) -> InstrumentDetails | None:
        if asset_class is not AssetClass.FUTURE:
            return await super().instrument(symbol, asset_class)
        ticks = (PriceTick(Decimal(0), Decimal("0.25")), PriceTick(Decimal(10_000), Decimal("0.5")))
        one = Decimal(1)
        return InstrumentDetails(
            instrument=FUTURE, ticks=ticks, quantity_increment=one, minimum_quantity=one, fractionable=False
        )

    async def snapshot(self, account_id: str, since: int) -> BrokerSnapshot:
        state = AccountState(account=DESK, balances=BALANCES)
        return replace(await super().snapshot(account_id, since), account=state, cash_complete=False)

    async def account_state(self, account_id: str) -> AccountState:
        return AccountState(account=DESK, balances=BALANCES)

    async def preview(self, orders: Sequence[Order]) -> Preview:
        return Preview(
            price=orders[0].limit_price,
            currency="USD",
            commission=Decimal("2.25"),
            commission_currency="EUR",
            buying_power_before=Decimal(3_200),
            buying_power_effect=None,
            margin=IMPACT,
        )
