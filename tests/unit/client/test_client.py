"""The blocking client on grpcio-testing's channel: what it asks, and what it makes of the answer."""

import copy
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import grpc
import grpc_testing
import pytest

import brokerwire
from brokerwire._accounts import DefaultAccount
from brokerwire._methods import FILES, METHODS
from brokerwire._target import target
from brokerwire._transport import Channel
from tests.unit.client.fakes import order, status

SERVICES = [s for file in FILES for s in file.DESCRIPTOR.services_by_name.values()]


class Bench:
    """A client in another thread, whose calls are answered by hand."""

    def __init__(self, account: str | None = "a") -> None:
        self._grpc = grpc_testing.channel(SERVICES, grpc_testing.strict_real_time())
        channel = Channel(target(None, token=None, tls=None), self._grpc)
        self.client = brokerwire.Client(channel, DefaultAccount(account), 10)
        self._pool = ThreadPoolExecutor(1)

    def call(self, method: Any, *args: Any, **kwargs: Any) -> Future:
        return self._pool.submit(method, *args, **kwargs)

    def listing(self, method: Any, *args: Any, **kwargs: Any) -> Future:
        return self._pool.submit(lambda: list(method(*args, **kwargs)))

    def answer(self, name: str, *, code: Any = grpc.StatusCode.OK, trailers: Any = (), **response: Any) -> Any:
        [method] = [m for service in SERVICES for m in service.methods if m.name == name]
        _, request, rpc = self._grpc.take_unary_unary(method)
        seen = copy.deepcopy(request)  # this channel hands over the client's own object
        rpc.terminate(METHODS[name].output(**response), trailers, code, "no")
        return seen

    def close(self) -> None:
        self._pool.shutdown()


@pytest.fixture
def bench() -> Iterator[Any]:
    made = Bench()
    yield made
    made.close()


@pytest.fixture
def lost() -> Iterator[Any]:
    """A client that was made without an account."""
    made = Bench(None)
    yield made
    made.close()


def account(name: str, broker: str = "paper", **fields: Any) -> Any:
    return {"account_id": name, "broker": broker, "status": "ACCOUNT_STATUS_ACTIVE"} | fields


def test_submit_asks_once_and_returns_the_order(bench: Bench) -> None:
    result = bench.call(bench.client.submit, "AAPL", "buy", Decimal("0.5"), limit_price="10", tags={"k": "v"})
    request = bench.answer(
        "SubmitOrder",
        order=order("c-1", state="ORDER_STATE_FILLED", terminal=True),
        deduplicated=True,
        children=[order("c-1.tp")],
    )
    assert (request.order.account_id, request.order.instrument.symbol) == ("a", "AAPL")
    assert (request.order.quantity.value, request.order.limit_price.value) == ("0.5", "10")
    submitted = result.result(5)
    assert (submitted.state, submitted.deduplicated) == ("filled", True)
    assert [child.client_order_id for child in submitted.children] == ["c-1.tp"]


def test_a_refused_submit_raises_with_its_key(bench: Bench) -> None:
    result = bench.call(bench.client.submit, "AAPL", "buy", 1)
    code = grpc.StatusCode.FAILED_PRECONDITION
    trailers = status(code, "INSUFFICIENT_BUYING_POWER", required="5", sent="NO")
    request = bench.answer("SubmitOrder", code=code, trailers=trailers)
    with pytest.raises(brokerwire.Precondition) as caught:
        result.result(5)
    assert caught.value.reason == brokerwire.ErrorReason.INSUFFICIENT_BUYING_POWER
    assert caught.value.client_order_id == request.order.client_order_id
    assert (caught.value.sent, caught.value.metadata["required"]) == ("no", "5")


def test_an_answer_that_breaks_the_contract_leaves_a_submit_unknown(bench: Bench) -> None:
    result = bench.call(bench.client.submit, "AAPL", "buy", 1, client_order_id="mine")
    bench.answer("SubmitOrder", order={"order_id": "x"})
    with pytest.raises(brokerwire.Internal, match="filled_quantity") as caught:
        result.result(5)
    assert (caught.value.sent, caught.value.client_order_id) == ("unknown", "mine")


def test_a_float_never_leaves(bench: Bench) -> None:
    with pytest.raises(TypeError, match="float"):
        bench.client.submit("AAPL", "buy", 1.5)  # type: ignore[arg-type] # the type checker says so too


def test_the_only_account_is_found_once(lost: Bench) -> None:
    result = lost.call(lost.client.submit, "AAPL", "buy", 1)
    lost.answer("ListAccounts", accounts=[account("only"), account("old", status="ACCOUNT_STATUS_CLOSED")])
    assert lost.answer("SubmitOrder", order=order()).order.account_id == "only"
    result.result(5)
    again = lost.call(lost.client.account)
    assert lost.answer("GetAccount", account=account("only")).account_id == "only"
    assert again.result(5).account_id == "only"


def test_several_accounts_have_to_be_chosen_from(lost: Bench) -> None:
    result = lost.call(lost.client.submit, "AAPL", "buy", 1, client_order_id="mine")
    lost.answer("ListAccounts", accounts=[account("one"), account("two")])
    with pytest.raises(brokerwire.InvalidRequest, match="one, two") as caught:
        result.result(5)
    assert (caught.value.client_order_id, caught.value.sent) == ("mine", "no")
    named = lost.call(lost.client.submit, "AAPL", "buy", 1, account="two")
    assert lost.answer("SubmitOrder", order=order()).order.account_id == "two"
    named.result(5)


def test_no_account_at_all_says_how_to_open_one(lost: Bench) -> None:
    result = lost.call(lost.client.cancel_all)
    lost.answer("ListAccounts")
    with pytest.raises(brokerwire.NotFound, match="open_account"):
        result.result(5)


