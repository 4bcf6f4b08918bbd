from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from brokerwire_server.brokers.base import Reply, Verdict
from brokerwire_server.domain.accounts import AccountState, Activity, ActivityType, Balances
from brokerwire_server.domain.connections import Environment, LinkState
from brokerwire_server.domain.errors import PreconditionError, UnavailableError
from brokerwire_server.domain.reports import AccountReport, CashReport, LinkReport
from brokerwire_server.domain.trading import Scope, ScopeKind, TradingState
from brokerwire_server.engine.acting import acting_as
from brokerwire_server.engine.breakers import BREAKERS, Thresholds
from brokerwire_server.engine.gateway import Gateway
from brokerwire_server.engine.reconciler import SweepTimes
from brokerwire_server.engine.seams import NANOS
from brokerwire_server.engine.telemetry import Telemetry
from brokerwire_server.store.sqlite import SqliteStore
from tests.support.builders import fill_report, request
from tests.support.scripted_broker import ACCOUNT as PAPER
from tests.support.scripted_broker import NOT_SENT, ScriptedBroker
from tests.unit.engine.conftest import crash, fast_seams, until
from tests.unit.engine.trading import ACCOUNT, OFFICER, TRADER, audited, set_state

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

THRESHOLDS = Thresholds(paper=True, rejects=3, executions=3, data_stall=60.0)
PRINCIPAL = Scope(ScopeKind.PRINCIPAL, "trader")
REFUSED = Reply(verdict=Verdict.REFUSED, message="no")
NEVER = SweepTimes(working=1e9, idle=1e9)


class Told(Telemetry):
    def __init__(self) -> None:
        self.tripped: list[str] = []

    def breaker_tripped(self, breaker: str) -> None:
        self.tripped.append(breaker)


async def start(path: Path, broker: ScriptedBroker, thresholds: Thresholds = THRESHOLDS) -> Gateway:
    store = SqliteStore(path, new_epoch=lambda: 42)
    gateway = Gateway(store, [broker], seams=fast_seams(), telemetry=Told(), sweeps=NEVER, thresholds=thresholds)
    await gateway.start()
    return gateway


@pytest.fixture
async def gateway(database: Path, broker: ScriptedBroker) -> AsyncIterator[Gateway]:
    running = await start(database, broker)
    yield running
    await running.stop(grace=1.0)


def tripped(gateway: Gateway) -> list[str]:
    assert isinstance(gateway.telemetry, Told)
    return gateway.telemetry.tripped


def worth(broker: ScriptedBroker, equity: int | str) -> None:
    """Have the broker say what the account is worth."""
    balances = Balances(equity=Decimal(equity))
    broker.sink(AccountReport(account=AccountState(account=PAPER, balances=balances, time=1)))


def moved(broker: ScriptedBroker, amount: int, name: str = "m") -> None:
    kind = ActivityType.DEPOSIT if amount > 0 else ActivityType.WITHDRAWAL
    activity = Activity(activity_id=name, account_id="paper", type=kind, amount=Decimal(amount), time=1)
    broker.sink(CashReport(activity=activity))


async def measured(gateway: Gateway, seconds: float = 3.0) -> None:
    """Let the breakers look a few times."""
    await gateway.seams.sleep(seconds)


async def submit(gateway: Gateway, name: str) -> Any:
    with acting_as(TRADER):
        return (await gateway.desk.submit(request(client_order_id=name))).order


# --- losses ----------------------------------------------------------------------------------------------------------


