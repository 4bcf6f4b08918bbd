"""The guard on a whole engine: what comes together can't pass a limit together, and nothing goes past it."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from brokerwire_server.domain.access import LOCAL
from brokerwire_server.domain.accounts import AccountState, AccountType, Balances
from brokerwire_server.domain.connections import Environment
from brokerwire_server.domain.errors import (
    BrokerwireError,
    DeniedError,
    InvalidRequestError,
    PreconditionError,
    UnavailableError,
    VersionMismatchError,
)
from brokerwire_server.domain.instruments import AssetClass, Instrument, option_of
from brokerwire_server.domain.market import Quote
from brokerwire_server.domain.orders import OrderState, OrderTerms, OrderType, Side, TimeInForce
from brokerwire_server.domain.positions import Position
from brokerwire_server.domain.trading import EVERYTHING, Scope, ScopeKind
from brokerwire_server.engine.acting import acting_as
from brokerwire_server.engine.commands import OrderKey
from brokerwire_server.engine.seams import NANOS
from brokerwire_server.risk.verdict import RiskVerdict
from tests.support.builders import AAPL, request
from tests.support.policies import unlimited
from tests.support.scripted_broker import ACCOUNT, CAPABILITIES, NO_ANSWER, ScriptedBroker
from tests.unit.engine.conftest import crash, start_gateway, until
from tests.unit.engine.trading import audited
from tests.unit.risk.cases import CASES

if TYPE_CHECKING:
    from pathlib import Path

    from brokerwire_server.brokers.base import BrokerSnapshot
    from brokerwire_server.domain.capabilities import Capabilities
    from brokerwire_server.domain.orders import OrderRequest
    from brokerwire_server.engine.desk import Submission
    from brokerwire_server.engine.gateway import Gateway

OFFICER = replace(LOCAL, name="officer", second_factor=True)
COIN = Instrument(symbol="BTC/USD", asset_class=AssetClass.CRYPTO)
CALL = Instrument(symbol="AAPL271217C00100000", asset_class=AssetClass.OPTION, option=option_of("AAPL271217C00100000"))


class RiskBroker(ScriptedBroker):
    """A broker with prices, money, holdings and a limit to its rate."""

    def __init__(self) -> None:
        super().__init__()
        self.balances = Balances(
            cash=Decimal(10_000), settled_cash=Decimal(10_000), buying_power=Decimal(10_000), equity=Decimal(10_000)
        )
        self.price: Decimal | None = Decimal(100)
        self.can_tell = True
        option = replace(CAPABILITIES.assets[0], asset_class=AssetClass.OPTION)
        self.offered = replace(CAPABILITIES, assets=(*CAPABILITIES.assets, option), max_orders_per_minute=10)

    def capabilities(self, account_id: str) -> Capabilities:
        return self.offered

    def last_quote(self, symbol: str) -> Quote | None:
        if self.price is None:
            return None
        return Quote(symbol=symbol, bid=self.price, ask=self.price, last=self.price, time=1)

    async def snapshot(self, account_id: str, since: int) -> BrokerSnapshot:
        found = await super().snapshot(account_id, since)
        return replace(found, account=replace(found.account, balances=self.balances))

    async def account_state(self, account_id: str) -> AccountState:
        if not self.can_tell:
            raise UnavailableError("BROKER_UNAVAILABLE", "no answer")
        return AccountState(account=self.served, balances=self.balances)


def holding(quantity: int, symbol: str = "AAPL") -> Position:
    held = Position(account_id="paper", instrument=Instrument(symbol=symbol))
    return replace(held, quantity=Decimal(quantity), average_cost=Decimal(100))


async def running(database: Path, broker: RiskBroker, **limits: str) -> Gateway:
    return await start_gateway(database, broker, policies=[unlimited(EVERYTHING, **limits)])


async def sixty_percent(gateway: Gateway, *requests: OrderRequest) -> tuple[list[Submission], list[BrokerwireError]]:
    """Send orders at once and return what was taken and what was refused."""
    work = [
        gateway.desk.submit(replace(each, client_order_id=f"c{at}", account_id="paper"))
        for at, each in enumerate(requests)
    ]
    results = await asyncio.gather(*work, return_exceptions=True)
    taken = [r for r in results if not isinstance(r, BaseException)]
    refused = [r for r in results if isinstance(r, BrokerwireError)]
    assert len(taken) + len(refused) == len(results), results
    return taken, refused


BUY = request()  # 10 at 100
SIXTY = request(quantity=Decimal(60))
SELL_SIX = request(side=Side.SELL, quantity=Decimal(6))
COVER_SIX = request(side=Side.BUY_TO_COVER, quantity=Decimal(6))
COINS = request(instrument=COIN, time_in_force=TimeInForce.GTC)
CALLS = request(instrument=CALL, side=Side.SELL_SHORT, quantity=Decimal(6), limit_price=Decimal(1))
TOGETHER: dict[str, tuple[dict[str, str], OrderRequest, OrderRequest]] = {
    "duplicate": ({"duplicate_seconds": "60"}, BUY, BUY),
    "duplicate_burst": ({"duplicate_burst": "1"}, BUY, BUY),
    "account_rate": ({"account_rate": "0.01", "account_burst": "1"}, BUY, BUY),
    "principal_rate": ({"principal_rate": "1"}, BUY, BUY),
    "gateway_rate": ({"gateway_rate": "1"}, BUY, BUY),
    "broker_rate": ({"broker_rate_percent": "10"}, BUY, BUY),
    "orders_per_day": ({"orders_per_day": "1"}, BUY, BUY),
    "messages_per_fill": ({"messages_per_fill": "1"}, BUY, BUY),
    "working_orders": ({"working_orders": "1"}, BUY, BUY),
    "working_orders_symbol": ({"working_orders_symbol": "1"}, BUY, BUY),
    "working_orders_principal": ({"working_orders_principal": "1"}, BUY, BUY),
    "buying_power": ({"check_buying_power": "on"}, SIXTY, SIXTY),
    "position_notional": ({"position_notional": "1666"}, BUY, BUY),
    "position_percent": ({"position_percent": "16.66"}, BUY, BUY),
    "gross_percent": ({"gross_percent": "16.66"}, BUY, request(instrument=Instrument(symbol="MSFT"))),
    "gross_percent_hard": ({"gross_percent_hard": "16.66"}, BUY, request(instrument=Instrument(symbol="MSFT"))),
    "net_percent": ({"net_percent": "16.66"}, BUY, request(instrument=Instrument(symbol="MSFT"))),
    "self_trade": ({"check_self_trade": "on"}, BUY, request(side=Side.SELL_SHORT)),
    "flip": ({"allow_flip": "off"}, SELL_SIX, SELL_SIX),
    "cover_only": ({"allow_flip": "off"}, COVER_SIX, COVER_SIX),
    "leveraged_percent": ({"leveraged_percent": "16.66"}, COINS, COINS),
    "settled_funds": ({"settled_funds_only": "on"}, SIXTY, SIXTY),
    "uncovered_options": ({"allow_uncovered_options": "off"}, CALLS, CALLS),
}
"""For every rule in which orders meet: a limit, and two orders of which either fits, and both do not."""


def test_every_rule_in_which_orders_can_meet_is_tried() -> None:
    assert TOGETHER.keys() == {name for name, case in CASES.items() if case.concurrent == name}


@pytest.mark.parametrize("name", TOGETHER)
async def test_of_two_orders_at_once_that_fit_alone_exactly_one_passes(database: Path, name: str) -> None:
    limits, first, second = TOGETHER[name]
    broker = RiskBroker()
    kind = AccountType.CASH if name == "settled_funds" else AccountType.MARGIN
    broker.served = replace(ACCOUNT, type=kind, can_trade_options=True)
    held = {"flip": [holding(10)], "cover_only": [holding(-10)], "uncovered_options": [holding(1_000)]}
    broker.positions = held.get(name, [])
    gateway = await running(database, broker, **limits)
    try:
        taken, refused = await sixty_percent(gateway, first, second)
        assert (len(taken), len(refused)) == (1, 1)
        assert refused[0].reason == "RISK_REJECTED"
        verdict = refused[0].verdict
        assert isinstance(verdict, RiskVerdict)
        assert {finding.rule for finding in verdict.violations} == {name}
        assert len(broker.sent) == 1
    finally:
        await gateway.stop(grace=1.0)


async def test_a_replace_counts_the_larger_of_old_and_new_until_it_is_settled(database: Path) -> None:
    broker = RiskBroker()
    gateway = await running(database, broker, position_notional="2000")
    await gateway.desk.submit(request())
    broker.answers = [NO_ANSWER]
    key = OrderKey("paper", client_order_id="one")
    assert (await gateway.actions.replace(key, OrderTerms(quantity=Decimal(5)))).order.pending_in_doubt
    with pytest.raises(PreconditionError, match="P25"):
        await gateway.desk.submit(request(client_order_id="two", quantity=Decimal("10.001")))
    await gateway.desk.submit(request(client_order_id="three"))
    with pytest.raises(PreconditionError, match="P25"):
        await gateway.actions.replace(OrderKey("paper", client_order_id="three"), OrderTerms(quantity=Decimal(11)))
    assert len(broker.replaces) == 1
    await gateway.stop(grace=1.0)


async def test_balances_from_before_a_replace_do_not_know_what_it_adds(database: Path) -> None:
    broker = RiskBroker()
    gateway = await running(database, broker, check_buying_power="on")
    account, key = gateway.accounts.get("paper"), OrderKey("paper", client_order_id="one")
    await gateway.desk.submit(request())
    before = gateway.seams.now()
    account.book.exposure.settle(before)
    assert account.book.exposure.due == 0
    broker.answers = [NO_ANSWER]
    await gateway.actions.replace(key, OrderTerms(quantity=Decimal(15)))
    account.book.exposure.settle(before)
    assert account.book.exposure.due == 500
    await gateway.stop(grace=1.0)


async def test_what_is_refused_or_previewed_counts_for_nothing(database: Path) -> None:
    broker = RiskBroker()
    gateway = await running(database, broker, position_notional="1500")
    await gateway.desk.submit(request())
    exposure = gateway.accounts.get("paper").book.exposure
    before = (exposure.gross, exposure.due, exposure.open_orders, exposure.rows["AAPL"].resting_buys.copy())
    await gateway.desk.preview(request(client_order_id="two", quantity=Decimal(1)))
    with pytest.raises(PreconditionError, match="P25"):
        await gateway.desk.submit(request(client_order_id="two"))
    with pytest.raises(PreconditionError, match="P25"):
        await gateway.actions.replace(OrderKey("paper", client_order_id="one"), OrderTerms(quantity=Decimal(20)))
    assert (exposure.gross, exposure.due, exposure.open_orders, exposure.rows["AAPL"].resting_buys) == before
    await gateway.stop(grace=1.0)


async def test_what_is_reserved_for_an_order_in_doubt_outlives_the_process(database: Path) -> None:
    broker = RiskBroker()
    gateway = await running(database, broker, position_notional="2000")
    broker.answers = [NO_ANSWER]
    market = request(type=OrderType.MARKET, limit_price=None)
    assert (await gateway.desk.submit(market)).order.state is OrderState.INDETERMINATE
    await crash(gateway)
    broker.price = None
    gateway = await running(database, broker, position_notional="2000")
    row = gateway.accounts.get("paper").book.exposure.row("AAPL")
    assert row is not None
    assert (row.buy, row.buy_value, row.doubts) == (10, 1_000, 1)
    with pytest.raises(PreconditionError, match="P25"):
        await gateway.desk.submit(request(client_order_id="two", quantity=Decimal(11)))
    await gateway.stop(grace=1.0)


async def test_missing_data_rejects_and_says_what_is_missing(database: Path) -> None:
    broker = RiskBroker()
    broker.price, broker.can_tell = None, False
    limits = {"order_notional": "5000", "check_buying_power": "on", "balance_age": "0.000000001", "adv_percent": "5"}
    gateway = await running(database, broker, **limits)
    with pytest.raises(PreconditionError) as caught:
        await gateway.desk.submit(request(type=OrderType.MARKET, limit_price=None))
    verdict = caught.value.verdict
    assert isinstance(verdict, RiskVerdict)
    assert {f.rule for f in verdict.violations} == {"order_notional", "balance_age", "buying_power", "adv_percent"}
    assert caught.value.metadata["rules"] == "P18, P24, P12"
    assert broker.sent == []
    await gateway.stop(grace=1.0)


async def test_a_live_account_has_the_built_in_limits(database: Path) -> None:
    broker = RiskBroker()
    broker.environment = Environment.LIVE
    broker.served = replace(ACCOUNT, environment=Environment.LIVE)
    gateway = await start_gateway(database, broker)
    preview = await gateway.desk.preview(request(quantity=Decimal(3_000)))
    assert preview.verdict is not None
    rules = {finding.rule for finding in preview.verdict.violations}
    assert {"armed", "order_notional", "order_notional_hard", "buying_power", "adv_percent", "collar"} <= rules
    await gateway.stop(grace=1.0)


async def test_a_preview_tells_the_verdict_and_counts_for_nothing(database: Path) -> None:
    broker = RiskBroker()
    gateway = await running(database, broker, position_notional="1000", orders_per_day="1")
    for _ in range(3):
        verdict = (await gateway.desk.preview(request())).verdict
        assert verdict is not None
        assert verdict.accepted
    verdict = (await gateway.desk.preview(request(quantity=Decimal(11)))).verdict
    assert verdict is not None
    assert [(f.code, f.limit, f.value) for f in verdict.violations] == [("P25", "1000", "1100")]
    assert broker.sent == []
    await gateway.desk.submit(request())
    await gateway.stop(grace=1.0)


async def test_a_refusal_is_on_record_and_its_id_may_be_used_again(database: Path) -> None:
    broker = RiskBroker()
    gateway = await running(database, broker, order_notional="999")
    with pytest.raises(PreconditionError):
        await gateway.desk.submit(request())
    record = await audited(gateway, "order.refused")
    assert (record.target, record.reason, record.details) == ("one", "RISK_REJECTED", {"order_notional": "1000 (999)"})
    assert (await gateway.desk.submit(request(quantity=Decimal(9)))).order.state is OrderState.ACCEPTED
    await gateway.stop(grace=1.0)


async def test_a_batch_is_refused_as_a_whole_before_its_first_order(database: Path) -> None:
    broker = RiskBroker()
    gateway = await running(database, broker, basket_notional_hard="2000")
    batch = [request(client_order_id=f"b{at}") for at in range(3)]
    answers = await gateway.desk.submit_batch(batch)
    assert {getattr(answer, "reason", None) for answer in answers} == {"RISK_REJECTED"}
    assert broker.sent == []
    assert len(await gateway.desk.submit_batch(batch[:2])) == len(broker.sent) == 2
    await gateway.stop(grace=1.0)


# --- policies and overrides ------------------------------------------------------------------------------------------


async def test_limits_are_changed_with_a_second_factor_by_version_and_outlive_the_process(database: Path) -> None:
    broker = RiskBroker()
    gateway = await start_gateway(database, broker)
    account = Scope(ScopeKind.ACCOUNT, "paper")
    with acting_as(LOCAL), pytest.raises(DeniedError):
        await gateway.policies.update(account, {"order_notional": "500"}, expected_version=0, reason="smaller")
    with acting_as(OFFICER):
        changed = await gateway.policies.update(account, {"order_notional": "500"}, expected_version=0, reason="less")
        with pytest.raises(VersionMismatchError):
            await gateway.policies.update(account, {"order_notional": "600"}, expected_version=0, reason="late")
        with pytest.raises(InvalidRequestError):
            await gateway.policies.update(account, {"order_notion": "1"}, expected_version=1, reason="a slip")
    assert (changed.version, changed.updated_by) == (1, "officer")
    await crash(gateway)
    gateway = await start_gateway(database, broker)
    with pytest.raises(PreconditionError, match="P12"):
        await gateway.desk.submit(request())
    with acting_as(OFFICER):
        await gateway.policies.update(account, {"order_notional": ""}, expected_version=1, reason="back")
    await gateway.desk.submit(request())
    await gateway.stop(grace=1.0)


async def test_an_override_lets_a_soft_rule_pass_within_its_scope_until_it_reverts(database: Path) -> None:
    broker = RiskBroker()
    gateway = await running(database, broker, order_notional="500", order_notional_hard="5000")
    account = Scope(ScopeKind.ACCOUNT, "paper")
    with acting_as(LOCAL), pytest.raises(DeniedError):
        await gateway.policies.allow("order_notional", account, ttl=NANOS, reason="no code")
    with acting_as(OFFICER):
        with pytest.raises(InvalidRequestError):
            await gateway.policies.allow("order_notional_hard", account, ttl=NANOS, reason="a hard one")
        with pytest.raises(InvalidRequestError):
            await gateway.policies.allow("order_notional", account, ttl=24 * 3600 * NANOS + 1, reason="too long")
        other = Scope(ScopeKind.SYMBOL, "MSFT")
        await gateway.policies.allow("order_notional", other, ttl=3600 * NANOS, reason="elsewhere")
        with pytest.raises(PreconditionError):
            await gateway.desk.submit(request())
        made = await gateway.policies.allow("order_notional", account, ttl=3600 * NANOS, reason="a large one")
    await gateway.desk.submit(request())
    assert (await audited(gateway, "order.overridden")).target == "one"
    with pytest.raises(PreconditionError, match="the order's worst-case value"):
        await gateway.desk.submit(request(client_order_id="two", quantity=Decimal(51)))
    await gateway.policies.revoke(made.override_id)
    with pytest.raises(PreconditionError):
        await gateway.desk.submit(request(client_order_id="three"))
    with acting_as(OFFICER):
        await gateway.policies.allow("order_notional", EVERYTHING, ttl=NANOS // 5, reason="for a moment")
    await gateway.desk.submit(request(client_order_id="four"))
    await until(lambda: len(gateway.policies.overrides()) == 1)
    with pytest.raises(PreconditionError):
        await gateway.desk.submit(request(client_order_id="five"))
    await gateway.stop(grace=1.0)


async def test_an_order_from_outside_counts_too(database: Path) -> None:
    broker = RiskBroker()
    gateway = await running(database, broker, position_notional="1500")
    outside = broker.working(
        (await gateway.desk.submit(request(quantity=Decimal(1)))).order,
        broker_client_order_id="theirs",
        broker_order_id="B-theirs",
        terms=request(client_order_id="theirs"),
    )
    broker.sink(outside)
    account = gateway.accounts.get("paper")
    await until(lambda: account.book.orders.open_count == 2)
    with pytest.raises(PreconditionError, match="P25"):
        await gateway.desk.submit(request(client_order_id="two", instrument=AAPL))
    await gateway.stop(grace=1.0)
