from __future__ import annotations

import asyncio
from collections import deque
from contextlib import aclosing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from brokerwire_server.domain.errors import InvalidRequestError, NotFoundError, OutOfRangeError
from brokerwire_server.domain.events import EventType
from brokerwire_server.domain.orders import OrderState
from brokerwire_server.domain.reports import LinkReport
from brokerwire_server.engine import log, streams
from brokerwire_server.engine.streams import (
    Batch,
    CaughtUp,
    FellBehind,
    Gap,
    Goodbye,
    Heartbeat,
    OnGap,
    Opened,
    Reset,
    ResetCause,
    SnapshotEnd,
    StartMode,
    StreamRequest,
)
from tests.support.builders import request, status_report
from tests.unit.engine.conftest import start_gateway, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from brokerwire_server.domain.events import Event
    from brokerwire_server.engine.gateway import Gateway
    from tests.support.scripted_broker import ScriptedBroker


def open_stream(gateway: Gateway, **changes: Any) -> AsyncIterator[Batch]:
    fields: dict[str, Any] = {"view": "orders", "heartbeat": 0.5}
    return gateway.streams.open(
        StreamRequest(**{**fields, **changes}),
        lambda event: event.type in (EventType.ORDER, EventType.FILL),
        lambda account: account.book.committed.open(),
    )


async def read(stream: AsyncIterator[Batch], stop: Any) -> list[Batch]:
    """Read until a batch satisfies `stop`, that one included."""
    batches = []
    async with asyncio.timeout(5):
        async for batch in stream:
            batches.append(batch)
            if stop(batch):
                break
    return batches


def has(kind: type) -> Any:
    return lambda batch: any(isinstance(control, kind) for control in batch.controls)


def sequences(batches: list[Batch]) -> list[int]:
    return [entry.event.sequence for batch in batches for entry in batch.entries]


async def submit(gateway: Gateway, number: int) -> None:
    await gateway.desk.submit(request(client_order_id=f"order-{number}"))