async def test_a_daily_loss_reduces_then_halts_and_cancels(gateway: Gateway, broker: ScriptedBroker) -> None:
    await submit(gateway, "one")
    worth(broker, 100_000)
    await measured(gateway)
    worth(broker, 97_001)
    await measured(gateway)
    assert gateway.switchboard.state_of(ACCOUNT) is TradingState.ACTIVE
    worth(broker, 97_000)
    await until(lambda: gateway.switchboard.state_of(ACCOUNT) is TradingState.REDUCE_ONLY)
    assert broker.cancels == []
    worth(broker, 95_000)
    await until(lambda: gateway.switchboard.state_of(ACCOUNT) is TradingState.HALTED)
    await until(lambda: broker.cancels)
    assert tripped(gateway) == ["daily_loss_reduce", "daily_loss_halt"]
    record = await audited(gateway, "breaker.daily_loss_halt")
    assert (record.principal, record.details["percent"], record.details["limit"]) == ("system:breaker", "5.00", "5")


async def test_a_loss_that_is_made_good_again_releases_nothing(gateway: Gateway, broker: ScriptedBroker) -> None:
    worth(broker, 100_000)
    await measured(gateway)
    worth(broker, 94_000)
    await until(lambda: gateway.switchboard.state_of(ACCOUNT) is TradingState.HALTED)
    worth(broker, 120_000)
    await measured(gateway)
    assert gateway.switchboard.state_of(ACCOUNT) is TradingState.HALTED


async def test_a_withdrawal_is_no_loss_and_a_deposit_hides_none(gateway: Gateway, broker: ScriptedBroker) -> None:
    worth(broker, 100_000)
    await measured(gateway)
    moved(broker, -50_000, "out")
    worth(broker, 50_000)
    await measured(gateway)
    assert gateway.switchboard.state_of(ACCOUNT) is TradingState.ACTIVE
    moved(broker, 20_000, "in")
    worth(broker, 65_000)
    await until(lambda: gateway.switchboard.state_of(ACCOUNT) is TradingState.HALTED)


async def test_a_drawdown_is_measured_from_the_highest_equity(database: Path, broker: ScriptedBroker) -> None:
    off = replace(THRESHOLDS, daily_loss_reduce=Decimal(0), daily_loss_halt=Decimal(0))
    gateway = await start(database, broker, off)
    for equity in (100_000, 200_000, 181_000):
        worth(broker, equity)
        await measured(gateway)
    assert tripped(gateway) == []
    worth(broker, 180_000)
    await until(lambda: tripped(gateway) == ["drawdown"])
    assert gateway.switchboard.state_of(ACCOUNT) is TradingState.HALTED
    await gateway.stop(grace=1.0)


async def test_what_was_lost_before_a_restart_counts(database: Path, broker: ScriptedBroker) -> None:
    gateway = await start(database, broker)
    worth(broker, 100_000)
    await measured(gateway)
    assert [mark.start for mark in await gateway.store.trading.marks()] == [Decimal(100_000)]
    await crash(gateway)
    again = await start(database, broker)
    worth(broker, 96_000)
    await until(lambda: again.switchboard.state_of(ACCOUNT) is TradingState.REDUCE_ONLY)
    await again.stop(grace=1.0)


async def test_a_release_begins_anew_what_the_breaker_measures(gateway: Gateway, broker: ScriptedBroker) -> None:
    worth(broker, 100_000)
    await measured(gateway)
    worth(broker, 94_000)
    await until(lambda: gateway.switchboard.state_of(ACCOUNT) is TradingState.HALTED)
    await audited(gateway, "breaker.daily_loss_halt")
    await set_state(gateway, TradingState.ACTIVE, ACCOUNT, by=OFFICER)
    await measured(gateway)
    assert gateway.switchboard.state_of(ACCOUNT) is TradingState.ACTIVE
    worth(broker, 91_000)
    await until(lambda: gateway.switchboard.state_of(ACCOUNT) is TradingState.REDUCE_ONLY)


async def test_a_release_of_a_persons_halt_forgets_no_loss(gateway: Gateway, broker: ScriptedBroker) -> None:
    worth(broker, 100_000)
    await measured(gateway)
    worth(broker, 98_000)
    await measured(gateway)
    await set_state(gateway, TradingState.HALTED, ACCOUNT)
    await set_state(gateway, TradingState.ACTIVE, ACCOUNT, by=OFFICER)
    worth(broker, 97_000)
    await until(lambda: gateway.switchboard.state_of(ACCOUNT) is TradingState.REDUCE_ONLY)


