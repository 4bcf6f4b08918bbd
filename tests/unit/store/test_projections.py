"""The tables say what a fold over the journal says, however the events were cut into appends."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from brokerwire_server.domain.accounts import ActivityType
from brokerwire_server.domain.connections import BreakState
from brokerwire_server.domain.events import (
    AccountOpened,
    AccountUpdated,
    BreakChanged,
    CashMoved,
    Event,
    FillRecorded,
    OrderChanged,
    Payload,
    PositionChanged,
)
from brokerwire_server.domain.orders import Order, OrderState
from brokerwire_server.store.base import FillFilter, OrderFilter
from brokerwire_server.store.projections import MINUTE, project
from brokerwire_server.store.sqlite import SqliteStore
from tests.unit.store.builders import (
    EPOCH,
    Chain,
    account,
    activity,
    balances,
    brk,
    changed,
    fill,
    filled,
    order,
    position,
    with_state,
)

numbers = st.integers(1, 4)
states = st.sampled_from(OrderState)


def orders() -> st.SearchStrategy[Order]:
    def build(number: int, state: OrderState, ids: int) -> Order:
        broker_ids = tuple(f"b{number}.{n}" for n in range(ids))
        return replace(with_state(order(number), state), broker_order_ids=broker_ids)

    return st.builds(build, numbers, states, st.integers(0, 2))


def payloads() -> st.SearchStrategy[Payload]:
    held = st.integers(-1, 1)
    return st.one_of(
        st.builds(changed, orders()),
        st.builds(lambda o, n, q: filled(o, fill(o, n), q), orders(), st.integers(1, 10**9), held),
        st.builds(lambda o, q: PositionChanged(position=position(o, q)), orders(), held),
        st.builds(lambda n, k: CashMoved(activity=activity(n, kind=k)), numbers, st.sampled_from(ActivityType)),
        st.builds(lambda n, s: BreakChanged(brk=brk(n, s)), numbers, st.sampled_from(BreakState)),
        st.builds(lambda n, t: balances(n, time=t), numbers, st.integers(1, 4 * MINUTE)),
    )


def unique_fills(made: Sequence[Payload]) -> list[Payload]:
    """Give each fill an id of its own: the engine never records one twice."""
    return [
        replace(p, fill=replace(p.fill, fill_id=f"f{n}")) if isinstance(p, FillRecorded) else p
        for n, p in enumerate(made)
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(payloads(), min_size=1, max_size=8), max_size=8), st.booleans())
def test_tables_equal_a_fold_of_the_journal(batches: list[list[Payload]], wait: bool) -> None:
    flat = unique_fills([payload for batch in batches for payload in batch])
    cut = iter(flat)
    asyncio.run(check([[next(cut) for _ in batch] for batch in batches], wait))


async def check(batches: list[list[Payload]], wait: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "x.db", new_epoch=lambda: EPOCH)
        await store.open()
        try:
            chain = Chain()
            futures = [store.append(chain.first)]
            for batch in batches:
                futures.append(store.append(chain.add(*batch)))
                if wait:
                    await futures[-1]
            await asyncio.gather(*futures)
            await compare(store, chain.made)
        finally:
            await store.close()


async def compare(store: SqliteStore, events: Sequence[Event]) -> None:
    made = [event.payload for event in events]
    orders = {p.order.order_id: p.order for p in made if isinstance(p, OrderChanged | FillRecorded)}
    positions = {
        p.position.instrument.symbol: p.position for p in made if isinstance(p, PositionChanged | FillRecorded)
    }
    breaks = {p.brk.break_id: p.brk for p in made if isinstance(p, BreakChanged)}
    states = [p.state for p in made if isinstance(p, AccountUpdated)]
    minutes = {state.time // MINUTE: state for state in states}
    fills = [p.fill for p in made if isinstance(p, FillRecorded)]

    listed, _ = await store.list_orders(OrderFilter(), "", 1000)
    assert {o.order_id: o for o in listed} == orders
    assert sorted(o.order_id for o in await store.open_orders("acc-1")) == sorted(
        o.order_id for o in orders.values() if not o.terminal
    )
    assert set(await store.client_order_ids("acc-1")) == {o.client_order_id for o in orders.values()}
    for value in orders.values():
        assert await store.get_order("acc-1", value.order_id) == value
        for broker_id in value.broker_order_ids:
            assert await store.find_broker_order("acc-1", "", broker_id) == value
    assert await store.positions("acc-1") == [p for _, p in sorted(positions.items()) if not p.closed]
    assert {b.break_id: b for b in await store.open_breaks("acc-1")} == {
        key: b for key, b in breaks.items() if b.state is BreakState.OPEN
    }
    found, _ = await store.list_fills(FillFilter(), "", 1000)
    assert sorted(f.fill_id for f in found) == sorted(f.fill_id for f in fills)
    moved = [
        p.fill if isinstance(p, FillRecorded) else p.activity if isinstance(p, CashMoved) else p.position
        for p in made
        if isinstance(p, FillRecorded | CashMoved | PositionChanged)
    ]
    assert [row async for batch in store.ledger("acc-1") for row in batch] == moved
    assert await store.account_state("acc-1") == (states[-1] if states else None)
    assert [(p.time, p.equity) for p in await store.portfolio_history("acc-1", 0, 0)] == [
        (state.time, state.balances.equity) for _, state in sorted(minutes.items())
    ]
    (head,) = await store.heads()
    assert head.account == (states[-1].account if states else account())
    assert (head.sequence, head.hash) == (events[-1].sequence, events[-1].hash)
    assert (await store.verify("acc-1")).ok


def test_one_transaction_writes_each_order_once() -> None:
    chain = Chain()
    one = order(1)
    chain.add(*(changed(with_state(one, state)) for state in OrderState), changed(order(2)))
    rows = project(chain.made)
    assert len(rows.journal) == len(OrderState) + 2
    assert len(rows.orders) == 2
    assert rows.orders["acc-1", one.order_id][-1] == len(OrderState) + 1
    assert len(rows.accounts) == 1


def test_the_first_event_of_an_account_is_noted() -> None:
    chain = Chain(opened=False)
    chain.add(AccountOpened(account=account()), changed(order(1)))
    assert project(chain.made).accounts["acc-1"] == ("acc-1", 1, 2, chain.made[-1].hash, 1, 0)
