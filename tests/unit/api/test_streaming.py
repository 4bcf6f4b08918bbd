"""Responses joined from parts are the messages that the contract describes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerwire.v1 import order_service_pb2 as pb
from brokerwire_server.api.orders import VIEW
from brokerwire_server.api.session import CommandIds
from brokerwire_server.api.streaming import control_item, encode, entry_item, paced, response, varint
from brokerwire_server.domain.events import GENESIS, GapPhase, OrderChanged, OrderEventType, SourceGap, make_event
from brokerwire_server.engine.log import Entry
from brokerwire_server.engine.streams import Batch, Drain, Gap, Goodbye, Heartbeat, SnapshotEnd
from tests.support.builders import order

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def entry(sequence: int = 1) -> Entry:
    payload = OrderChanged(kind=OrderEventType.SUBMITTED, order=order(sequence=sequence))
    return Entry(
        make_event(
            account_id="paper",
            epoch=1,
            sequence=sequence,
            time=5,
            causation="",
            payload=payload,
            previous_hash=GENESIS,
        )
    )


async def one(*batches: Batch) -> AsyncIterator[Batch]:
    for batch in batches:
        yield batch


async def responses(*batches: Batch) -> list[pb.StreamOrdersResponse]:
    encoded = encode(VIEW, one(*batches), lambda: 1_700_000_000_000_000_001)
    return [pb.StreamOrdersResponse.FromString(data) async for data in encoded]


async def test_a_batch_is_one_response_with_its_token_and_time() -> None:
    batch = Batch(token="t" * 200, entries=[entry(1), entry(2)])
    (message,) = await responses(batch)
    assert [item.event.sequence for item in message.items] == [1, 2]
    assert message.resume_token == "t" * 200
    assert (message.publish_time.seconds, message.publish_time.nanos) == (1_700_000_000, 1)


async def test_snapshots_and_controls_are_items_in_order() -> None:
    first, last = await responses(
        Batch(token="", snapshot=(order(),)), Batch(token="x", controls=(SnapshotEnd(1), Goodbye("bye", 1.5)))
    )
    assert first.items[0].snapshot.order_id == "o-1"
    assert first.resume_token == ""
    assert last.items[0].control.snapshot_end.item_count == 1
    assert last.items[1].control.goodbye.reconnect_after.ToMilliseconds() == 1500


async def test_a_gap_opens_before_its_events_and_closes_after_them() -> None:
    opened = Gap(SourceGap(account_id="paper", phase=GapPhase.OPENED, from_time=1))
    closed = Gap(SourceGap(account_id="paper", phase=GapPhase.RECONCILED, from_time=1, to_time=2))
    (message,) = await responses(Batch(token="x", controls=(opened, closed), entries=[entry()]))
    assert [item.WhichOneof("item") for item in message.items] == ["control", "event", "control"]
    assert message.items[2].control.source_gap.to_time.nanos == 2


def test_an_entry_is_serialised_once_for_all_readers() -> None:
    shared = entry()
    assert entry_item(VIEW, shared) is entry_item(VIEW, shared)


@given(st.integers(0, 2**63 - 1))
def test_lengths_are_written_as_protobuf_reads_them(number: int) -> None:
    data = b"\x08" + varint(number)
    assert pb.OrderResult.FromString(data).command_id == number


def test_an_empty_control_is_still_present() -> None:
    message = pb.StreamOrdersResponse.FromString(response([control_item(Heartbeat(()))], "", 10**9))
    assert message.items[0].control.WhichOneof("control") == "heartbeat"


async def test_a_silent_source_gives_heartbeats_and_a_drain_ends_it() -> None:
    closed = asyncio.Event()

    async def silent() -> AsyncIterator[int]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            closed.set()

    drain, seen = Drain(), list[Any]()
    async for part in paced(silent(), drain, 0.02):
        seen.append(part)
        if isinstance(part, Heartbeat):
            drain.begin("over")
    assert [type(part).__name__ for part in seen] == ["int", "Heartbeat", "Goodbye"]
    assert closed.is_set()
    assert drain.streams == 0


async def test_a_source_that_fails_is_not_hidden() -> None:
    async def failing() -> AsyncIterator[int]:
        yield 1
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        async for _ in paced(failing(), Drain(), 1):
            pass


@given(st.lists(st.integers(-5, 30)))
def test_a_command_id_is_good_once(numbers: list[int]) -> None:
    ids, seen = CommandIds(), set[int]()
    for number in numbers:
        assert ids.use(number) is (number not in seen)
        seen.add(number)