@pytest.mark.filterwarnings("ignore::brokerwire.IncompleteWarning")
def test_the_only_account_that_can_be_read_is_not_the_only_one(lost: Bench) -> None:
    result = lost.call(lost.client.submit, "AAPL", "buy", 1)
    lost.answer("ListAccounts", accounts=[account("one")], unreachable=["live"])
    with pytest.raises(brokerwire.Unavailable, match="live"):
        result.result(5)


def test_lists_reach_over_all_accounts_unless_the_client_has_one(bench: Bench, lost: Bench) -> None:
    everywhere = lost.listing(lost.client.orders)
    assert list(lost.answer("ListOrders").account_ids) == []
    here = bench.listing(bench.client.orders)
    assert list(bench.answer("ListOrders").account_ids) == ["a"]
    assert everywhere.result(5) == here.result(5) == []


def test_quotes_come_from_the_accounts_broker_and_not_from_paper(lost: Bench) -> None:
    result = lost.call(lost.client.quotes, "AAPL")
    lost.answer("ListAccounts", accounts=[account("x", "alpaca"), account("y", "alpaca")])
    assert lost.answer("GetQuotes", quotes=[{"symbol": "AAPL"}]).account_id == "x"
    assert result.result(5)["AAPL"].bid_price is None


def test_quotes_of_two_brokers_have_to_be_chosen_from(lost: Bench) -> None:
    result = lost.call(lost.client.quotes, "AAPL")
    lost.answer("ListAccounts", accounts=[account("x", "alpaca"), account("y", "paper")])
    with pytest.raises(brokerwire.InvalidRequest, match="alpaca, paper"):
        result.result(5)


def test_a_list_reads_its_pages_as_they_are_needed(bench: Bench) -> None:
    result = bench.listing(bench.client.orders, open_only=True, symbols="AAPL")
    first = bench.answer("ListOrders", orders=[order("1"), order("2")], next_page_token="t")
    second = bench.answer("ListOrders", orders=[order("3")])
    assert [o.client_order_id for o in result.result(5)] == ["1", "2", "3"]
    assert (first.page_token, second.page_token) == ("", "t")
    assert second.open_only
    assert list(second.symbols) == ["AAPL"]
    assert list(second.account_ids) == ["a"]


def test_a_list_that_lacks_something_says_so(bench: Bench) -> None:
    pages = bench.client.positions()
    result = bench.call(list, pages)
    bench.answer("ListPositions", unreachable=["live"])
    with pytest.raises(brokerwire.IncompleteWarning, match="live"):  # warnings are errors here
        result.result(5)
    assert pages.unreachable == ("live",)


def test_a_replace_keeps_what_is_not_named(bench: Bench) -> None:
    known = brokerwire.Order.from_proto(order("c-1"))
    result = bench.call(bench.client.replace, known, limit_price=5, expected_version=0)
    request = bench.answer("ReplaceOrder", order=order("c-1"), outcome="ACTION_OUTCOME_REFUSED")
    assert {field.name for field, _ in request.ListFields()} == {
        "account_id",
        "order_id",
        "new_client_order_id",
        "expected_version",
        "limit_price",
    }
    assert result.result(5).outcome == "refused"


def test_an_order_is_named_in_one_way(bench: Bench) -> None:
    with pytest.raises(TypeError, match="name the order"):
        bench.client.cancel()
    with pytest.raises(TypeError, match="name the order"):
        bench.client.cancel("x", client_order_id="y")


def test_results_of_many_orders_keep_each_failure(bench: Bench) -> None:
    result = bench.call(bench.client.cancel_all)
    error = {"code": 9, "reason": "ERROR_REASON_ORDER_OUTCOME_PENDING", "message": "wait", "sent": "SENT_NO"}
    done = {"order": order("1"), "outcome": "ACTION_OUTCOME_DONE"}
    request = bench.answer("CancelOrders", results=[done, {"order": order("2"), "error": error}], unreachable=["b"])
    report = result.result(5)
    assert list(request.account_ids) == ["a"]
    assert (report.results[0].outcome, report.results[0].error) == ("done", None)
    assert isinstance(report.results[1].error, brokerwire.Precondition)
    assert report.unreachable == ("b",)


def test_a_position_is_closed_under_a_key(bench: Bench) -> None:
    result = bench.call(bench.client.close_position, "AAPL", percentage=50)
    request = bench.answer("ClosePosition", order=order())
    assert (request.percentage.value, len(request.client_order_id)) == ("50", 36)
    assert result.result(5).client_order_id == "c-1"
    bulk = bench.call(bench.client.close_positions)
    assert 1 <= len(bench.answer("ClosePositions").request_id) <= 32
    assert bulk.result(5).results == ()


def test_the_simulator_is_steered(bench: Bench) -> None:
    simulator = bench.client.simulator
    result = bench.call(simulator.steer, advance=1.5)
    assert bench.answer("SteerClock", simulation={"paused": True}).advance_by.ToTimedelta().total_seconds() == 1.5
    assert result.result(5).paused
    rule = brokerwire.FaultRule(
        target=brokerwire.FaultTarget.SUBMIT, kind=brokerwire.FaultKind.LOSE_ANSWER, probability=Decimal("0.5")
    )
    planned = bench.call(simulator.set_faults, [rule], seed=7)
    request = bench.answer("SetFaultPlan", plan={"seed": 7})
    assert (request.plan.rules[0].target, request.plan.rules[0].probability.value) == (1, "0.5")
    assert planned.result(5).seed == 7
    with pytest.raises(TypeError, match="exactly one"):
        simulator.steer()
