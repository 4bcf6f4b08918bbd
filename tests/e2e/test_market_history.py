"""Bars, chains, corporate actions, trading days and past values, through gRPC and through Connect over HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import pytest

from brokerwire.v1 import account_service_pb2 as accounts
from brokerwire.v1 import market_data_pb2 as data
from brokerwire.v1 import market_data_service_pb2 as pb
from brokerwire_server.domain.accounts import PortfolioPoint
from brokerwire_server.domain.errors import UnavailableError
from brokerwire_server.domain.instruments import AssetClass, Instrument, OptionContract, OptionType
from brokerwire_server.domain.market import (
    Adjustment,
    Bar,
    BarUnit,
    ChainEntry,
    CorporateAction,
    CorporateActionType,
    Greeks,
    Quote,
)
from tests.e2e.conftest import Served
from tests.e2e.doors import CallFailed, Door, GrpcClient, HttpClient, methods_of
from tests.support.market_broker import MarketBroker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
T0 = 1_700_000_040 * SECOND
BARS, CHAIN, ACTIONS, DAYS, HISTORY = (
    "MarketDataService/ListBars",
    "MarketDataService/GetOptionChain",
    "MarketDataService/ListCorporateActions",
    "MarketDataService/ListTradingDays",
    "AccountService/GetPortfolioHistory",
)


@pytest.fixture
def broker() -> MarketBroker:
    return MarketBroker()


@pytest.fixture
async def served(tmp_path: Path, broker: MarketBroker) -> AsyncIterator[Served]:
    running = Served(tmp_path, broker)
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


def bar(number: int) -> Bar:
    price = Decimal(100 + number)
    return Bar(
        start=T0 + number * MINUTE, open=price, high=price + 1, low=price - 1, close=price, volume=Decimal("10.5")
    )


def contract(expiration: str, strike: int, right: OptionType = OptionType.CALL) -> ChainEntry:
    symbol = f"AAPL{expiration[2:].replace('-', '')}{right.value[0]}{strike * 1000:08d}"
    terms = OptionContract(underlying="AAPL", type=right, strike=Decimal(strike), expiration=expiration)
    return ChainEntry(instrument=Instrument(symbol=symbol, asset_class=AssetClass.OPTION, option=terms))


def bars_request(**changes: Any) -> pb.ListBarsRequest:
    request = pb.ListBarsRequest(account_id="desk", symbol="AAPL", timeframe={"unit": data.BAR_UNIT_MINUTE})
    request.start_time.seconds = T0 // SECOND
    request.end_time.seconds = T0 // SECOND + 3600
    for name, value in changes.items():
        setattr(request, name, value)
    return request


def day(text: str) -> dict[str, int]:
    year, month, number = map(int, text.split("-"))
    return {"year": year, "month": month, "day": number}


async def pages(door: Door, method: str, request: Any, items: str) -> list[list[Any]]:
    read = []
    while True:
        answer = await door.call(method, request)
        assert answer.read_info.as_of_time.seconds > 0
        read.append(list(getattr(answer, items)))
        if not answer.next_page_token:
            return read
        request.page_token = answer.next_page_token


@pytest.mark.parametrize("newest_first", [False, True])
async def test_bars_come_in_pages_without_a_hole_or_a_repeat(
    door: Door, broker: MarketBroker, newest_first: bool
) -> None:
    broker.stock = [bar(n) for n in range(5)]
    order = 1 if newest_first else 0
    read = await pages(door, BARS, bars_request(page_size=2, sort_order=order), "bars")
    closes = ["100", "101", "102", "103", "104"]
    expected = closes[::-1] if newest_first else closes
    assert [[b.close_price.value for b in page] for page in read] == [expected[:2], expected[2:4], expected[4:]]


async def test_a_bar_says_what_is_known_and_no_more(door: Door, broker: MarketBroker) -> None:
    broker.stock = [bar(0)]
    answer = await door.call(BARS, bars_request())
    (shown,) = answer.bars
    assert (shown.start_time.seconds, shown.high_price.value, shown.low_price.value) == (T0 // SECOND, "101", "99")
    assert (shown.volume.value, shown.HasField("vwap"), shown.HasField("trade_count")) == ("10.5", False, False)
    assert (answer.broker, answer.currency_code) == ("market", "USD")


async def test_the_broker_is_asked_for_what_the_caller_wants(door: Door, broker: MarketBroker) -> None:
    request = bars_request(adjustment=data.PRICE_ADJUSTMENT_SPLIT)
    request.timeframe.unit, request.timeframe.count = data.BAR_UNIT_HOUR, 4
    await door.call(BARS, request)
    (query,) = broker.queries
    assert (query.unit, query.count, query.adjustment) == (BarUnit.HOUR, 4, Adjustment.SPLIT)  # type: ignore[attr-defined]
    assert (query.start, query.end) == (T0, T0 + 60 * MINUTE)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("method", "request_", "field"),
    [
        (BARS, pb.ListBarsRequest(timeframe={"unit": 3}, start_time={"seconds": 1}), "symbol"),
        (BARS, pb.ListBarsRequest(symbol="A", start_time={"seconds": 1}), "timeframe.unit"),
        (BARS, pb.ListBarsRequest(symbol="A", timeframe={"unit": 3}), "start_time"),
        (
            BARS,
            pb.ListBarsRequest(symbol="A", timeframe={"unit": 3}, start_time={"seconds": 9}, end_time={"seconds": 9}),
            "start_time",
        ),
        (BARS, pb.ListBarsRequest(symbol="A", timeframe={"unit": 3, "count": -1}), "timeframe.count"),
        (
            BARS,
            pb.ListBarsRequest(
                symbol="A", timeframe={"unit": 3}, start_time={"seconds": 1}, adjustment=cast("Any", 77)
            ),
            "adjustment",
        ),
        (CHAIN, pb.GetOptionChainRequest(), "underlying_symbol"),
        (CHAIN, pb.GetOptionChainRequest(underlying_symbol="A", min_strike_price={"value": "x"}), "min_strike_price"),
        (
            CHAIN,
            pb.GetOptionChainRequest(
                underlying_symbol="A", min_strike_price={"value": "2"}, max_strike_price={"value": "1"}
            ),
            "min_strike_price",
        ),
        (
            CHAIN,
            pb.GetOptionChainRequest(underlying_symbol="A", end_expiration_date=day("2026-02-30")),
            "end_expiration_date",
        ),
        (ACTIONS, pb.ListCorporateActionsRequest(symbols=["A"]), "start_date"),
        (ACTIONS, pb.ListCorporateActionsRequest(start_date=day("2026-01-01"), symbols=["A"] * 501), "symbols"),
        (ACTIONS, pb.ListCorporateActionsRequest(start_date=day("2026-01-01"), types=[cast("Any", 99)]), "types[0]"),
        (DAYS, pb.ListTradingDaysRequest(start_date=day("2026-01-01")), "end_date"),
        (DAYS, pb.ListTradingDaysRequest(start_date=day("2026-02-01"), end_date=day("2026-01-01")), "start_date"),
        (DAYS, pb.ListTradingDaysRequest(start_date=day("1900-01-01"), end_date=day("2100-01-01")), "end_date"),
        (DAYS, pb.ListTradingDaysRequest(exchange="XLON"), "exchange"),
    ],
)
async def test_a_wrong_request_names_its_field(door: Door, method: str, request_: Any, field: str) -> None:
    with pytest.raises(CallFailed) as wrong:
        await door.call(method, request_)
    assert wrong.value.code == "INVALID_ARGUMENT"
    assert wrong.value.metadata["field"] == field


async def test_a_chain_is_ordered_and_paged_across_expirations(door: Door, broker: MarketBroker) -> None:
    far, near = "2027-01-15", "2026-12-18"
    broker.contracts = [
        contract(far, 150),
        contract(near, 160),
        contract(near, 150),
        contract(near, 150, OptionType.PUT),
    ]
    request = pb.GetOptionChainRequest(account_id="desk", underlying_symbol="AAPL", page_size=2)
    read = await pages(door, CHAIN, request, "contracts")
    assert [[c.instrument.symbol for c in page] for page in read] == [
        ["AAPL261218C00150000", "AAPL261218C00160000"],
        ["AAPL261218P00150000", "AAPL270115C00150000"],
    ]
    assert [q.first_expiration for q in broker.queries] == ["", near]  # type: ignore[attr-defined]


async def test_a_contract_carries_terms_quote_and_greeks(door: Door, broker: MarketBroker) -> None:
    bare = contract("2026-12-18", 150)
    full = ChainEntry(
        instrument=bare.instrument,
        quote=Quote(symbol=bare.instrument.symbol, bid=Decimal("1.2"), ask=Decimal("1.25"), time=T0, delayed=True),
        greeks=Greeks(delta=Decimal("0.5"), theta=Decimal("-0.01")),
        implied_volatility=Decimal("0.3125"),
        open_interest=Decimal(1200),
        open_interest_date="2026-11-25",
    )
    broker.contracts = [full]
    answer = await door.call(CHAIN, pb.GetOptionChainRequest(account_id="desk", underlying_symbol="AAPL"))
    (shown,) = answer.contracts
    assert (shown.instrument.option.strike_price.value, shown.instrument.option.type) == ("150", 1)
    assert (shown.quote.ask_price.value, shown.quote.delayed, shown.quote.broker) == ("1.25", True, "market")
    assert (shown.greeks.delta.value, shown.greeks.HasField("gamma")) == ("0.5", False)
    assert (shown.implied_volatility.value, shown.open_interest.value) == ("0.3125", "1200")
    assert shown.open_interest_date.day == 25


async def test_corporate_actions_are_told_with_their_terms(door: Door, broker: MarketBroker) -> None:
    dividend = CorporateAction(
        action_id="b",
        type=CorporateActionType.CASH_DIVIDEND,
        symbol="AAPL",
        cash_rate=Decimal("0.26"),
        ex_date="2026-11-09",
        process_date="2026-11-12",
        broker_type="cash_dividends",
        details={"special": "false"},
    )
    later = CorporateAction(
        action_id="a", type=CorporateActionType.OTHER, symbol="X", process_date="2026-11-13", broker_type="new_thing"
    )
    broker.announced = [later, dividend]
    request = pb.ListCorporateActionsRequest(
        account_id="desk", start_date=day("2026-11-01"), types=[data.CORPORATE_ACTION_TYPE_CASH_DIVIDEND], page_size=1
    )
    (first,), (second,) = await pages(door, ACTIONS, request, "corporate_actions")
    assert (first.corporate_action_id, first.cash_rate.value, first.ex_date.day) == ("b", "0.26", 9)
    assert (dict(first.broker_details), first.HasField("new_rate")) == ({"special": "false"}, False)
    assert (second.type, second.broker_type) == (data.CORPORATE_ACTION_TYPE_UNSPECIFIED, "new_thing")
    assert broker.queries[0].types == (CorporateActionType.CASH_DIVIDEND,)  # type: ignore[attr-defined]


async def test_the_paper_broker_has_no_history_and_says_where_to_look(door: Door) -> None:
    for method, request in (
        (BARS, bars_request(broker="paper")),
        (CHAIN, pb.GetOptionChainRequest(underlying_symbol="AAPL")),
        (ACTIONS, pb.ListCorporateActionsRequest(start_date=day("2026-01-01"))),
    ):
        with pytest.raises(CallFailed, match="name an account or a broker") as refused:
            await door.call(method, request)
        assert (refused.value.code, refused.value.reason) == ("UNIMPLEMENTED", "UNSUPPORTED_BY_BROKER")
        assert refused.value.metadata["method"] == method.partition("/")[2]


async def test_a_broker_that_is_away_is_an_error_of_the_call(door: Door, broker: MarketBroker) -> None:
    broker.failure = UnavailableError("BROKER_UNAVAILABLE", "no route", metadata={"broker": "market"})
    with pytest.raises(CallFailed) as away:
        await door.call(BARS, bars_request())
    assert (away.value.code, away.value.reason) == ("UNAVAILABLE", "BROKER_UNAVAILABLE")


async def test_trading_days_are_told_with_their_hours(door: Door) -> None:
    request = pb.ListTradingDaysRequest(start_date=day("2026-11-27"), end_date=day("2026-11-29"), page_size=2)
    (first, second), (third,) = await pages(door, DAYS, request, "trading_days")
    assert [d.date.day for d in (first, second, third)] == [27, 28, 29]
    assert first.close_time == second.open_time
    assert (first.HasField("pre_open_time"), first.half_day) == (False, False)


# --- past values -----------------------------------------------------------------------------------------------------


def point(time: int, equity: int, gain: int) -> PortfolioPoint:
    return PortfolioPoint(time=time, equity=Decimal(equity), profit_loss=Decimal(gain))


def history_request(served: Served, account_id: str = "desk") -> accounts.GetPortfolioHistoryRequest:
    request = accounts.GetPortfolioHistoryRequest(account_id=account_id)
    request.period.seconds, request.timeframe.seconds = 3600, 60
    return request


async def test_before_the_journal_the_broker_s_history_is_told_and_says_so(
    door: Door, served: Served, broker: MarketBroker
) -> None:
    now = served.gateway.seams.now()
    broker.past = [point(now - 50 * MINUTE, 900, 0), point(now - 40 * MINUTE, 950, 50)]
    answer = await door.call(HISTORY, history_request(served))
    assert [(p.equity.value, p.source) for p in answer.points] == [("900", 2), ("950", 2), ("1000", 1)]
    assert [p.profit_loss.value for p in answer.points] == ["0", "50", "50"]
    assert [p.HasField("cash") for p in answer.points] == [False, False, True]
    assert answer.base_value.value == "900"
    assert not answer.unreachable


async def test_a_broker_that_can_t_be_asked_leaves_a_note_and_not_an_error(
    door: Door, served: Served, broker: MarketBroker
) -> None:
    broker.failure = UnavailableError("BROKER_UNAVAILABLE", "no route")
    answer = await door.call(HISTORY, history_request(served))
    assert [(p.equity.value, p.source) for p in answer.points] == [("1000", 1)]
    assert list(answer.unreachable) == ["desk"]


async def test_the_paper_broker_s_history_is_the_journal_s(door: Door, served: Served) -> None:
    answer = await door.call(HISTORY, history_request(served, "paper"))
    assert {p.source for p in answer.points} == {accounts.PORTFOLIO_POINT_SOURCE_JOURNAL}
    assert not answer.unreachable
