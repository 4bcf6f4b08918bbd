"""Order and request ids: above all that was ever used, and durable before."""

from __future__ import annotations

import pytest

from brokerwire_server.brokers.base import PassingNotes
from brokerwire_server.brokers.ibkr.ids import BLOCK, Ids


class Watched(PassingNotes):
    """Notes that count, and that can fail."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[str] = []
        self.broken = False

    async def put(self, key: str, text: str) -> None:
        if self.broken:
            raise OSError("the disk is full")
        self.writes.append(text)
        await super().put(key, text)


async def test_they_begin_where_tws_says_and_are_never_given_twice() -> None:
    ids = Ids(PassingNotes(), 17)
    await ids.open(1001)
    assert [ids.take(), ids.take(3), ids.take()] == [1001, 1002, 1005]


async def test_the_end_of_a_block_is_durable_before_its_first_number_is_used() -> None:
    notes = Watched()
    ids = Ids(notes, 17)
    await ids.open(1)
    assert len(notes.writes) == 1
    assert ids.take() == 1
    again = Ids(notes, 17)
    await again.open(1)
    assert again.take() == BLOCK + 1


async def test_many_numbers_cost_few_writes_and_none_waits() -> None:
    notes = Watched()
    ids = Ids(notes, 17)
    await ids.open(1)
    for expected in range(1, 3 * BLOCK):
        await ids.ensure()
        assert ids.take() == expected
    await ids.close()
    assert len(notes.writes) <= 7


async def test_where_nothing_can_be_noted_no_number_is_given() -> None:
    notes = Watched()
    ids = Ids(notes, 17)
    await ids.open(1)
    notes.broken = True
    for _ in range(BLOCK):
        ids.take()
    await ids.close()
    with pytest.raises(OSError, match="full"):
        await ids.ensure()
    with pytest.raises(RuntimeError):
        ids.take()


async def test_a_tws_that_begins_anew_takes_nothing_back_and_opens_an_epoch() -> None:
    notes = PassingNotes()
    ids = Ids(notes, 17)
    await ids.open(5_000)
    assert ids.epoch == 0
    ids.take(10)
    later = Ids(notes, 17)
    await later.open(3)
    assert later.epoch == 1
    assert later.take() == 5_000 + BLOCK


async def test_a_number_that_is_seen_in_use_is_left_out() -> None:
    ids = Ids(PassingNotes(), 17)
    await ids.open(1)
    ids.see(70)
    assert ids.take() == 71


async def test_every_client_id_has_a_line_of_its_own() -> None:
    notes = PassingNotes()
    for client_id in (1, 2):
        ids = Ids(notes, client_id)
        await ids.open(10)
        assert ids.take() == 10


async def test_numbers_that_do_not_fit_are_an_error() -> None:
    ids = Ids(PassingNotes(), 17)
    with pytest.raises(OverflowError, match="client_id"):
        await ids.open(2**31 - 2)
