"""The outside judge: alpaca-py's own clients, with nothing changed but the URL."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from alpaca.common.exceptions import APIError
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import (
    AssetClass,
    AssetStatus,
    ContractType,
    CorporateActionType,
    OrderClass,
    OrderSide,
    OrderStatus,
    PositionIntent,
    QueryOrderStatus,
    TimeInForce,
)
from alpaca.trading.models import (
    AccountConfiguration,
    Asset,
    Calendar,
    Clock,
    Order,
    Position,
    TradeAccount,
    Watchlist,
)
from alpaca.trading.requests import (
    ClosePositionRequest,
    CreateWatchlistRequest,
    GetAssetsRequest,
    GetCalendarRequest,
    GetCorporateAnnouncementsRequest,
    GetOptionContractsRequest,
    GetOrderByIdRequest,
    GetOrdersRequest,
    GetPortfolioHistoryRequest,
    LimitOrderRequest,
    MarketOrderRequest,
    OptionLegRequest,
    ReplaceOrderRequest,
    StopLimitOrderRequest,
    StopLossRequest,
    StopOrderRequest,
    TakeProfitRequest,
    TrailingStopOrderRequest,
    UpdateWatchlistRequest,
)

from brokerwire_sandbox.alpaca import AlpacaSandbox, FaultPlan, FaultRule, Kind, SandboxSettings, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ANNOUNCEMENT = {
    "id": "8f3c3f4e-6c1f-4b0e-9d2d-0c0f6f1d2a11",
    "corporate_action_id": "T_D20260710",
    "ca_type": "dividend",
    "ca_sub_type": "cash",
    "initiating_symbol": "T",
    "initiating_original_cusip": "00206R102",
    "target_symbol": "T",
    "target_original_cusip": "00206R102",
    "declaration_date": "2026-06-20",
    "ex_date": "2026-07-10",
    "record_date": "2026-07-10",
    "payable_date": "2026-08-01",
    "cash": "0.2775",
    "old_rate": "1",
    "new_rate": "1",
}


class Served:
    """A sandbox on a loop of its own, in a thread: alpaca-py's clients block."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("rate_limit", 0)
        self.sandbox = AlpacaSandbox(SandboxSettings(**settings))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.do(self.sandbox.start())

    def do(self, work: Any) -> Any:
        """Run a coroutine, or a function, where the sandbox lives."""

        async def call() -> Any:
            return work() if callable(work) else await work

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(10)

    def client(self, **options: Any) -> Any:
        return TradingClient(self.sandbox.key, self.sandbox.secret, url_override=self.sandbox.url, **options)

    def close(self) -> None:
        self.do(self.sandbox.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture
def served() -> Iterator[Served]:
    server = Served()
    yield server
    server.close()


@pytest.fixture
def client(served: Served) -> Any:
    return served.client()


def market(symbol: str = "AAPL", qty: float = 10, side: OrderSide = OrderSide.BUY, **more: Any) -> MarketOrderRequest:
    more.setdefault("time_in_force", TimeInForce.DAY)
    return MarketOrderRequest(symbol=symbol, qty=qty, side=side, **more)


def limit(price: float, symbol: str = "AAPL", qty: float = 10, side: OrderSide = OrderSide.BUY, **more: Any) -> Any:
    more.setdefault("time_in_force", TimeInForce.DAY)
    return LimitOrderRequest(symbol=symbol, qty=qty, limit_price=price, side=side, **more)


def test_the_account_and_its_configuration(client: Any) -> None:
    account = client.get_account()
    assert isinstance(account, TradeAccount)
    assert (account.cash, account.currency, account.shorting_enabled) == ("100000", "USD", True)

    configuration = client.get_account_configurations()
    assert isinstance(configuration, AccountConfiguration)
    assert configuration.no_shorting is False
    configuration.no_shorting = True
    changed = client.set_account_configurations(configuration)
    assert changed.no_shorting is True
    with pytest.raises(APIError) as refused:
        client.submit_order(market(side=OrderSide.SELL))
    assert (refused.value.status_code, refused.value.code) == (403, 40310000)


def test_orders_of_every_type(client: Any) -> None:
    first = client.submit_order(market(client_order_id="judge-1"))
    assert isinstance(first, Order)
    assert first.status is OrderStatus.PENDING_NEW
    assert client.get_order_by_id(first.id).status is OrderStatus.FILLED
    assert client.get_order_by_client_id("judge-1").id == first.id

    resting = [
        client.submit_order(limit(50, symbol="XOM")),
        client.submit_order(StopOrderRequest(symbol="KO", qty=1, stop_price=90, side="buy", time_in_force="gtc")),
        client.submit_order(
            StopLimitOrderRequest(
                symbol="MSFT", qty=1, stop_price=500, limit_price=501, side="buy", time_in_force="day"
            )
        ),
        client.submit_order(
            TrailingStopOrderRequest(symbol="AAPL", qty=5, trail_percent=5, side="sell", time_in_force="day")
        ),
        client.submit_order(limit(10, symbol="T", extended_hours=True)),
    ]
    opened = client.get_orders()
    assert {order.id for order in opened} == {order.id for order in resting}
    assert {order.status for order in opened} == {OrderStatus.NEW}

    notional = client.submit_order(
        MarketOrderRequest(symbol="SPY", notional=100, side=OrderSide.BUY, time_in_force=TimeInForce.DAY)
    )
    assert notional.qty is None
    assert float(client.get_order_by_id(notional.id).filled_qty) < 1


def test_lists_cancels_and_replaces(client: Any) -> None:
    order = client.submit_order(limit(100, qty=7))
    replaced = client.replace_order_by_id(order.id, ReplaceOrderRequest(qty=8, limit_price=101))
    assert (replaced.replaces, replaced.qty, replaced.limit_price) == (order.id, "8", "101")
    assert client.get_order_by_id(order.id).replaced_by == replaced.id
    with pytest.raises(APIError) as refused:
        client.replace_order_by_id(replaced.id, ReplaceOrderRequest(qty=8))
    assert (refused.value.status_code, refused.value.message) == (403, "order parameters are not changed")

    assert client.cancel_order_by_id(replaced.id) is None
    assert client.get_order_by_id(replaced.id).status is OrderStatus.CANCELED
    with pytest.raises(APIError) as late:
        client.cancel_order_by_id(replaced.id)
    assert (late.value.status_code, late.value.code) == (422, 42210000)

    others = [client.submit_order(limit(50, symbol=symbol)) for symbol in ("KO", "XOM")]
    listed = client.get_orders(
        GetOrdersRequest(status=QueryOrderStatus.OPEN, symbols=["KO"], side=OrderSide.BUY, limit=5)
    )
    assert [order.id for order in listed] == [others[0].id]
    ended = client.get_orders(GetOrdersRequest(status=QueryOrderStatus.CLOSED, after=order.created_at))
    assert {order.status for order in ended} == {OrderStatus.CANCELED, OrderStatus.REPLACED}
    answers = client.cancel_orders()
    assert {(answer.id, answer.status) for answer in answers} == {(order.id, 200) for order in others}


def test_brackets_ocos_and_otos(client: Any) -> None:
    exits: Any = {"take_profit": TakeProfitRequest(limit_price=260), "stop_loss": StopLossRequest(stop_price=200)}
    entry = client.submit_order(market(order_class=OrderClass.BRACKET, **exits))
    assert [leg.status for leg in entry.legs] == [OrderStatus.HELD, OrderStatus.HELD]
    nested = client.get_order_by_id(entry.id, GetOrderByIdRequest(nested=True))
    assert [leg.status for leg in nested.legs] == [OrderStatus.NEW, OrderStatus.HELD]
    profit, loss = nested.legs
    assert {order.id for order in client.get_orders()} == {profit.id}
    assert client.replace_order_by_id(loss.id, ReplaceOrderRequest(stop_price=201)).stop_price == "201"
    client.cancel_order_by_id(profit.id)
    assert client.get_orders() == []

    oco = client.submit_order(limit(260, side=OrderSide.SELL, order_class=OrderClass.OCO, **exits))
    assert (oco.order_class, len(oco.legs)) == (OrderClass.OCO, 1)
    assert client.get_orders(GetOrdersRequest(nested=True))[0].legs[0].id == oco.legs[0].id
    oto = client.submit_order(
        market("KO", order_class=OrderClass.OTO, stop_loss=StopLossRequest(stop_price=50, limit_price=49))
    )
    assert client.get_order_by_id(oto.legs[0].id).status is OrderStatus.NEW


def test_positions_are_read_and_closed(client: Any) -> None:
    for symbol in ("AAPL", "KO", "XOM"):
        client.submit_order(market(symbol))
    client.submit_order(market("BTC/USD", 0.1, time_in_force=TimeInForce.GTC))
    held = client.get_all_positions()
    assert {p.symbol for p in held} == {"AAPL", "KO", "XOM", "BTCUSD"}
    assert all(isinstance(p, Position) for p in held)
    one = client.get_open_position("AAPL")
    assert (one.qty, one.asset_class, one.qty_available) == ("10", AssetClass.US_EQUITY, "10")
    assert client.get_open_position(one.asset_id).symbol == "AAPL"
    with pytest.raises(APIError) as missing:
        client.get_open_position("MSFT")
    assert (missing.value.status_code, missing.value.code) == (404, 40410000)

    client.close_position("AAPL", ClosePositionRequest(qty="4"))
    client.close_position("KO", ClosePositionRequest(percentage="50"))
    assert (client.get_open_position("AAPL").qty, client.get_open_position("KO").qty) == ("6", "5")
    client.close_position("KO")
    closed = client.close_all_positions(cancel_orders=True)
    assert {(answer.symbol, answer.status) for answer in closed} == {("AAPL", 200), ("XOM", 200), ("BTCUSD", 200)}
    assert client.get_all_positions() == []


def test_options_and_spreads(client: Any) -> None:
    page = client.get_option_contracts(GetOptionContractsRequest(underlying_symbols=["AAPL"], limit=10))
    assert len(page.option_contracts) == 10
    following = client.get_option_contracts(
        GetOptionContractsRequest(underlying_symbols=["AAPL"], limit=10, page_token=page.next_page_token)
    )
    assert not {c.id for c in page.option_contracts} & {c.id for c in following.option_contracts}
    calls = client.get_option_contracts(
        GetOptionContractsRequest(
            underlying_symbols=["AAPL"], type=ContractType.CALL, status=AssetStatus.ACTIVE, strike_price_gte="225"
        )
    ).option_contracts
    assert {c.type for c in calls} == {ContractType.CALL}
    low, high = calls[0], calls[1]
    assert client.get_option_contract(low.symbol).id == low.id
    with pytest.raises(APIError) as missing:
        client.get_option_contract("TSLA231110C00021")
    assert missing.value.status_code == 404

    single = client.submit_order(market(low.symbol, 2, position_intent=PositionIntent.BUY_TO_OPEN))
    assert single.asset_class is AssetClass.US_OPTION
    legs = [
        OptionLegRequest(symbol=low.symbol, ratio_qty=1, side=OrderSide.BUY),
        OptionLegRequest(symbol=high.symbol, ratio_qty=1, side=OrderSide.SELL),
    ]
    request = MarketOrderRequest(qty=1, order_class=OrderClass.MLEG, time_in_force=TimeInForce.DAY, legs=legs)
    spread = client.submit_order(request)
    read = client.get_order_by_id(spread.id)
    assert (read.status, read.symbol, len(read.legs)) == (OrderStatus.FILLED, None, 2)
    client.close_position(high.symbol)
    client.exercise_options_position(low.symbol)
    assert client.get_open_position("AAPL").qty == "300"


def test_history_activities_clock_and_calendar(served: Served, client: Any) -> None:
    client.submit_order(market())
    history = client.get_portfolio_history(GetPortfolioHistoryRequest(period="1D", timeframe="1H"))
    assert history.timeframe == "1H"
    assert len(history.equity) == len(history.timestamp) == 1
    served.do(lambda: served.sandbox.add_activity("DIV", "2.5", symbol="AAPL", qty="10"))
    fills = client.get("/account/activities/FILL", {"page_size": 5, "direction": "asc"})
    assert [fill["qty"] for fill in fills] == ["10"]
    assert {entry["activity_type"] for entry in client.get("/account/activities")} == {"FILL", "DIV"}

    clock = client.get_clock()
    assert isinstance(clock, Clock)
    assert clock.is_open
    days = client.get_calendar(GetCalendarRequest(start=date(2026, 7, 1), end=date(2026, 7, 3)))
    assert [day.date.isoformat() for day in days] == ["2026-07-01", "2026-07-02", "2026-07-03"]
    assert all(isinstance(day, Calendar) for day in days)


def test_assets_watchlists_and_announcements(served: Served, client: Any) -> None:
    stocks = client.get_all_assets(GetAssetsRequest(asset_class=AssetClass.US_EQUITY, status=AssetStatus.ACTIVE))
    coins = client.get_all_assets(GetAssetsRequest(asset_class=AssetClass.CRYPTO))
    assert {asset.symbol for asset in coins} == {"BTC/USD", "ETH/USD", "SOL/USD"}
    assert len(stocks) > 30
    apple = client.get_asset("AAPL")
    assert isinstance(apple, Asset)
    assert client.get_asset(apple.id).symbol == "AAPL"

    made = client.create_watchlist(CreateWatchlistRequest(name="mine", symbols=["AAPL", "KO"]))
    assert isinstance(made, Watchlist)
    assert [w.name for w in client.get_watchlists()] == ["mine"]
    assert len(client.add_asset_to_watchlist_by_id(made.id, "XOM").assets) == 3
    assert len(client.remove_asset_from_watchlist_by_id(made.id, "KO").assets) == 2
    client.update_watchlist_by_id(made.id, UpdateWatchlistRequest(name="yours", symbols=["T"]))
    read = client.get_watchlist_by_id(made.id)
    assert (read.name, [asset.symbol for asset in read.assets]) == ("yours", ["T"])
    client.delete_watchlist_by_id(made.id)
    assert client.get_watchlists() == []

    served.do(lambda: served.sandbox.add_announcement(ANNOUNCEMENT))
    wanted = GetCorporateAnnouncementsRequest(
        ca_types=[CorporateActionType.DIVIDEND], since=date(2026, 7, 1), until=date(2026, 7, 31), symbol="T"
    )
    with pytest.warns(DeprecationWarning, match="get_corporate_announcements"):
        (found,) = client.get_corporate_announcements(wanted)
    assert client.get_corporate_announcement_by_id(found.id).initiating_symbol == "T"


def test_wrong_keys_and_a_bearer_token(served: Served) -> None:
    url = served.sandbox.url
    with pytest.raises(APIError) as refused:
        TradingClient("PKWRONG", "wrong", url_override=url).get_account()
    assert (refused.value.status_code, refused.value.code) == (401, 40110000)
    bearer: Any = TradingClient(oauth_token=served.sandbox.secret, url_override=url)
    assert bearer.get_account().cash == "100000"
    assert served.client(raw_data=True).get_account()["cash"] == "100000"


def test_the_sdk_s_own_hazard_shows_a_second_order_after_a_lost_answer(
    served: Served, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It resends a POST after a 504: without a client order id that makes two orders, with one a false refusal."""
    monkeypatch.setattr(client, "_retry_wait", 0)
    lost = FaultPlan(rules=(FaultRule(target=Target.POST_ORDERS, kind=Kind.ANSWER_504, count=1),))
    served.do(lambda: served.sandbox.set_faults(lost))
    client.submit_order(market())
    assert len(client.get_orders(GetOrdersRequest(status=QueryOrderStatus.ALL))) == 2

    served.do(lambda: served.sandbox.set_faults(lost))
    with pytest.raises(APIError) as refused:
        client.submit_order(market(client_order_id="once"))
    assert (refused.value.status_code, refused.value.code) == (422, 40010001)
    assert client.get_order_by_client_id("once").status is OrderStatus.FILLED


class Listener:
    """alpaca-py's TradingStream in a thread."""

    def __init__(self, served: Served) -> None:
        from alpaca.trading.stream import TradingStream

        self.updates: list[Any] = []
        self._stream = TradingStream(served.sandbox.key, served.sandbox.secret, url_override=served.sandbox.stream_url)
        self._stream._reconnect_min_backoff = 0.05
        self._stream.subscribe_trade_updates(self._take)
        self._thread = threading.Thread(target=self._stream.run)
        self._thread.start()

    async def _take(self, update: Any) -> None:
        self.updates.append(update)

    def names(self) -> list[str]:
        return [getattr(update.event, "value", update.event) for update in self.updates]

    def close(self) -> None:
        self._stream.stop()
        self._thread.join()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)


def test_a_stream_session(served: Served, client: Any) -> None:
    sandbox = served.sandbox
    listener = Listener(served)
    try:
        wait_for(lambda: sandbox.stream.listening == 1)
        served.do(lambda: sandbox.set_quote("AAPL", "100", "101", ask_size="4"))
        order = client.submit_order(limit(101, client_order_id="streamed"))
        wait_for(lambda: len(listener.updates) == 3)
        served.do(lambda: sandbox.set_quote("AAPL", "100", "101"))
        wait_for(lambda: len(listener.updates) == 4)
        assert listener.names() == ["pending_new", "new", "partial_fill", "fill"]
        fills = listener.updates[2:]
        assert [(u.qty, u.position_qty, u.order.filled_qty) for u in fills] == [(4.0, 4.0, "4"), (6.0, 10.0, "10")]
        assert {u.order.id for u in listener.updates} == {order.id}
        assert {u.order.client_order_id for u in listener.updates} == {"streamed"}

        resting = client.submit_order(limit(50))
        new = client.replace_order_by_id(resting.id, ReplaceOrderRequest(limit_price=51))
        client.cancel_order_by_id(new.id)
        wait_for(lambda: len(listener.updates) == 9)
        assert listener.names()[4:] == ["pending_new", "new", "replaced", "new", "canceled"]
        assert listener.updates[6].order.replaced_by == new.id

        served.do(lambda: sandbox.drop_stream("abort"))
        missed = client.submit_order(market("KO"))
        wait_for(lambda: sandbox.stream.listening == 1)
        seen = client.submit_order(market("XOM"))
        wait_for(lambda: len(listener.updates) == 12)
        assert {u.order.id for u in listener.updates[9:]} == {seen.id}, "nothing is replayed"
        assert client.get_order_by_id(missed.id).status is OrderStatus.FILLED
        assert sandbox.stream.ever == 2
    finally:
        listener.close()