# --- rejects and executions ------------------------------------------------------------------------------------------


async def test_a_burst_of_rejects_halts_the_principal_and_no_other(gateway: Gateway, broker: ScriptedBroker) -> None:
    broker.answers = [REFUSED, REFUSED, REFUSED]
    await submit(gateway, "a")
    await submit(gateway, "b")
    assert gateway.switchboard.state_of(PRINCIPAL) is TradingState.ACTIVE
    await submit(gateway, "c")
    assert gateway.switchboard.state_of(PRINCIPAL) is TradingState.HALTED
    with pytest.raises(PreconditionError, match="PRINCIPAL:trader"):
        await submit(gateway, "d")
    with acting_as(OFFICER):
        assert (await gateway.desk.submit(request(client_order_id="e"))).order.state.value == "ACCEPTED"


async def test_rejects_that_are_far_apart_are_no_burst(database: Path, broker: ScriptedBroker) -> None:
    gateway = await start(database, broker, replace(THRESHOLDS, rejects_within=5.0))
    for name in "abcd":
        broker.answers = [REFUSED]
        await submit(gateway, name)
        await gateway.seams.sleep(5.0)
    assert tripped(gateway) == []
    await gateway.stop(grace=1.0)


async def test_what_a_halt_stops_is_no_reject(gateway: Gateway, broker: ScriptedBroker) -> None:
    def halt(_: object) -> None:
        gateway.switchboard.engage(ACCOUNT, TradingState.HALTED, "now")

    broker.before_answer = halt
    for name in "abc":
        broker.answers = [NOT_SENT]
        order = await submit(gateway, name)
        assert order.state.value == "REJECTED"
        await gateway.switchboard.keep(ACCOUNT)
        await set_state(gateway, TradingState.ACTIVE, ACCOUNT, by=OFFICER)
    assert tripped(gateway) == []


