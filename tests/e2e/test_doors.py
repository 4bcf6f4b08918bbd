"""What every caller gets, whichever door it takes: each test runs through gRPC and through Connect over HTTP."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from brokerwire.v1 import account_service_pb2 as accounts
from brokerwire.v1 import broker_service_pb2 as brokers
from brokerwire.v1 import event_service_pb2 as events
from brokerwire.v1 import market_data_service_pb2 as market
from brokerwire.v1 import order_service_pb2 as pb
from brokerwire.v1 import orders_pb2 as orders
from brokerwire.v1 import position_service_pb2 as positions
from brokerwire.v1 import read_info_pb2 as read_info
from brokerwire.v1 import simulator_service_pb2 as simulator
from brokerwire.v1 import streams_pb2 as streams
from brokerwire.v1 import system_service_pb2 as system
from tests.e2e.conftest import LIMITS, Served, limit_order
from tests.e2e.doors import CallFailed, Door

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SUBMIT = "OrderService/SubmitOrder"
STREAM = "OrderService/StreamOrders"


async def submit(door: Door, client_order_id: str = "one", **changes: Any) -> pb.SubmitOrderResponse:
    response: pb.SubmitOrderResponse = await door.call(
        SUBMIT, pb.SubmitOrderRequest(order=limit_order(client_order_id, **changes))
    )
    return response


async def price(door: Door, bid: str, ask: str, size: str = "1000", symbol: str = "AAPL") -> None:
    request = simulator.SetPriceRequest(symbol=symbol)
    request.bid_price.value, request.ask_price.value = bid, ask
    request.bid_size.value = request.ask_size.value = size
    await door.call("SimulatorService/SetPrice", request)


async def bought(door: Door, quantity: str = "10", client_order_id: str = "buy") -> pb.SubmitOrderResponse:
    await price(door, "99.9", "100")
    return await submit(door, client_order_id, quantity=quantity)


def kinds(response: Any) -> list[str]:
    return [
        item.control.WhichOneof("control") if item.WhichOneof("item") == "control" else item.WhichOneof("item")
        for item in response.items
    ]


class Reader:
    """Follows a stream and keeps what it says."""

    def __init__(self, source: AsyncIterator[Any]) -> None:
        self._source = source
        self.items: list[Any] = []
        self.token = ""
        self.error: CallFailed | None = None
        self._changed = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            async for response in self._source:
                self.items += response.items
                self.token = getattr(response, "resume_token", "") or self.token
                assert response.publish_time.seconds > 0
                self._changed.set()
        except CallFailed as error:
            self.error = error
        finally:
            await self._source.aclose()  # type: ignore[attr-defined]
            self._changed.set()

    @property
    def kinds(self) -> list[str]:
        return kinds(self)

    async def until(self, kind: str, count: int = 1) -> None:
        async with asyncio.timeout(8):
            while self.kinds.count(kind) < count:
                assert not self._task.done(), (self.kinds, self.error)
                self._changed.clear()
                await self._changed.wait()

    async def ended(self) -> None:
        async with asyncio.timeout(8):
            await asyncio.wait([self._task])

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


# --- submitting ------------------------------------------------------------------------------------------------------


async def test_an_order_is_answered_working_with_what_was_asked(door: Door) -> None:
    response = await submit(door)
    order = response.order
    assert order.state == orders.ORDER_STATE_WORKING
    assert (order.quantity.value, order.limit_price.value, order.remaining_quantity.value) == ("10", "100.5", "10")
    assert order.instrument.symbol == "AAPL"
    assert not response.deduplicated
    assert response.read_info.sequences[0].sequence >= order.sequence > 0


async def test_the_same_order_again_is_the_same_order(door: Door, served: Served) -> None:
    first = await submit(door)
    head = served.head
    again = await submit(door, limit_price="100.5")
    assert again.deduplicated
    assert again.order == first.order
    assert served.head == head


async def test_an_id_with_other_content_is_a_conflict_that_changes_nothing(door: Door, served: Served) -> None:
    first = await submit(door)
    head = served.head
    with pytest.raises(CallFailed) as caught:
        await submit(door, quantity="11")
    assert (caught.value.code, caught.value.reason) == ("ALREADY_EXISTS", "CLIENT_ORDER_ID_CONFLICT")
    assert caught.value.metadata["order_id"] == first.order.order_id
    assert caught.value.metadata["sent"] == "NO"
    assert served.head == head


async def test_many_callers_with_one_id_get_one_order(door: Door, served: Served) -> None:
    answers = await asyncio.gather(*(submit(door) for _ in range(LIMITS.calls // 2)))
    assert len({answer.order.order_id for answer in answers}) == 1
    assert sum(not answer.deduplicated for answer in answers) == 1


async def test_a_bracket_is_answered_with_its_exits(door: Door) -> None:
    order = limit_order("entry")
    order.order_class = orders.ORDER_CLASS_BRACKET
    order.take_profit.limit_price.value = "120"
    order.stop_loss.stop_price.value = "90"
    response = await door.call(SUBMIT, pb.SubmitOrderRequest(order=order))
    assert [child.client_order_id for child in response.children] == ["entry.tp", "entry.sl"]
    assert {child.parent_order_id for child in response.children} == {response.order.order_id}


BAD: list[tuple[str, Any, str]] = [
    ("quantity", "NaN", "DECIMAL_INVALID"),
    ("quantity", "1E+3000000", "DECIMAL_INVALID"),
    ("quantity", "1" * 40, "DECIMAL_OUT_OF_RANGE"),
    ("quantity", "0." + "1" * 19, "DECIMAL_OUT_OF_RANGE"),
    ("quantity", "", "DECIMAL_INVALID"),
    ("quantity", "+1", "DECIMAL_INVALID"),
    ("quantity", "\u0661", "DECIMAL_INVALID"),
    ("quantity", "-1", "QUANTITY_BELOW_MINIMUM"),
    ("quantity", "0", "QUANTITY_BELOW_MINIMUM"),
    ("quantity", "0.0001", "QUANTITY_BELOW_MINIMUM"),
    ("limit_price", "-5", "INVALID_FIELD"),
    ("limit_price", "100.001", "PRICE_NOT_ON_TICK"),
    ("stop_price", "90", "INVALID_FIELD"),
    ("side", 0, "FIELD_REQUIRED"),
    ("side", 99, "INVALID_FIELD"),
    ("type", 0, "FIELD_REQUIRED"),
    ("time_in_force", 77, "INVALID_FIELD"),
    ("order_class", 44, "INVALID_FIELD"),
    ("client_order_id", "", "FIELD_REQUIRED"),
    ("client_order_id", "a b", "INVALID_FIELD"),
    ("client_order_id", "x" * 65, "INVALID_FIELD"),
]


async def test_a_bad_field_is_named_and_nothing_is_journaled(door: Door, served: Served) -> None:
    head = served.head
    for field, value, reason in BAD:
        with pytest.raises(CallFailed) as caught:
            await submit(door, **{field: value})
        error = caught.value
        expected = ("INVALID_ARGUMENT", reason, f"order.{field}")
        assert (error.code, error.reason, error.metadata["field"]) == expected, (field, value)
        assert f"order.{field}" in error.fields
        assert error.infos == 1
        assert error.metadata["sent"] == "NO"
    assert served.head == head


async def test_all_faults_of_an_order_are_named_at_once(door: Door) -> None:
    order = orders.OrderRequest(side=99)  # type: ignore[arg-type]
    order.quantity.value = "x"
    with pytest.raises(CallFailed) as caught:
        await door.call(SUBMIT, pb.SubmitOrderRequest(order=order))
    assert {"account_id", "client_order_id", "instrument", "side", "type", "time_in_force", "quantity"} == {
        field.removeprefix("order.") for field in caught.value.fields
    }


@pytest.mark.parametrize(
    ("change", "code", "reason", "key"),
    [
        ({"account_id": "nobody"}, "NOT_FOUND", "ACCOUNT_NOT_FOUND", "account_id"),
        ({"symbol": "NOPE"}, "NOT_FOUND", "INSTRUMENT_NOT_FOUND", "symbol"),
        (
            {"time_in_force": orders.TIME_IN_FORCE_FOK, "extended_hours": True},
            "UNIMPLEMENTED",
            "UNSUPPORTED_",
            "broker",
        ),
    ],
    ids=lambda v: str(v)[:20],
)
async def test_what_does_not_exist_or_is_not_offered_is_said_with_its_key(
    door: Door, served: Served, change: dict[str, Any], code: str, reason: str, key: str
) -> None:
    head = served.head
    order = limit_order()
    for name, value in change.items():
        setattr(order.instrument if name == "symbol" else order, name, value)
    with pytest.raises(CallFailed) as caught:
        await door.call(SUBMIT, pb.SubmitOrderRequest(order=order))
    assert caught.value.code == code
    assert caught.value.reason.startswith(reason)
    assert caught.value.metadata[key]
    assert served.head == head


async def test_garbage_bytes_are_the_callers_fault(door: Door, served: Served) -> None:
    head = served.head
    with pytest.raises(CallFailed) as caught:
        await door.call(SUBMIT, b"\xff\xff\xff garbage")
    assert (caught.value.code, caught.value.reason) == ("INVALID_ARGUMENT", "INVALID_FIELD")
    assert served.head == head
    assert (await submit(door)).order.order_id


async def test_a_message_that_is_too_large_is_refused_and_the_server_goes_on(door: Door, served: Served) -> None:
    head = served.head
    with pytest.raises(CallFailed) as caught:
        await door.call(SUBMIT, pb.SubmitOrderRequest(order=_huge()))
    assert caught.value.code == "RESOURCE_EXHAUSTED"
    assert served.head == head
    assert (await submit(door)).order.order_id


def _huge() -> orders.OrderRequest:
    order = limit_order()
    order.tags["x"] = "y" * (LIMITS.message_bytes + 1)
    return order


async def test_a_preview_says_what_is_wrong_and_journals_nothing(door: Door, served: Served) -> None:
    await price(door, "99.9", "100")
    head = served.head
    bad = await door.call(
        "OrderService/PreviewOrder", pb.PreviewOrderRequest(order=limit_order("", limit_price="1.001"))
    )
    good = await door.call("OrderService/PreviewOrder", pb.PreviewOrderRequest(order=limit_order("")))
    assert not bad.valid
    assert [violation.field for violation in bad.violations] == ["limit_price"]
    assert good.valid
    assert good.estimated_quantity.value == "10"
    assert good.buying_power_before.amount.value == "200000"
    assert served.head == head


# --- changing and canceling ------------------------------------------------------------------------------------------


async def test_a_cancel_ends_the_order_and_again_is_fine(door: Door) -> None:
    order = (await submit(door)).order
    request = pb.CancelOrderRequest(account_id="paper", order_id=order.order_id)
    first = await door.call("OrderService/CancelOrder", request)
    again = await door.call("OrderService/CancelOrder", request)
    assert first.order.state == again.order.state == orders.ORDER_STATE_CANCELED
    assert first.outcome == again.outcome == pb.ACTION_OUTCOME_DONE
    assert first.order.terminal


async def test_a_filled_order_cannot_be_canceled(door: Door) -> None:
    order = (await bought(door)).order
    assert order.state == orders.ORDER_STATE_FILLED
    with pytest.raises(CallFailed) as caught:
        await door.call("OrderService/CancelOrder", pb.CancelOrderRequest(account_id="paper", order_id=order.order_id))
    assert (caught.value.code, caught.value.reason) == ("FAILED_PRECONDITION", "ORDER_NOT_CANCELABLE")
    assert caught.value.metadata["state"] == "FILLED"


async def test_a_replace_checks_the_version_it_was_made_for(door: Door) -> None:
    order = (await submit(door)).order
    request = pb.ReplaceOrderRequest(
        account_id="paper", client_order_id="one", new_client_order_id="one-b", expected_version=order.version + 5
    )
    request.quantity.value = "20"
    with pytest.raises(CallFailed) as caught:
        await door.call("OrderService/ReplaceOrder", request)
    assert (caught.value.code, caught.value.reason) == ("ABORTED", "VERSION_MISMATCH")
    assert caught.value.metadata["version"] == str(order.version)
    request.expected_version = order.version
    response = await door.call("OrderService/ReplaceOrder", request)
    assert response.order.quantity.value == "20"
    assert response.order.order_id == order.order_id
    assert response.outcome == pb.ACTION_OUTCOME_DONE
    assert not response.deduplicated


async def test_a_repeated_replace_is_done_once_and_its_id_is_taken(door: Door, served: Served) -> None:
    await submit(door)
    request = pb.ReplaceOrderRequest(account_id="paper", client_order_id="one", new_client_order_id="one-b")
    request.quantity.value = "20"
    await door.call("OrderService/ReplaceOrder", request)
    head = served.head
    again = await door.call("OrderService/ReplaceOrder", request)
    assert again.deduplicated
    for changed in (("30", "one-b"), ("30", "one")):
        request.quantity.value, request.new_client_order_id = changed
        with pytest.raises(CallFailed) as caught:
            await door.call("OrderService/ReplaceOrder", request)
        assert (caught.value.code, caught.value.reason) == ("ALREADY_EXISTS", "CLIENT_ORDER_ID_CONFLICT")
    assert served.head == head


async def test_a_replace_without_a_change_is_refused(door: Door) -> None:
    await submit(door)
    request = pb.ReplaceOrderRequest(account_id="paper", client_order_id="one", new_client_order_id="one-b")
    with pytest.raises(CallFailed) as caught:
        await door.call("OrderService/ReplaceOrder", request)
    assert caught.value.reason == "FIELD_REQUIRED"


async def test_cancel_orders_needs_a_scope_and_cancels_it(door: Door) -> None:
    with pytest.raises(CallFailed) as caught:
        await door.call("OrderService/CancelOrders", pb.CancelOrdersRequest())
    assert (caught.value.reason, caught.value.metadata["field"]) == ("FIELD_REQUIRED", "account_ids")
    await submit(door, "a")
    await submit(door, "b")
    response = await door.call("OrderService/CancelOrders", pb.CancelOrdersRequest(account_ids=["paper"]))
    assert {result.order.state for result in response.results} == {orders.ORDER_STATE_CANCELED}
    assert len(response.results) == 2


async def test_a_position_is_closed_by_an_order_of_the_callers_id(door: Door) -> None:
    await bought(door)
    request = positions.ClosePositionRequest(account_id="paper", symbol="AAPL", client_order_id="close")
    request.percentage.value = "50"
    response = await door.call("PositionService/ClosePosition", request)
    assert (response.order.quantity.value, response.order.side) == ("5", orders.SIDE_SELL)
    held = await door.call(
        "PositionService/GetPosition", positions.GetPositionRequest(account_id="paper", symbol="AAPL")
    )
    assert held.position.quantity.value == "5"
    with pytest.raises(CallFailed) as caught:
        await door.call("PositionService/GetPosition", positions.GetPositionRequest(account_id="paper", symbol="F"))
    assert caught.value.reason == "POSITION_NOT_FOUND"


# --- reading ---------------------------------------------------------------------------------------------------------


async def test_lists_come_in_pages_that_lose_nothing(door: Door) -> None:
    for number in range(5):
        await submit(door, f"o{number}")
    for sort, expected in ((1, ["o4", "o3", "o2", "o1", "o0"]), (2, ["o0", "o1", "o2", "o3", "o4"])):
        request = pb.ListOrdersRequest(account_ids=["paper"], page_size=2, sort_order=sort)  # type: ignore[arg-type]
        seen: list[str] = []
        while True:
            page = await door.call("OrderService/ListOrders", request)
            assert len(page.orders) <= 2
            seen += [order.client_order_id for order in page.orders]
            if not page.next_page_token:
                break
            request.page_token = page.next_page_token
        assert seen == expected


async def test_a_page_token_is_good_for_its_own_request_only(door: Door) -> None:
    for number in range(3):
        await submit(door, f"o{number}")
    first = await door.call("OrderService/ListOrders", pb.ListOrdersRequest(page_size=1))
    for other in (
        pb.ListOrdersRequest(page_size=1, open_only=True, page_token=first.next_page_token),
        pb.ListOrdersRequest(page_size=1, page_token="garbage"),
    ):
        with pytest.raises(CallFailed) as caught:
            await door.call("OrderService/ListOrders", other)
        assert (caught.value.code, caught.value.reason) == ("INVALID_ARGUMENT", "INVALID_PAGE_TOKEN")
    with pytest.raises(CallFailed) as caught:
        await door.call("OrderService/ListOrders", pb.ListOrdersRequest(page_size=-1))
    assert (caught.value.reason, caught.value.metadata["field"]) == ("INVALID_FIELD", "page_size")


async def test_an_order_is_found_by_either_id(door: Door) -> None:
    order = (await submit(door)).order
    by_id = await door.call("OrderService/GetOrder", pb.GetOrderRequest(account_id="paper", order_id=order.order_id))
    by_name = await door.call("OrderService/GetOrder", pb.GetOrderRequest(account_id="paper", client_order_id="one"))
    assert by_id.order == by_name.order == order
    with pytest.raises(CallFailed) as caught:
        await door.call("OrderService/GetOrder", pb.GetOrderRequest(account_id="paper", client_order_id="two"))
    assert (caught.value.code, caught.value.reason) == ("NOT_FOUND", "ORDER_NOT_FOUND")
    assert caught.value.metadata["client_order_id"] == "two"


async def test_a_sequence_that_never_comes_ends_before_the_deadline(door: Door) -> None:
    request = accounts.GetAccountRequest(account_id="paper", min_sequence=10_000)
    with pytest.raises(CallFailed) as caught:
        await door.call("AccountService/GetAccount", request, seconds=0.5)
    assert (caught.value.code, caught.value.reason) == ("OUT_OF_RANGE", "SEQUENCE_NOT_YET_AVAILABLE")
    assert caught.value.metadata["min_sequence"] == "10000"


async def test_fills_positions_portfolio_and_activities_agree(door: Door) -> None:
    order = (await bought(door)).order
    fills = (await door.call("OrderService/ListFills", pb.ListFillsRequest(order_id=order.order_id))).fills
    held = (await door.call("PositionService/ListPositions", positions.ListPositionsRequest())).positions
    portfolio = await door.call("AccountService/GetPortfolio", accounts.GetPortfolioRequest())
    activities = (await door.call("AccountService/ListActivities", accounts.ListActivitiesRequest())).activities
    assert [fill.quantity.value for fill in fills] == ["10"]
    assert [(p.instrument.symbol, p.quantity.value, p.cost_basis.value) for p in held] == [("AAPL", "10", "1000")]
    assert portfolio.position_count == 1
    assert portfolio.totals[0].cash.value == "99000"
    assert portfolio.totals[0].equity.value == held[0].market_value.value or portfolio.totals[0].currency_code == "USD"
    assert len(activities) == 2


async def test_the_server_says_what_it_is(door: Door, served: Served) -> None:
    server = (await door.call("SystemService/GetServerInfo", system.GetServerInfoRequest())).server
    assert (server.version, server.instance_id, server.journal_epoch) == ("1.2.3", "this", "7")
    assert "PAPER" in server.banner
    assert {listener.address for listener in server.listeners} == {served.grpc_address, served.http_address}


async def test_brokers_connections_and_capabilities_are_told(door: Door) -> None:
    listed = (await door.call("BrokerService/ListBrokers", brokers.ListBrokersRequest())).brokers
    links = (await door.call("BrokerService/ListConnections", brokers.ListConnectionsRequest())).connections
    capabilities = (
        await door.call("BrokerService/GetCapabilities", brokers.GetCapabilitiesRequest(account_id="paper"))
    ).capabilities
    assert [broker.broker for broker in listed if broker.built_in] == ["paper"]
    assert list(links[0].account_ids) == ["paper"]
    assert capabilities.assets[0].combinations


async def test_quotes_instruments_and_the_clock_are_told(door: Door) -> None:
    await price(door, "99.9", "100")
    quotes = await door.call("MarketDataService/GetQuotes", market.GetQuotesRequest(symbols=["AAPL", "NOPE"]))
    found = await door.call("MarketDataService/SearchInstruments", market.SearchInstrumentsRequest(query="aap"))
    clock = await door.call("MarketDataService/GetClock", market.GetClockRequest())
    assert [(q.symbol, q.bid_price.value, q.ask_price.value) for q in quotes.quotes] == [("AAPL", "99.9", "100")]
    assert list(quotes.missing_symbols) == ["NOPE"]
    assert [d.instrument.symbol for d in found.instruments] == ["AAPL"]
    assert clock.clock.time.seconds > 0


async def test_the_journal_is_listed_and_verifies(door: Door) -> None:
    await submit(door)
    request = events.ListEventsRequest(account_id="paper", page_size=2)
    seen = []
    while True:
        page = await door.call("EventService/ListEvents", request)
        seen += [event.sequence for event in page.events]
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    verified = await door.call("EventService/VerifyJournal", events.VerifyJournalRequest())
    newest = await door.call(
        "EventService/ListEvents",
        events.ListEventsRequest(account_id="paper", sort_order=read_info.SORT_ORDER_NEWEST_FIRST, page_size=1),
    )
    assert seen == list(range(1, seen[-1] + 1))
    assert verified.ok
    assert verified.results[0].head_sequence == newest.events[0].sequence == seen[-1]
    assert newest.events[0].hash == verified.results[0].head_hash


# --- the simulator ---------------------------------------------------------------------------------------------------


async def test_a_paper_account_is_opened_once_and_funded(door: Door) -> None:
    request = simulator.OpenAccountRequest(account_id="second", display_name="Second")
    request.cash.amount.value, request.cash.currency_code = "5000", "USD"
    first = await door.call("SimulatorService/OpenAccount", request)
    again = await door.call("SimulatorService/OpenAccount", request)
    assert first.account.balances.cash.value == again.account.balances.cash.value == "5000"
    request.cash.amount.value = "6000"
    with pytest.raises(CallFailed) as caught:
        await door.call("SimulatorService/OpenAccount", request)
    assert caught.value.reason == "ACCOUNT_EXISTS"
    fund = simulator.FundAccountRequest(account_id="second", request_id="f1")
    fund.amount.amount.value, fund.amount.currency_code = "-1000", "USD"
    funded = await door.call("SimulatorService/FundAccount", fund)
    repeated = await door.call("SimulatorService/FundAccount", fund)
    assert funded.account.balances.cash.value == repeated.account.balances.cash.value == "4000"
    assert repeated.deduplicated


async def test_a_fault_plan_is_set_read_and_cleared(door: Door) -> None:
    request = simulator.SetFaultPlanRequest()
    request.plan.rules.add(target=1, kind=1, count=1)
    await door.call("SimulatorService/SetFaultPlan", request)
    plan = await door.call("SimulatorService/GetFaultPlan", simulator.GetFaultPlanRequest())
    assert len(plan.plan.rules) == 1
    request.plan.rules[0].kind = 5  # type: ignore[assignment]
    with pytest.raises(CallFailed) as caught:
        await door.call("SimulatorService/SetFaultPlan", request)
    assert (caught.value.reason, caught.value.metadata["field"]) == ("INVALID_FIELD", "plan.rules[0].kind")
    await door.call("SimulatorService/ClearFaultPlan", simulator.ClearFaultPlanRequest())
    plan = await door.call("SimulatorService/GetFaultPlan", simulator.GetFaultPlanRequest())
    assert not plan.plan.rules


async def test_a_lost_answer_is_an_order_in_doubt_and_not_an_error(door: Door) -> None:
    request = simulator.SetFaultPlanRequest()
    rule = request.plan.rules.add(target=1, kind=2, count=1)
    rule.delay.nanos = 1_000_000
    await door.call("SimulatorService/SetFaultPlan", request)
    response = await submit(door)
    assert response.order.state == orders.ORDER_STATE_INDETERMINATE
    assert not response.order.terminal
    assert response.read_info.accounts[0].unresolved_order_count == 1


# --- streams ---------------------------------------------------------------------------------------------------------


async def test_a_stream_begins_with_a_snapshot_and_goes_on_live(door: Door) -> None:
    await submit(door, "before")
    reader = Reader(door.stream(STREAM, pb.StreamOrdersRequest(account_ids=["paper"])))
    await reader.until("caught_up")
    assert reader.kinds[:4] == ["opened", "snapshot", "snapshot_end", "caught_up"]
    assert reader.items[1].snapshot.client_order_id == "before"
    await submit(door, "after")
    await reader.until("event", 2)
    events_seen = [item.event for item in reader.items if item.HasField("event")]
    assert [event.order.client_order_id for event in events_seen] == ["after", "after"]
    assert events_seen[0].type == orders.ORDER_EVENT_TYPE_SUBMITTED
    await reader.stop()


async def test_a_stream_resumes_where_its_token_says(door: Door) -> None:
    reader = Reader(door.stream(STREAM, pb.StreamOrdersRequest(account_ids=["paper"])))
    await reader.until("caught_up")
    await submit(door, "a")
    await reader.until("event", 2)
    await reader.stop()
    await submit(door, "b")
    options = streams.StreamOptions(resume_token=reader.token)
    resumed = Reader(door.stream(STREAM, pb.StreamOrdersRequest(options=options, account_ids=["paper"])))
    await resumed.until("event", 2)
    assert "snapshot_end" not in resumed.kinds
    assert resumed.items[0].control.opened.mode == streams.STREAM_MODE_RESUMED
    assert {i.event.order.client_order_id for i in resumed.items if i.HasField("event")} == {"b"}
    await resumed.stop()


async def test_a_token_of_another_filter_resets_or_fails_as_asked(door: Door) -> None:
    reader = Reader(door.stream(STREAM, pb.StreamOrdersRequest()))
    await reader.until("caught_up")
    await reader.stop()
    options = streams.StreamOptions(resume_token=reader.token)
    other = Reader(door.stream(STREAM, pb.StreamOrdersRequest(options=options, symbols=["AAPL"])))
    await other.until("snapshot_end")
    assert other.kinds[:2] == ["opened", "reset"]
    await other.stop()
    options.on_gap = streams.ON_GAP_FAIL
    failing = Reader(door.stream(STREAM, pb.StreamOrdersRequest(options=options, symbols=["AAPL"])))
    await failing.ended()
    assert failing.error is not None
    assert (failing.error.code, failing.error.reason) == ("OUT_OF_RANGE", "RESUME_TOKEN_EXPIRED")
    assert failing.error.metadata["cause"] == "FILTER_CHANGED"


@pytest.mark.parametrize(
    ("options", "reason", "field"),
    [
        ({"resume_token": "garbage"}, "INVALID_RESUME_TOKEN", "options.resume_token"),
        ({"heartbeat_interval": {"seconds": 90}}, "INVALID_FIELD", "options.heartbeat_interval"),
        ({"on_gap": 9}, "INVALID_FIELD", "options.on_gap"),
    ],
)
async def test_bad_stream_options_end_the_stream_with_their_name(
    door: Door, options: dict[str, Any], reason: str, field: str
) -> None:
    reader = Reader(door.stream(STREAM, pb.StreamOrdersRequest(options=streams.StreamOptions(**options))))
    await reader.ended()
    assert reader.error is not None
    assert (reader.error.code, reader.error.reason, reader.error.metadata["field"]) == (
        "INVALID_ARGUMENT",
        reason,
        field,
    )


async def test_silence_is_broken_by_heartbeats_that_tell_freshness(door: Door, served: Served) -> None:
    options = streams.StreamOptions(heartbeat_interval={"seconds": 1})
    reader = Reader(door.stream(STREAM, pb.StreamOrdersRequest(options=options)))
    await reader.until("heartbeat")
    heartbeat = next(i.control.heartbeat for i in reader.items if i.control.WhichOneof("control") == "heartbeat")
    assert heartbeat.accounts[0].account_id == "paper"
    assert heartbeat.sequences[0].sequence == served.gateway.accounts.get("paper").book.log.head
    await reader.stop()


async def test_filters_hide_events_and_the_token_moves_past_them(door: Door) -> None:
    hidden = Reader(door.stream(STREAM, pb.StreamOrdersRequest(client_order_ids=["mine"], fills_only=True)))
    await hidden.until("caught_up")
    await submit(door, "other")
    await bought(door, client_order_id="mine")
    await hidden.until("event")
    assert {(i.event.order.client_order_id, i.event.type) for i in hidden.items if i.HasField("event")} == {
        ("mine", orders.ORDER_EVENT_TYPE_FILL)
    }
    await hidden.stop()


async def test_positions_and_accounts_stream_absolute_state(door: Door) -> None:
    held = Reader(door.stream("PositionService/StreamPositions", positions.StreamPositionsRequest()))
    money = Reader(door.stream("AccountService/StreamAccounts", accounts.StreamAccountsRequest()))
    await held.until("caught_up")
    await money.until("caught_up")
    assert money.items[1].snapshot.balances.cash.value == "100000"
    await bought(door)
    await held.until("event")
    await money.until("event")
    change = next(i.event for i in held.items if i.HasField("event"))
    assert (change.position.quantity.value, bool(change.fill_id)) == ("10", True)
    balance = next(i.event for i in money.items if i.HasField("event"))
    assert balance.account.balances.cash.value == "99000"
    await held.stop()
    await money.stop()


async def test_price_changes_of_a_position_come_when_asked_for(door: Door) -> None:
    await bought(door)
    request = positions.StreamPositionsRequest(include_price_changes=True)
    reader = Reader(door.stream("PositionService/StreamPositions", request))
    await reader.until("event")
    await price(door, "109.9", "110")
    await reader.until("event", 2)
    last = [i.event for i in reader.items if i.HasField("event")][-1]
    assert not last.fill_id
    assert last.position.quantity.value == "10"
    assert last.position.unrealized_profit_loss.value != "0"
    await reader.stop()


async def test_the_drop_copy_gives_every_entry_from_where_it_is_told(door: Door) -> None:
    await submit(door)
    reader = Reader(door.stream("EventService/StreamEvents", events.StreamEventsRequest()))
    await reader.until("caught_up")
    every = [i.event for i in reader.items if i.HasField("event")]
    assert [event.sequence for event in every] == list(range(1, len(every) + 1))
    assert all(after.previous_hash == before.hash for before, after in pairwise(every))
    later = events.StreamEventsRequest()
    later.after_sequences.add(account_id="paper", sequence=len(every) - 1)
    tail = Reader(door.stream("EventService/StreamEvents", later))
    await tail.until("event")
    assert next(i.event for i in tail.items if i.HasField("event")).sequence == len(every)
    await reader.stop()
    await tail.stop()


async def test_quotes_stream_as_snapshot_and_changes(door: Door) -> None:
    await price(door, "99.9", "100")
    reader = Reader(door.stream("MarketDataService/StreamQuotes", market.StreamQuotesRequest(symbols=["AAPL"])))
    await reader.until("caught_up")
    await price(door, "101", "101.1")
    await reader.until("event")
    assert reader.items[1].snapshot.ask_price.value == "100"
    assert next(i.event for i in reader.items if i.HasField("event")).bid_price.value == "101"
    await reader.stop()


async def test_connections_stream_their_state(door: Door) -> None:
    request = brokers.StreamConnectionsRequest()
    reader = Reader(door.stream("BrokerService/StreamConnections", request))
    await reader.until("caught_up")
    assert reader.items[1].snapshot.connection_id == "paper"
    options = streams.StreamOptions(resume_token=reader.token)
    again = Reader(door.stream("BrokerService/StreamConnections", brokers.StreamConnectionsRequest(options=options)))
    await again.until("snapshot_end")
    assert "reset" in again.kinds
    await reader.stop()
    await again.stop()


async def test_every_stream_says_goodbye_when_the_server_goes(door: Door, served: Served) -> None:
    asked = [
        (STREAM, pb.StreamOrdersRequest()),
        ("PositionService/StreamPositions", positions.StreamPositionsRequest(include_price_changes=True)),
        ("AccountService/StreamAccounts", accounts.StreamAccountsRequest()),
        ("EventService/StreamEvents", events.StreamEventsRequest()),
        ("BrokerService/StreamConnections", brokers.StreamConnectionsRequest()),
        ("MarketDataService/StreamQuotes", market.StreamQuotesRequest(symbols=["AAPL"])),
    ]
    readers = [Reader(door.stream(method, request)) for method, request in asked]
    for reader in readers:
        await reader.until("caught_up")
    served.gateway.drain.begin("shutting down")
    for reader in readers:
        await reader.ended()
        assert reader.error is None
        assert reader.kinds[-1] == "goodbye"
        assert reader.items[-1].control.goodbye.reason == "shutting down"


async def test_a_draining_server_takes_no_new_orders_and_says_when_to_come_back(door: Door, served: Served) -> None:
    await submit(door, "before")
    served.gateway.drain.begin("shutting down")
    with pytest.raises(CallFailed) as caught:
        await submit(door, "after")
    assert (caught.value.code, caught.value.reason) == ("UNAVAILABLE", "GATEWAY_DRAINING")
    assert caught.value.retry
    assert caught.value.metadata["sent"] == "NO"
    read = await door.call("OrderService/GetOrder", pb.GetOrderRequest(account_id="paper", client_order_id="before"))
    assert read.order.client_order_id == "before"


async def test_one_stream_too_many_is_refused_with_the_limit(door: Door, served: Served) -> None:
    readers = [Reader(door.stream(STREAM, pb.StreamOrdersRequest())) for _ in range(LIMITS.streams)]
    for reader in readers:
        await reader.until("caught_up")
    one_more = Reader(door.stream(STREAM, pb.StreamOrdersRequest()))
    await one_more.ended()
    assert one_more.error is not None
    assert (one_more.error.code, one_more.error.reason) == ("RESOURCE_EXHAUSTED", "STREAM_LIMIT")
    assert one_more.error.metadata["limit"] == str(LIMITS.streams)
    for reader in readers:
        await reader.stop()


# --- the session -----------------------------------------------------------------------------------------------------


async def results_of(door: Door, *requests: pb.OrderSessionRequest) -> dict[int, pb.OrderResult]:
    found: dict[int, pb.OrderResult] = {}
    async for response in door.session(requests):
        for result in response.results:
            assert result.command_id not in found
            found[result.command_id] = result
    return found


async def test_a_session_answers_every_command_once(door: Door) -> None:
    request = pb.OrderSessionRequest()
    for number in range(1, 101):
        request.commands.add(command_id=number, submit=limit_order(f"s{number}"))
    request.commands.add(command_id=101, submit=limit_order("bad", quantity="NaN"))
    request.commands.add(command_id=102)
    found = await results_of(door, request)
    assert set(found) == set(range(1, 103))
    assert all(found[n].submit.order.client_order_id == f"s{n}" for n in range(1, 101))
    assert found[101].error.field == "submit.quantity"
    assert found[101].error.code == 3
    assert found[101].error.sent == 1
    assert found[102].error.metadata["field"] == "command"


async def test_commands_on_one_order_take_effect_in_order(door: Door) -> None:
    request = pb.OrderSessionRequest()
    request.commands.add(command_id=1, submit=limit_order("o"))
    replace = request.commands.add(command_id=2).replace
    replace.account_id, replace.client_order_id, replace.new_client_order_id = "paper", "o", "o2"
    replace.quantity.value = "20"
    request.commands.add(command_id=3, cancel=pb.CancelOrderRequest(account_id="paper", client_order_id="o"))
    found = await results_of(door, request)
    assert found[1].submit.order.quantity.value == "10"
    assert found[2].replace.order.quantity.value == "20"
    assert found[3].cancel.order.state == orders.ORDER_STATE_CANCELED


async def test_a_command_id_used_twice_ends_the_session(door: Door) -> None:
    request = pb.OrderSessionRequest()
    request.commands.add(command_id=1, submit=limit_order("a"))
    request.commands.add(command_id=1, submit=limit_order("b"))
    with pytest.raises(CallFailed) as caught:
        await results_of(door, request)
    assert (caught.value.code, caught.value.reason) == ("INVALID_ARGUMENT", "INVALID_FIELD")
    assert caught.value.metadata["field"] == "commands[1].command_id"


async def test_a_batch_that_is_too_large_ends_the_session(door: Door) -> None:
    request = pb.OrderSessionRequest()
    for number in range(1_001):
        request.commands.add(command_id=number)
    with pytest.raises(CallFailed) as caught:
        await results_of(door, request)
    assert (caught.value.code, caught.value.reason) == ("RESOURCE_EXHAUSTED", "MESSAGE_TOO_LARGE")


# --- watching --------------------------------------------------------------------------------------------------------


async def test_every_call_is_told_to_the_observer_with_its_code(door: Door, served: Served) -> None:
    await submit(door)
    with pytest.raises(CallFailed):
        await submit(door, "x", quantity="NaN")
    assert (SUBMIT, door.name, "OK") in served.observed
    assert (SUBMIT, door.name, "INVALID_ARGUMENT") in served.observed


async def test_a_fault_of_the_gateway_tells_an_id_and_nothing_else(
    door: Door, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret internals")

    monkeypatch.setattr(served.gateway.desk, "submit", broken)
    with pytest.raises(CallFailed) as caught:
        await submit(door)
    assert (caught.value.code, caught.value.reason) == ("INTERNAL", "INTERNAL")
    assert "secret" not in caught.value.message
    assert caught.value.metadata["error_id"] in caught.value.message
    assert caught.value.metadata["sent"] == "UNKNOWN"


async def test_a_caller_that_gives_up_leaves_an_order_that_is_known(door: Door) -> None:
    for number in range(20):
        task = asyncio.create_task(submit(door, f"gone{number}"))
        await asyncio.sleep(0.002 * (number % 4))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    for number in range(20):
        assert (await submit(door, f"gone{number}")).order.state == orders.ORDER_STATE_WORKING