async def test_a_stream_opens_at_once_and_sends_what_is_open_before_what_is_new(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    await submit(gateway, 1)
    async with aclosing(open_stream(gateway)) as stream:  # type: ignore[type-var]
        first = await read(stream, has(CaughtUp))
        assert isinstance(first[0].controls[0], Opened)
        assert first[0].controls[0].mode is StartMode.SNAPSHOT
        assert [order.client_order_id for batch in first for order in batch.snapshot] == ["order-1"]
        assert SnapshotEnd(1) in first[-1].controls
        await submit(gateway, 2)
        live = await read(stream, lambda batch: batch.entries)
        assert live[-1].entries[0].event.payload.order.client_order_id == "order-2"  # type: ignore[union-attr]


async def test_a_token_inside_a_snapshot_is_not_given(gateway: Gateway, broker: ScriptedBroker) -> None:
    await submit(gateway, 1)
    async with aclosing(open_stream(gateway)) as stream:  # type: ignore[type-var]
        batches = await read(stream, has(SnapshotEnd))
    assert [bool(batch.token) for batch in batches] == [False, False, True]


async def test_resuming_anywhere_continues_without_loss_or_repetition(gateway: Gateway, broker: ScriptedBroker) -> None:
    seen: list[int] = []
    token = ""
    for round_ in range(12):
        await submit(gateway, round_)
        head = gateway.accounts.get("paper").book.log.head
        async with aclosing(open_stream(gateway, resume_token=token, skip_snapshot=True)) as stream:  # type: ignore[type-var]
            if not token:
                token = (await read(stream, has(Opened)))[-1].token
                await submit(gateway, 100)
                head = gateway.accounts.get("paper").book.log.head
            async for batch in stream:
                token = batch.token
                seen += [entry.event.sequence for entry in batch.entries]
                if seen and seen[-1] >= head:
                    break
    wanted = [e.sequence for e in await gateway.store.read("paper", 0, 1000) if e.type is EventType.ORDER]
    assert seen == [sequence for sequence in wanted if sequence >= seen[0]]
    assert len(seen) >= 24


async def test_a_token_outlives_a_restart(database: Path, broker: ScriptedBroker) -> None:
    gateway = await start_gateway(database, broker)
    async with aclosing(open_stream(gateway)) as stream:  # type: ignore[type-var]
        token = (await read(stream, has(CaughtUp)))[-1].token
    await submit(gateway, 1)
    await gateway.stop(grace=1.0)
    restarted = await start_gateway(database, broker)
    async with aclosing(open_stream(restarted, resume_token=token)) as stream:  # type: ignore[type-var]
        batches = await read(stream, has(CaughtUp))
    assert batches[0].controls[0].mode is StartMode.RESUMED  # type: ignore[union-attr]
    payloads = [entry.event.payload for batch in batches for entry in batch.entries]
    assert [p.order.client_order_id for p in payloads] == ["order-1"] * 2  # type: ignore[union-attr]
    await restarted.stop(grace=1.0)


async def test_a_reader_that_is_far_behind_is_served_from_the_journal_and_told_so(
    gateway: Gateway, broker: ScriptedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "BATCH_EVENTS", 4)
    monkeypatch.setattr(log, "TAIL_EVENTS", 8)
    monkeypatch.setattr(gateway.accounts.get("paper").book.log, "_tail", deque(maxlen=8))
    async with aclosing(open_stream(gateway)) as stream:  # type: ignore[type-var]
        await read(stream, has(CaughtUp))
        for number in range(30):
            await submit(gateway, number)
        batches = await read(stream, has(CaughtUp))
    assert any(has(FellBehind)(batch) for batch in batches)
    found = sequences(batches)
    assert found == list(range(found[0], found[0] + 60))


async def test_a_quiet_stream_says_how_fresh_it_is(gateway: Gateway, broker: ScriptedBroker) -> None:
    async with aclosing(open_stream(gateway, heartbeat=0.2)) as stream:  # type: ignore[type-var]
        batches = await read(stream, has(Heartbeat))
    beat = batches[-1].controls[0]
    assert isinstance(beat, Heartbeat)
    assert beat.accounts[0].account_id == "paper"
    assert beat.accounts[0].last_verified_time > 0


async def test_the_token_moves_on_under_a_filter_that_matches_nothing(gateway: Gateway, broker: ScriptedBroker) -> None:
    def nothing(_: Event) -> bool:
        return False

    quiet = gateway.streams.open(StreamRequest(view="orders", heartbeat=0.2), nothing, lambda _: [])
    async with aclosing(quiet) as stream:  # type: ignore[type-var]
        before = (await read(stream, has(CaughtUp)))[-1].token
        await submit(gateway, 1)
        after = (await read(stream, has(Heartbeat)))[-1].token
    assert after != before


async def test_a_foreign_token_means_a_reset_and_a_snapshot_and_never_a_silent_start(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    await submit(gateway, 1)
    async with aclosing(open_stream(gateway, filter_key="AAPL")) as stream:  # type: ignore[type-var]
        token = (await read(stream, has(CaughtUp)))[-1].token
    async with aclosing(open_stream(gateway, filter_key="MSFT", resume_token=token)) as stream:  # type: ignore[type-var]
        batches = await read(stream, has(CaughtUp))
    assert Reset(ResetCause.FILTER_CHANGED) in batches[0].controls
    assert sum(len(batch.snapshot) for batch in batches) == 1
    with pytest.raises(OutOfRangeError) as caught:
        await read(open_stream(gateway, filter_key="MSFT", resume_token=token, on_gap=OnGap.FAIL), has(Opened))
    assert caught.value.reason == "RESUME_TOKEN_EXPIRED"


async def test_a_token_of_another_database_resets(
    gateway: Gateway, broker: ScriptedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with aclosing(open_stream(gateway)) as stream:  # type: ignore[type-var]
        token = (await read(stream, has(CaughtUp)))[-1].token
    monkeypatch.setattr(gateway.store, "epoch", 43)
    async with aclosing(open_stream(gateway, resume_token=token)) as stream:  # type: ignore[type-var]
        batches = await read(stream, has(CaughtUp))
    assert Reset(ResetCause.EPOCH_CHANGED) in batches[0].controls


@pytest.mark.parametrize("token", ["?", "AAAA", "not-a-token", "gaQB"])
async def test_garbage_is_not_a_token(gateway: Gateway, token: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        open_stream(gateway, resume_token=token)
    assert caught.value.reason == "INVALID_RESUME_TOKEN"


async def test_an_unknown_account_is_named(gateway: Gateway) -> None:
    with pytest.raises(NotFoundError):
        open_stream(gateway, account_ids=("other",))


async def test_a_gap_in_the_brokers_events_is_told_in_band(gateway: Gateway, broker: ScriptedBroker) -> None:
    from brokerwire_server.domain.connections import LinkState

    async with aclosing(open_stream(gateway)) as stream:  # type: ignore[type-var]
        await read(stream, has(CaughtUp))
        broker.sink(LinkReport(connection_id="scripted", state=LinkState.DOWN))
        opened = (await read(stream, has(Gap)))[-1].controls[0]
        broker.sink(LinkReport(connection_id="scripted", state=LinkState.UP))
        closed = (await read(stream, has(Gap)))[-1].controls[0]
    assert [gap.gap.phase for gap in (opened, closed)] == ["OPENED", "RECONCILED"]  # type: ignore[union-attr]


async def test_a_draining_server_says_goodbye_with_a_token_that_works(gateway: Gateway, broker: ScriptedBroker) -> None:
    stream = open_stream(gateway)
    await read(stream, has(CaughtUp))
    await submit(gateway, 1)
    gateway.drain.begin("maintenance")
    batches = await read(stream, has(Goodbye))
    assert sequences(batches), "what was durable comes before the goodbye"
    assert batches[-1].token
    await stream.aclose()  # type: ignore[attr-defined]
    assert await gateway.drain.drained(1.0)


async def test_many_readers_see_the_same_and_leave_nothing_behind(gateway: Gateway, broker: ScriptedBroker) -> None:
    opened = [open_stream(gateway, skip_snapshot=True) for _ in range(50)]
    book = gateway.accounts.get("paper").book
    order_count = 20
    last = book.sequence + 2 * order_count
    tasks = [asyncio.create_task(read(stream, lambda batch: last in sequences([batch]))) for stream in opened]
    await until(lambda: book.log.readers == 50)
    for number in range(order_count):
        await submit(gateway, number)
    results = await asyncio.gather(*tasks)
    assert {tuple(sequences(batches)) for batches in results} == {tuple(range(last - 39, last + 1))}
    for stream in opened:
        await stream.aclose()  # type: ignore[attr-defined]
    assert book.log.readers == 0
    assert gateway.drain.streams == 0


async def test_only_what_is_durable_is_shown(gateway: Gateway, broker: ScriptedBroker) -> None:
    await submit(gateway, 1)
    book = gateway.accounts.get("paper").book
    order = book.orders.by_client_id("order-1")
    assert order is not None
    head = book.log.head
    broker.sink(status_report(OrderState.CANCELED, broker_client_order_id=order.broker_client_order_id, time=10**19))
    assert book.log.head == head
    assert not book.committed.by_id[order.order_id].terminal
    await gateway.settled("paper")
    assert book.log.head == head + 1
    assert book.committed.by_id[order.order_id].terminal
    assert Decimal(0) == book.committed.by_id[order.order_id].filled_quantity
