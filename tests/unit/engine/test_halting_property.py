"""Whatever the order in which commands, halts and answers come: nothing leaves while its scope is halted."""

from __future__ import annotations

import asyncio
import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brokerwire_server.brokers.base import ask_last
from brokerwire_server.domain.errors import BrokerwireError
from brokerwire_server.domain.orders import OrderTerms
from brokerwire_server.domain.trading import EVERYTHING, Scope, ScopeKind, TradingState
from brokerwire_server.engine.acting import acting_as
from brokerwire_server.engine.commands import OrderKey
from tests.support.builders import request
from tests.support.scripted_broker import NOT_SENT, ScriptedBroker
from tests.unit.engine.conftest import start_gateway
from tests.unit.engine.trading import ACCOUNT, OFFICER, TRADER, set_state

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from brokerwire_server.domain.orders import Order
    from brokerwire_server.engine.gateway import Gateway

SCOPES = (
    EVERYTHING,
    ACCOUNT,
    Scope(ScopeKind.PRINCIPAL, "trader"),
    Scope(ScopeKind.SYMBOL, "AAPL"),
    Scope(ScopeKind.SYMBOL, "MSFT"),
)


class Watched(ScriptedBroker):
    """A broker that is slow to send, and notes what holds at the moment at which the first byte leaves."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__()
        self.rng = rng
        self.gateway: Gateway
        self.wrong: list[str] = []
        self.left = 0

    async def submit(self, orders: Sequence[Order]) -> Any:
        await self._leave(orders[0])
        return await super().submit(orders)

    async def replace(self, order: Order, terms: OrderTerms, action_id: str) -> Any:
        await self._leave(order)
        return await super().replace(order, terms, action_id)

    async def _leave(self, order: Order) -> None:
        await asyncio.sleep(self.rng.choice((0, 0.002, 0.005, 0.01)))
        ask_last()
        self.left += 1
        account = self.gateway.accounts.get(order.account_id)
        standing = self.gateway.switchboard.standing(account, order.principal, [order.instrument.symbol])
        if standing.state is TradingState.HALTED:
            self.wrong.append(f"{order.client_order_id} left although {standing}")


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), st.sampled_from(["AAPL", "MSFT"])),
        st.tuples(st.just("submit"), st.just("AAPL")),
        st.tuples(st.just("submit, first not sent"), st.sampled_from(["AAPL", "MSFT"])),
        st.tuples(st.just("replace"), st.integers(0, 5)),
        st.tuples(st.just("halt"), st.sampled_from(SCOPES)),
        st.tuples(st.just("release"), st.sampled_from(SCOPES)),
        st.tuples(st.just("wait"), st.integers(0, 6)),
    ),
    min_size=10,
    max_size=40,
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, seed=st.integers(0, 2**32))
def test_no_interleaving_lets_an_order_through_a_halted_scope(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, Any]], seed: int
) -> None:
    asyncio.run(_play(tmp_path_factory.mktemp("play") / "b.db", steps, random.Random(seed)))


async def _play(path: Path, steps: list[tuple[str, Any]], rng: random.Random) -> None:
    broker = Watched(rng)
    gateway = broker.gateway = await start_gateway(path, broker)
    under_way = [asyncio.create_task(_step(gateway, broker, number, step)) for number, step in enumerate(steps)]
    for task in under_way:
        await task
    assert broker.wrong == []
    await gateway.stop(grace=1.0)


async def _step(gateway: Gateway, broker: Watched, number: int, step: tuple[str, Any]) -> None:
    await asyncio.sleep(broker.rng.random() * 0.02)
    kind, what = step
    try:
        with acting_as(TRADER):
            match kind:
                case "submit" | "submit, first not sent":
                    if kind != "submit":
                        broker.answers.append(NOT_SENT)
                    instrument = request().instrument.__class__(symbol=what)
                    await gateway.desk.submit(request(client_order_id=str(number), instrument=instrument))
                case "replace":
                    key = OrderKey("paper", client_order_id=str(what))
                    await gateway.actions.replace(key, OrderTerms(quantity=Decimal(11 + number)))
                case "halt":
                    await set_state(gateway, TradingState.HALTED, what)
                case "release":
                    await set_state(gateway, TradingState.ACTIVE, what, by=OFFICER)
                case _:
                    await gateway.seams.sleep(what / 10)
    except BrokerwireError:
        pass  # refused, as it should be; what left is what counts
