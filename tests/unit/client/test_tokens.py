import asyncio
import itertools
from pathlib import Path
from typing import Any

import pytest

import brokerwire
from brokerwire import FileTokenStore, aio
from tests.unit.client.fakes import FakeGateway, batch, event, opened
from tests.unit.client.test_streams import cut, script, tokens


class Kept:
    def __init__(self, token: str | None = None) -> None:
        self.token = token
        self.saves: list[str] = []

    def load(self) -> str | None:
        return self.token

    def save(self, token: str) -> None:
        self.saves.append(token)


class KeptAsync(Kept):
    async def load(self) -> str | None:  # type: ignore[override]
        return self.token

    async def save(self, token: str) -> None:  # type: ignore[override]
        self.saves.append(token)


TWO = (batch(opened("SNAPSHOT"), event(1), event(2), token="t2"), batch(event(3), token="t3"))


def test_a_token_is_saved_when_all_before_it_has_been_processed() -> None:
    kept = Kept()
    with FakeGateway(StreamOrders=script(*TWO)) as gateway, brokerwire.connect(gateway.address) as client:
        stream = client.stream_orders(token_store=kept)
        next(stream)
        next(stream)
        assert kept.saves == []  # the second event may not have been processed yet
        next(stream)
        assert kept.saves == ["t2"]
        assert stream.token == "t2"


@pytest.mark.parametrize("kind", [Kept, KeptAsync])
async def test_a_token_is_saved_from_a_coroutine(kind: Any) -> None:
    kept = kind("t0")
    with FakeGateway(StreamOrders=script(*TWO)) as gateway:
        async with aio.connect(gateway.address) as client, client.stream_orders(token_store=kept) as stream:
            await anext(stream)
            await anext(stream)
            assert kept.saves == []
            await anext(stream)
        assert kept.saves == ["t2"]
        assert tokens(gateway) == ["t0"]


def test_a_stream_goes_on_where_the_program_before_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "orders.token"
    with FakeGateway(StreamOrders=script(*TWO)) as gateway, brokerwire.connect(gateway.address) as client:
        for _ in range(2):
            with client.stream_orders(token_store=FileTokenStore(path)) as stream:
                list(itertools.islice(stream, 3))
        assert tokens(gateway) == ["", "t2"]


def test_a_crash_while_a_batch_is_processed_repeats_that_batch() -> None:
    kept = Kept()

    def strategy(client: brokerwire.Client) -> None:
        with client.stream_orders(token_store=kept) as stream:
            for seen in stream:
                _ = 1 / (2 - seen.sequence)

    with FakeGateway(StreamOrders=script(*TWO)) as gateway, brokerwire.connect(gateway.address) as client:
        with pytest.raises(ZeroDivisionError):
            strategy(client)
        assert kept.saves == []


def test_a_reconnect_does_not_load_the_token_again() -> None:
    kept = Kept("t0")
    connections = [
        script(batch(opened(), event(1), token="t1"), end=cut),
        script(batch(opened(), event(2), token="t2")),
    ]
    with FakeGateway(StreamOrders=connections) as gateway, brokerwire.connect(gateway.address) as client:
        list(itertools.islice(client.stream_orders(token_store=kept), 2))
        assert tokens(gateway) == ["t0", "t1"]


def test_an_asynchronous_store_is_refused_by_the_blocking_client() -> None:
    kept = KeptAsync()
    with (
        FakeGateway(StreamOrders=script(*TWO)) as gateway,
        brokerwire.connect(gateway.address) as client,
        pytest.raises(TypeError, match="asyncio"),
    ):
        next(client.stream_orders(token_store=kept))


def test_a_file_that_is_not_there_is_a_fresh_start(tmp_path: Path) -> None:
    store = FileTokenStore(tmp_path / "deep" / "token")
    assert store.load() is None
    store.save("t1")
    assert store.load() == "t1"


def test_a_crash_while_saving_leaves_the_former_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileTokenStore(tmp_path / "token")
    store.save("old")
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        store.save("new")
    assert store.load() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["token"]


def test_the_file_is_replaced_and_never_written_in_place(tmp_path: Path) -> None:
    store = FileTokenStore(tmp_path / "token")
    store.save("old")
    before = Path(store.path).open(encoding="ascii")  # noqa: SIM115 - held over the save
    store.save("new")
    assert before.read() == "old\n"
    before.close()


def test_a_slow_store_does_not_hold_up_the_event_loop() -> None:
    class Slow(Kept):
        def save(self, token: str) -> None:
            asyncio.run(asyncio.sleep(0))  # raises on the loop's own thread
            super().save(token)

    async def run() -> list[str]:
        kept = Slow()
        with FakeGateway(StreamOrders=script(*TWO)) as gateway:
            async with aio.connect(gateway.address) as client, client.stream_orders(token_store=kept) as stream:
                for _ in range(3):
                    await anext(stream)
        return kept.saves

    assert asyncio.run(run()) == ["t2"]
