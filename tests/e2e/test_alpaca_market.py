"""Market data of an Alpaca connection, through both doors: the gateway in front of the sandbox."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from brokerwire.v1 import account_service_pb2 as accounts
from brokerwire.v1 import market_data_pb2 as data
from brokerwire.v1 import market_data_service_pb2 as pb
from brokerwire_sandbox.alpaca import AlpacaSandbox, SandboxSettings
from brokerwire_server.brokers.alpaca import KIND
from brokerwire_server.brokers.base import Tools
from brokerwire_server.domain.connections import ConnectionSpec, Environment
from brokerwire_server.domain.secrets import Secret
from brokerwire_server.engine.seams import system_seams
from tests.e2e.conftest import Served
from tests.e2e.doors import CallFailed, Door, GrpcClient, HttpClient, methods_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ACCOUNT = "alpaca-paper"


@pytest.fixture
async def sandbox() -> AsyncIterator[AlpacaSandbox]:
    async with AlpacaSandbox(SandboxSettings(rate_limit=0)) as running:
        yield running


@pytest.fixture
async def served(tmp_path: Path, sandbox: AlpacaSandbox) -> AsyncIterator[Served]:
    seams = system_seams()
    spec = ConnectionSpec(
        connection_id=ACCOUNT,
        broker="alpaca",
        environment=Environment.PAPER,
        settings={"base_url": sandbox.url},
    )
    keys = {"api_key": Secret(sandbox.key), "secret_key": Secret(sandbox.secret)}
    tools = Tools(now=seams.now, monotonic=time.monotonic, sleep=seams.sleep, random=lambda: 0.5)
    running = Served(tmp_path, KIND.create(spec, keys, tools))
    await running.start()
    yield running
    await running.stop()


@pytest.fixture(params=["grpc", "http"])
async def door(request: pytest.FixtureRequest, served: Served) -> AsyncIterator[Door]:
    address, kind = {
        "grpc": (served.grpc_address, GrpcClient),
        "http": (served.http_address, HttpClient),
    }[request.param]
    client: Any = kind(methods_of(served.api), address)
    yield client
    await client.close()


def day(moment: datetime) -> dict[str, int]:
    return {"year": moment.year, "month": moment.month, "day": moment.day}


async def test_quotes_bars_chain_actions_and_days_come_from_alpaca(door: Door, sandbox: AlpacaSandbox) -> None:
    now = datetime.now(UTC)
    sandbox.set_quote("AAPL", "187.4101", "187.42", last="187.415")
    sandbox.data.paths.add_action(
        "cash_dividends", symbol="AAPL", rate=0.26, process_date=now.date().isoformat(), ex_date=now.date().isoformat()
    )
    quotes = await door.call("MarketDataService/GetQuotes", pb.GetQuotesRequest(account_id=ACCOUNT, symbols=["AAPL"]))
    bars_request = pb.ListBarsRequest(account_id=ACCOUNT, symbol="AAPL", timeframe={"unit": data.BAR_UNIT_MINUTE})
    bars_request.start_time.FromDatetime(now - timedelta(hours=1))
    bars_request.end_time.FromDatetime(now + timedelta(hours=1))
    bars = await door.call("MarketDataService/ListBars", bars_request)
    chain = await door.call(
        "MarketDataService/GetOptionChain",
        pb.GetOptionChainRequest(broker="alpaca", underlying_symbol="AAPL", type="OPTION_TYPE_CALL", page_size=3),
    )
    actions = await door.call(
        "MarketDataService/ListCorporateActions",
        pb.ListCorporateActionsRequest(account_id=ACCOUNT, start_date=day(now - timedelta(days=2)), symbols=["AAPL"]),
    )
    days = await door.call(
        "MarketDataService/ListTradingDays",
        pb.ListTradingDaysRequest(account_id=ACCOUNT, start_date=day(now), end_date=day(now + timedelta(days=9))),
    )
    clock = await door.call("MarketDataService/GetClock", pb.GetClockRequest(account_id=ACCOUNT))
    assert [(q.bid_price.value, q.last_price.value, q.broker) for q in quotes.quotes] == [
        ("187.4101", "187.415", "alpaca")
    ]
    assert bars.bars[-1].close_price.value == "187.415"
    assert len(chain.contracts) == 3
    assert chain.next_page_token
    assert chain.contracts[0].greeks.delta.value
    assert [a.cash_rate.value for a in actions.corporate_actions] == ["0.26"]
    assert len(days.trading_days) >= 9
    assert clock.clock.time.seconds > 0


async def test_quotes_are_streamed_from_alpaca_s_own_stream(door: Door, sandbox: AlpacaSandbox) -> None:
    request = pb.StreamQuotesRequest(account_id=ACCOUNT, symbols=["AAPL"])
    seen = []
    async for response in door.stream("MarketDataService/StreamQuotes", request):
        events = [item.event for item in response.items if item.WhichOneof("item") == "event"]
        seen += [event.bid_price.value for event in events]
        if "190.25" in seen:
            break
        if any(item.control.WhichOneof("control") == "caught_up" for item in response.items):
            sandbox.set_quote("AAPL", "190.25", "190.27")
    assert sandbox.data.stream.connected == 1


async def test_a_length_that_alpaca_lacks_is_refused_with_its_field(door: Door, served: Served) -> None:
    request = pb.ListBarsRequest(account_id=ACCOUNT, symbol="AAPL", timeframe={"unit": data.BAR_UNIT_DAY, "count": 5})
    request.start_time.seconds = 1
    with pytest.raises(CallFailed, match="no bars of 5 days") as refused:
        await door.call("MarketDataService/ListBars", request)
    assert (refused.value.code, refused.value.metadata["field"]) == ("INVALID_ARGUMENT", "timeframe.count")


async def test_past_values_come_from_alpaca_where_the_journal_has_none(door: Door, served: Served) -> None:
    request = accounts.GetPortfolioHistoryRequest(account_id=ACCOUNT)
    request.period.seconds = 3600
    answer = await door.call("AccountService/GetPortfolioHistory", request)
    assert not answer.unreachable
    assert {p.equity.value for p in answer.points} == {"100000"}
