from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brokerwire_server.domain.errors import PreconditionError
from brokerwire_server.domain.trading import EVERYTHING, Scope, ScopeKind, TradingState, parse_scope
from brokerwire_server.engine.gateway import Gateway
from brokerwire_server.engine.halt_file import read_halt
from brokerwire_server.engine.reconciler import SweepTimes
from brokerwire_server.store.sqlite import SqliteStore
from tests.support.builders import request
from tests.support.scripted_broker import ScriptedBroker
from tests.unit.engine.conftest import fast_seams, until
from tests.unit.engine.trading import OFFICER, set_state

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from brokerwire_server.brokers.base import KnownAccount, ReportSink
    from brokerwire_server.domain.accounts import Account


class HaltFile:
    """A HALT file: `None` while there is none."""

    def __init__(self, content: str | None = None) -> None:
        self.content = content

    def __call__(self) -> str | None:
        return self.content


async def start(path: Path, broker: ScriptedBroker, file: HaltFile) -> Gateway:
    store = SqliteStore(path, new_epoch=lambda: 42)
    sweeps = SweepTimes(working=1e9, idle=1e9)
    gateway = Gateway(store, [broker], seams=fast_seams(), sweeps=sweeps, halt_file=file)
    await gateway.start()
    return gateway


@pytest.mark.parametrize(
    ("text", "scope", "options", "reason"),
    [
        ("", "GLOBAL", set(), "HALT file"),
        ("\n  \n", "GLOBAL", set(), "HALT file"),
        ("account:paper", "ACCOUNT:paper", set(), "HALT file"),
        ("ACCOUNT:paper cancel fat finger", "ACCOUNT:paper", {"cancel"}, "HALT file: fat finger"),
        ("cancel flatten", "GLOBAL", {"cancel", "flatten"}, "HALT file"),
        ("the desk is on fire", "GLOBAL", set(), "HALT file: the desk is on fire"),
        ("acount:paper typo", "GLOBAL", set(), "HALT file: acount:paper typo"),
    ],
)
def test_what_a_halt_file_says(text: str, scope: str, options: set[str], reason: str) -> None:
    change = read_halt(text)
    asked = {name for name, wanted in (("cancel", change.cancel), ("flatten", change.flatten)) if wanted}
    assert (str(change.scope), change.state, asked, change.reason) == (scope, TradingState.HALTED, options, reason)


@pytest.mark.parametrize("text", ["", "GLOBAL:x", "account", "account:", "nothing:x"])
def test_what_is_no_scope(text: str) -> None:
    assert parse_scope(text) is None


async def test_a_file_that_is_there_at_start_halts_before_anything_is_connected(database: Path) -> None:
    class Nosy(ScriptedBroker):
        async def start(self, sink: ReportSink, known: Sequence[KnownAccount]) -> Sequence[Account]:
            self.stood = gateway_of[0].switchboard.state_of(EVERYTHING)
            return await super().start(sink, known)

    broker = Nosy()
    store = SqliteStore(database, new_epoch=lambda: 42)
    gateway_of = [Gateway(store, [broker], seams=fast_seams(), halt_file=HaltFile(""))]
    await gateway_of[0].start()
    assert broker.stood is TradingState.HALTED
    with pytest.raises(PreconditionError):
        await gateway_of[0].desk.submit(request())
    await gateway_of[0].stop(grace=1.0)


async def test_a_file_halts_what_it_names_and_its_removal_releases_nothing(
    database: Path, broker: ScriptedBroker, caplog: pytest.LogCaptureFixture
) -> None:
    file = HaltFile()
    gateway = await start(database, broker, file)
    await gateway.desk.submit(request())
    file.content = "account:paper cancel runaway"
    scope = Scope(ScopeKind.ACCOUNT, "paper")
    await until(lambda: gateway.switchboard.state_of(scope) is TradingState.HALTED and broker.cancels)
    file.content = None
    await until(lambda: "HALT file is gone" in caplog.text)
    assert gateway.switchboard.state_of(scope) is TradingState.HALTED
    (record,) = gateway.switchboard.records()
    assert (record.principal, record.reason) == ("system:halt-file", "HALT file: runaway")
    await set_state(gateway, TradingState.ACTIVE, scope, by=OFFICER)
    await gateway.desk.submit(request(client_order_id="two"))
    await gateway.stop(grace=1.0)


async def test_a_release_holds_although_the_file_is_still_there(database: Path, broker: ScriptedBroker) -> None:
    file = HaltFile()
    gateway = await start(database, broker, file)
    file.content = ""
    await until(lambda: gateway.switchboard.state_of(EVERYTHING) is TradingState.HALTED)
    await gateway.switchboard.keep(EVERYTHING)
    await set_state(gateway, TradingState.ACTIVE, by=OFFICER)
    await gateway.seams.sleep(5.0)
    assert gateway.switchboard.state_of(EVERYTHING) is TradingState.ACTIVE
    file.content = "again"
    await until(lambda: gateway.switchboard.state_of(EVERYTHING) is TradingState.HALTED)
    await gateway.stop(grace=1.0)


async def test_a_signal_halts_everything(gateway: Gateway) -> None:
    gateway.emergency_stop.signalled("SIGUSR1")
    await until(lambda: gateway.switchboard.state_of(EVERYTHING) is TradingState.HALTED)
    (record,) = gateway.switchboard.records()
    assert (record.principal, record.reason) == ("system:signal", "signal SIGUSR1")
