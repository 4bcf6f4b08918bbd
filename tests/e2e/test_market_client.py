"""The Python client and the command line on a broker that has market data."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

import brokerwire
from brokerwire import aio
from brokerwire_server.cli.root import cli
from brokerwire_server.domain.market import CorporateAction, CorporateActionType
from tests.e2e.conftest import Served
from tests.e2e.test_market_history import T0, bar, contract
from tests.support.market_broker import MarketBroker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

START = datetime.fromtimestamp(T0 // 1_000_000_000, UTC)
END = datetime.fromtimestamp(T0 // 1_000_000_000 + 3600, UTC)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    broker = MarketBroker()
    broker.stock = [bar(n) for n in range(3)]
    broker.contracts = [contract("2026-12-18", 150), contract("2026-12-18", 155)]
    broker.announced = [
        CorporateAction(
            action_id="1",
            type=CorporateActionType.FORWARD_SPLIT,
            symbol="AAPL",
            new_rate=Decimal(4),
            old_rate=Decimal(1),
            process_date="2026-11-20",
            broker_type="forward_splits",
        )
    ]
    running = Served(tmp_path, broker)
    await running.start()
    yield running
    await running.stop()


async def test_the_client_reads_pages_as_it_iterates(served: Served) -> None:
    async with aio.connect(served.grpc_address, account="desk") as bw:
        bars = await bw.bars("AAPL", "minute", start=START, end=END, page_size=2).collect()
        chain = await bw.option_chain("AAPL", min_strike="140", page_size=1).collect()
        (split,) = await bw.corporate_actions("AAPL", start=date(2026, 11, 1), types=["forward_split"]).collect()
        days = await bw.trading_days(date(2026, 11, 26), date(2026, 11, 27), broker="paper").collect()
    assert [b.close_price for b in bars] == [Decimal(100), Decimal(101), Decimal(102)]
    assert (bars[0].start_time, bars[0].vwap, bars[0].trade_count) == (START, None, None)
    assert [c.symbol for c in chain] == ["AAPL261218C00150000", "AAPL261218C00155000"]
    assert chain[0].instrument.option is not None
    assert chain[0].instrument.option.expiration_date == date(2026, 12, 18)
    assert (split.type, split.new_rate, split.process_date) == ("forward_split", Decimal(4), date(2026, 11, 20))
    assert [d.date for d in days] == [date(2026, 11, 26), date(2026, 11, 27)]


async def test_the_blocking_client_does_the_same(served: Served) -> None:
    def read() -> list[Decimal]:
        with brokerwire.connect(served.grpc_address, account="desk") as bw:
            listed = bw.bars("AAPL", brokerwire.BarUnit.MINUTE, start=START, end=END, newest_first=True)
            return [b.close_price for b in listed]

    assert await asyncio.to_thread(read) == [Decimal(102), Decimal(101), Decimal(100)]


def test_what_can_t_be_meant_is_refused_before_it_is_sent() -> None:
    with brokerwire.connect("127.0.0.1:1", account="desk") as bw:
        with pytest.raises(brokerwire.InvalidRequest, match="unit must be one of minute"):
            bw.bars("AAPL", "parsec", start=START)
        with pytest.raises(brokerwire.InvalidRequest, match="time zone"):
            bw.bars("AAPL", "day", start=datetime(2026, 1, 1))  # noqa: DTZ001 - what is refused
        with pytest.raises(TypeError, match="must be a date"):
            bw.trading_days(START, date(2026, 1, 1))


@pytest.mark.parametrize(
    ("arguments", "name", "key", "expected"),
    [
        (
            ("bars", "AAPL", "--timeframe", "1minute", "--start", START.isoformat(), "--end", END.isoformat()),
            "bars",
            "close_price",
            ["100", "101", "102"],
        ),
        (
            ("chain", "AAPL", "--type", "call", "--limit", "1"),
            "contracts",
            "open_interest",
            [None],
        ),
        (
            ("actions", "AAPL", "--start", "2026-11-01", "--type", "forward-split"),
            "corporate_actions",
            "new_rate",
            ["4"],
        ),
    ],
    ids=["bars", "chain", "actions"],
)
async def test_the_market_commands_list_what_there_is(
    served: Served, arguments: tuple[str, ...], name: str, key: str, expected: list[Any]
) -> None:
    where = ("--address", served.grpc_address, "--account", "desk")

    def run(*more: str) -> str:
        result = CliRunner().invoke(cli, ["market", *arguments, *where, *more])
        assert result.exit_code == 0, result.output
        return result.output

    found = json.loads(await asyncio.to_thread(run, "--json"))[name]
    assert [item[key] for item in found] == expected
    plain = await asyncio.to_thread(run)
    assert len(plain.splitlines()) == len(expected) + 1