async def test_repeated_executions_halt_the_principal_and_a_partial_fill_is_no_repetition(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    def filled(order: Any, name: str) -> None:
        broker.sink(fill_report(broker_client_order_id=order.broker_client_order_id, execution_id=name))

    one = await submit(gateway, "a")
    for name in ("1", "2", "3", "4"):
        filled(one, name)
    filled(await submit(gateway, "b"), "5")
    assert tripped(gateway) == []
    filled(await submit(gateway, "c"), "6")
    assert tripped(gateway) == ["executions"]
    with pytest.raises(PreconditionError, match="PRINCIPAL:trader"):
        await submit(gateway, "d")
    assert gateway.switchboard.state_of(PRINCIPAL) is TradingState.HALTED


# --- clock, journal, data --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "halts"), [(-10.0, True), (10.0, True), (0.0, False), (-1.5, False)])
async def test_a_clock_that_differs_from_the_brokers_halts(
    gateway: Gateway, broker: ScriptedBroker, seconds: float, halts: bool
) -> None:
    broker.time = gateway.seams.now() + int(seconds * NANOS)
    await gateway.reconciler.sweep(gateway.accounts.get("paper"))
    assert (gateway.switchboard.state_of(ACCOUNT) is TradingState.HALTED) is halts
    assert tripped(gateway) == (["clock_skew"] if halts else [])


async def test_a_clock_that_differs_a_little_is_logged_once(
    gateway: Gateway, broker: ScriptedBroker, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        broker.time = gateway.seams.now() + NANOS
        await gateway.reconciler.sweep(gateway.accounts.get("paper"))
    assert caplog.text.count("the broker's clock differs") == 1
    assert gateway.switchboard.state_of(ACCOUNT) is TradingState.ACTIVE


async def test_a_journal_that_can_not_be_written_halts(gateway: Gateway) -> None:
    gateway.breakers.journal_failed()
    assert gateway.switchboard.state_of(ACCOUNT) is TradingState.HALTED
    assert tripped(gateway) == ["journal"]


async def test_comparisons_that_fail_while_orders_work_leave_cancels_only(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    await gateway.seams.sleep(70.0)
    assert tripped(gateway) == [], "without orders nothing is at stake"
    await submit(gateway, "one")

    def fail() -> None:
        raise UnavailableError("BROKER_UNAVAILABLE", "no")

    broker.before_snapshot = fail
    started = gateway.seams.monotonic()
    await gateway.reconciler.sweep(gateway.accounts.get("paper"))
    await until(lambda: tripped(gateway) == ["data_stall"])
    assert gateway.seams.monotonic() - started >= 55
    assert gateway.switchboard.state_of(ACCOUNT) is TradingState.CANCEL_ONLY


async def test_comparisons_that_succeed_keep_trading_alive(gateway: Gateway, broker: ScriptedBroker) -> None:
    await submit(gateway, "one")
    for _ in range(8):
        await gateway.seams.sleep(20.0)
        await gateway.reconciler.sweep(gateway.accounts.get("paper"))
    assert tripped(gateway) == []


async def test_a_link_that_is_down_is_no_stall(gateway: Gateway, broker: ScriptedBroker) -> None:
    await submit(gateway, "one")
    broker.sink(LinkReport(connection_id="scripted", state=LinkState.DOWN))
    await gateway.seams.sleep(90.0)
    assert tripped(gateway) == []


# --- what all have in common -----------------------------------------------------------------------------------------


async def test_paper_accounts_are_left_alone_unless_asked_for(database: Path, broker: ScriptedBroker) -> None:
    gateway = await start(database, broker, replace(THRESHOLDS, paper=False))
    account = gateway.accounts.get("paper")
    assert not gateway.breakers.covers(account)
    broker.answers = [REFUSED] * 3
    for name in "abc":
        await submit(gateway, name)
    gateway.breakers.journal_failed()
    assert tripped(gateway) == []
    broker.environment = Environment.LIVE
    assert gateway.breakers.covers(account)
    await gateway.stop(grace=1.0)


async def test_a_breaker_that_is_switched_off_never_trips(database: Path, broker: ScriptedBroker) -> None:
    off = Thresholds(
        paper=True,
        daily_loss_reduce=Decimal(0),
        daily_loss_halt=Decimal(0),
        drawdown=Decimal(0),
        rejects=0,
        executions=0,
        clock_skew_warn=0,
        clock_skew_halt=0,
        data_stall=0,
        journal=False,
    )
    gateway = await start(database, broker, off)
    worth(broker, 100_000)
    await measured(gateway)
    worth(broker, 1)
    broker.answers = [REFUSED] * 60
    for number in range(60):
        await submit(gateway, str(number))
    broker.time = 1
    await gateway.reconciler.sweep(gateway.accounts.get("paper"))
    gateway.breakers.journal_failed()
    await measured(gateway)
    assert tripped(gateway) == []
    await gateway.stop(grace=1.0)


async def test_a_breaker_never_loosens_and_trips_once(gateway: Gateway, broker: ScriptedBroker) -> None:
    await set_state(gateway, TradingState.HALTED, ACCOUNT)
    worth(broker, 100_000)
    await measured(gateway)
    worth(broker, 96_500)
    await measured(gateway)
    assert tripped(gateway) == []
    record = next(record for record in gateway.switchboard.records() if record.scope == ACCOUNT)
    assert record.principal == "trader"


async def test_every_breaker_is_declared_with_what_it_does() -> None:
    assert set(BREAKERS) == {
        "daily_loss_reduce",
        "daily_loss_halt",
        "drawdown",
        "rejects",
        "executions",
        "clock_skew",
        "journal",
        "data_stall",
    }
    assert all(breaker.state is not TradingState.ACTIVE for breaker in BREAKERS.values())
