import asyncio
import itertools
import threading
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

import brokerwire
from brokerwire import aio
from brokerwire.v1 import account_service_pb2
from brokerwire.v1 import order_service_pb2 as pb
from tests.unit.client.fakes import FakeGateway, fail, order, own_tasks


def answer(command: pb.OrderCommand) -> pb.OrderResult:
    kind = command.WhichOneof("command")
    if kind == "submit":
        submitted = {"order": order(command.submit.client_order_id)}
        return pb.OrderResult(command_id=command.command_id, submit=submitted)
    if kind == "replace":
        replaced = {"order": order(command.replace.order_id), "outcome": "ACTION_OUTCOME_DONE"}
        return pb.OrderResult(command_id=command.command_id, replace=replaced)
    error = {"code": 5, "reason": "ERROR_REASON_ORDER_NOT_FOUND", "message": "none", "sent": "SENT_NO"}
    return pb.OrderResult(command_id=command.command_id, error=error)


class Book:
    """Answers in reverse order within a batch, and remembers."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.accounts: set[str] = set()

    def __call__(self, requests: Iterator[Any], _context: object) -> Iterator[Any]:
        for request in requests:
            self.batches.append(len(request.commands))
            self.accounts |= {c.submit.account_id for c in request.commands if c.HasField("submit")}
            yield pb.OrderSessionResponse(results=[answer(c) for c in reversed(request.commands)])


def test_each_command_gets_its_own_result() -> None:
    book = Book()
    with (
        FakeGateway(OrderSession=book) as gateway,
        brokerwire.connect(gateway.address, account="a") as client,
        client.session() as session,
    ):
        futures = [session.submit("AAPL", "buy", 1, client_order_id=f"c{n}") for n in range(500)]
        replaced = session.replace("x", limit_price=5)
        canceled = session.cancel("y")
        assert [f.result(5).client_order_id for f in futures] == [f"c{n}" for n in range(500)]
        assert replaced.result(5).outcome == "done"
        with pytest.raises(brokerwire.NotFound) as caught:
            canceled.result(5)
    assert caught.value.sent == "no"
    assert sum(book.batches) == 502
    assert book.accounts == {"a"}


async def test_each_command_of_a_coroutine_gets_its_own_result() -> None:
    book = Book()
    with FakeGateway(OrderSession=book) as gateway:
        async with aio.connect(gateway.address, account="a") as client, client.session() as session:
            futures = [session.submit("AAPL", "buy", 1, client_order_id=f"c{n}") for n in range(1500)]
            results = await asyncio.gather(*futures)
            with pytest.raises(brokerwire.NotFound):
                await session.cancel("y")
    assert [r.client_order_id for r in results] == [f"c{n}" for n in range(1500)]
    assert len(book.batches) < 100  # commands that wait go together
    assert max(book.batches) <= 1000


def breaks_after_one(requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
    request = next(requests)
    yield pb.OrderSessionResponse(results=[answer(request.commands[0])])
    for _ in itertools.islice(requests, 1):
        pass
    fail(context, grpc.StatusCode.UNAVAILABLE)


def test_a_break_leaves_the_rest_unknown_and_the_session_over() -> None:
    with (
        FakeGateway(OrderSession=breaks_after_one) as gateway,
        brokerwire.connect(gateway.address, account="a") as client,
        client.session() as session,
    ):
        assert session.submit("AAPL", "buy", 1, client_order_id="c1").result(5).client_order_id == "c1"
        lost = session.submit("AAPL", "buy", 1, client_order_id="c2")
        with pytest.raises(brokerwire.SessionClosed) as caught:
            lost.result(5)
        assert (caught.value.sent, caught.value.client_order_id) == ("unknown", "c2")
        with pytest.raises(brokerwire.SessionClosed) as refused:
            session.submit("AAPL", "buy", 1, client_order_id="c3")
        assert (refused.value.sent, refused.value.client_order_id) == ("no", "c3")


async def test_a_break_leaves_the_rest_of_a_coroutine_unknown() -> None:
    with FakeGateway(OrderSession=breaks_after_one) as gateway:
        async with aio.connect(gateway.address, account="a") as client, client.session() as session:
            await session.submit("AAPL", "buy", 1)
            with pytest.raises(brokerwire.SessionClosed) as caught:
                await session.submit("AAPL", "buy", 1, client_order_id="c2")
            assert (caught.value.sent, caught.value.client_order_id) == ("unknown", "c2")
            with pytest.raises(brokerwire.SessionClosed) as refused:
                await session.submit("AAPL", "buy", 1)
            assert refused.value.sent == "no"


def drains(requests: Iterator[Any], _context: object) -> Iterator[Any]:
    request = next(requests)
    yield pb.OrderSessionResponse(control={"goodbye": {"reason": "shutting down"}})
    yield pb.OrderSessionResponse(results=[answer(c) for c in request.commands])


def test_a_goodbye_lets_results_come_and_takes_no_more() -> None:
    with (
        FakeGateway(OrderSession=drains) as gateway,
        brokerwire.connect(gateway.address, account="a") as client,
        client.session() as session,
    ):
        assert session.submit("AAPL", "buy", 1).result(5).state == "working"
        with pytest.raises(brokerwire.SessionClosed, match="shutting down"):
            session.submit("AAPL", "buy", 1)


def test_leaving_waits_for_results() -> None:
    hold = threading.Event()

    def slow(requests: Iterator[Any], _context: object) -> Iterator[Any]:
        for request in requests:
            hold.wait(5)
            yield pb.OrderSessionResponse(results=[answer(c) for c in request.commands])

    with FakeGateway(OrderSession=slow) as gateway, brokerwire.connect(gateway.address, account="a") as client:
        with client.session() as session:
            future = session.submit("AAPL", "buy", 1)
            threading.Timer(0.2, hold.set).start()
        assert future.done()
        assert future.result().client_order_id


async def test_leaving_a_coroutines_session_waits_for_results() -> None:
    with FakeGateway(OrderSession=Book()) as gateway:
        async with aio.connect(gateway.address, account="a") as client:
            async with client.session() as session:
                future = session.submit("AAPL", "buy", 1)
            assert future.done()
            assert own_tasks() == []


def test_a_mistake_fails_at_once_and_sends_nothing() -> None:
    book = Book()
    with (
        FakeGateway(OrderSession=book) as gateway,
        brokerwire.connect(gateway.address, account="a") as client,
        client.session() as session,
    ):
        with pytest.raises(TypeError, match="float"):
            session.submit("AAPL", "buy", 0.1)  # type: ignore[arg-type] # the type checker says so too
        with pytest.raises(brokerwire.InvalidRequest):
            session.submit("AAPL", "by", 1)
    assert book.batches == []


def test_without_an_only_account_a_command_has_to_name_one() -> None:
    def accounts(_request: object, _context: object) -> Any:
        return account_service_pb2.ListAccountsResponse(accounts=[{"account_id": "a"}, {"account_id": "b"}])

    with (
        FakeGateway(OrderSession=Book(), ListAccounts=accounts) as gateway,
        brokerwire.connect(gateway.address) as client,
        client.session() as session,
    ):
        with pytest.raises(brokerwire.InvalidRequest, match="a, b"):
            session.submit("AAPL", "buy", 1)
        assert session.submit("AAPL", "buy", 1, account="b").result(5).state == "working"
