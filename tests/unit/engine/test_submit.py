from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from brokerwire_server.brokers.base import Reply, Verdict
from brokerwire_server.domain.errors import ConflictError, InvalidRequestError, NotFoundError
from brokerwire_server.domain.events import OrderChanged
from brokerwire_server.domain.orders import ExitTerms, LegRole, OrderClass, OrderState, Side, StateReason
from tests.support.builders import fill_report, request
from tests.support.scripted_broker import NO_ANSWER, NOT_SENT, ScriptedBroker
from tests.unit.engine.conftest import crash, start_gateway, until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from brokerwire_server.domain.orders import Order
    from brokerwire_server.engine.gateway import Gateway


async def journal(gateway: Gateway) -> list[object]:
    return [event.payload for event in await gateway.store.read("paper", 0, 1000)]


async def test_an_accepted_order_is_durable_before_it_is_answered(gateway: Gateway, broker: ScriptedBroker) -> None:
    submission = await gateway.desk.submit(request())
    assert submission.order.state is OrderState.ACCEPTED
    stored = await gateway.store.get_order("paper", submission.order.order_id)
    assert stored == submission.order


async def test_the_intent_is_durable_before_the_broker_is_called(gateway: Gateway, broker: ScriptedBroker) -> None:
    seen: list[object] = []

    async def look(orders: Sequence[Order]) -> None:
        seen.append(await gateway.store.get_order("paper", orders[0].order_id))

    broker.before_answer = look
    submission = await gateway.desk.submit(request())
    stored = seen[0]
    assert stored is not None
    assert stored.order_id == submission.order.order_id  # type: ignore[attr-defined]
    assert stored.state is OrderState.PENDING_SUBMIT  # type: ignore[attr-defined]


async def test_a_refusal_is_an_answer_and_not_an_error(gateway: Gateway, broker: ScriptedBroker) -> None:
    broker.answers = [Reply(verdict=Verdict.REFUSED, reason=StateReason.NOT_SHORTABLE, message="no locate")]
    order = (await gateway.desk.submit(request())).order
    assert (order.state, order.state_reason, order.broker_message) == (
        OrderState.REJECTED,
        StateReason.NOT_SHORTABLE,
        "no locate",
    )


async def test_no_answer_is_indeterminate_and_is_never_sent_again(gateway: Gateway, broker: ScriptedBroker) -> None:
    broker.answers = [NO_ANSWER]
    order = (await gateway.desk.submit(request())).order
    assert order.state is OrderState.INDETERMINATE
    assert not order.terminal
    again = await gateway.desk.submit(request())
    assert again.deduplicated
    assert len(broker.sent) == 1


async def test_a_bug_in_an_adapter_leaves_the_order_in_doubt(gateway: Gateway, broker: ScriptedBroker) -> None:
    broker.answers = [ValueError("an answer that could not be read")]
    order = (await gateway.desk.submit(request())).order
    assert order.state is OrderState.INDETERMINATE
    assert "read" not in order.broker_message


async def test_what_was_provably_not_sent_is_tried_again_under_the_same_id(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    broker.answers = [NOT_SENT]
    order = (await gateway.desk.submit(request())).order
    assert order.state is OrderState.ACCEPTED
    first, second = (sent[0].broker_client_order_id for sent in broker.sent)
    assert first == second


async def test_what_could_not_be_sent_at_all_ends_rejected_as_not_sent(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    broker.answers = [NOT_SENT] * 3
    order = (await gateway.desk.submit(request())).order
    assert (order.state, order.state_reason) == (OrderState.REJECTED, StateReason.NOT_SENT)


async def test_doubt_is_resolved_by_what_the_broker_shows(gateway: Gateway, broker: ScriptedBroker) -> None:
    broker.answers = [NO_ANSWER]
    order = (await gateway.desk.submit(request())).order
    broker.findings[order.broker_client_order_id] = [broker.working(order)]
    book = gateway.accounts.get("paper").book
    await until(lambda: book.committed.by_id[order.order_id].state is OrderState.WORKING)


async def test_absence_resolves_nothing_and_opens_a_break(gateway: Gateway, broker: ScriptedBroker) -> None:
    broker.answers = [NO_ANSWER]
    order = (await gateway.desk.submit(request())).order
    account = gateway.accounts.get("paper")
    await until(lambda: account.book.breaks)
    assert len(broker.look_ups) >= 3
    assert account.book.orders.by_id[order.order_id].state is OrderState.INDETERMINATE
    assert account.sync().unresolved_order_count == 1
    broker.findings[order.broker_client_order_id] = [broker.working(order)]
    await until(lambda: not account.book.breaks)
    assert account.book.orders.by_id[order.order_id].state is OrderState.WORKING


async def test_a_fill_may_come_before_the_answer(gateway: Gateway, broker: ScriptedBroker) -> None:
    def fill_at_once(orders: Sequence[Order]) -> None:
        broker.sink(
            fill_report(broker_client_order_id=orders[0].broker_client_order_id, quantity=Decimal(10), time=10**18)
        )

    broker.before_answer = fill_at_once
    order = (await gateway.desk.submit(request())).order
    assert order.state is OrderState.FILLED


async def test_the_same_id_from_many_callers_is_one_order_and_equal_answers(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    answers = await asyncio.gather(*(gateway.desk.submit(request()) for _ in range(100)))
    assert len(broker.sent) == 1
    assert len({answer.order.order_id for answer in answers}) == 1
    assert sum(not answer.deduplicated for answer in answers) == 1


async def test_the_same_id_with_other_content_is_a_conflict_that_changes_nothing(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    await gateway.desk.submit(request())
    before = await journal(gateway)
    with pytest.raises(ConflictError) as caught:
        await gateway.desk.submit(request(quantity=Decimal(11)))
    assert caught.value.reason == "CLIENT_ORDER_ID_CONFLICT"
    assert await journal(gateway) == before
    assert len(broker.sent) == 1


async def test_concurrent_conflicting_content_gets_one_order_and_conflicts(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    work = [gateway.desk.submit(request(quantity=Decimal(10 + i % 2))) for i in range(20)]
    answers = await asyncio.gather(*work, return_exceptions=True)
    assert len(broker.sent) == 1
    assert sum(isinstance(answer, ConflictError) for answer in answers) == 10


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"quantity": Decimal(-1)}, "QUANTITY_BELOW_MINIMUM"),
        ({"limit_price": Decimal("1.001")}, "PRICE_NOT_ON_TICK"),
        ({"instrument": "NOPE"}, "INSTRUMENT_NOT_FOUND"),
    ],
)
async def test_a_wrong_order_is_neither_journaled_nor_sent(
    gateway: Gateway, broker: ScriptedBroker, changes: dict[str, object], reason: str
) -> None:
    from brokerwire_server.domain.instruments import Instrument

    if "instrument" in changes:
        changes = {"instrument": Instrument(symbol="NOPE")}
    before = await journal(gateway)
    with pytest.raises(InvalidRequestError) as caught:
        await gateway.desk.submit(request(**changes))
    assert caught.value.reason == reason
    assert await journal(gateway) == before
    assert broker.sent == []
    # The id was not used up: the corrected order may carry it.
    assert (await gateway.desk.submit(request())).order.state is OrderState.ACCEPTED


async def test_an_unknown_account_is_named_with_the_accounts_there_are(gateway: Gateway) -> None:
    with pytest.raises(NotFoundError, match="paper"):
        await gateway.desk.submit(request(account_id="other"))


async def test_a_caller_that_goes_away_does_not_stop_its_order(gateway: Gateway, broker: ScriptedBroker) -> None:
    asked = asyncio.Event()

    async def slow(_: Sequence[Order]) -> None:
        asked.set()
        await asyncio.sleep(0.05)

    broker.before_answer = slow
    caller = asyncio.create_task(gateway.desk.submit(request()))
    await asked.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    book = gateway.accounts.get("paper").book
    await until(lambda: (order := book.committed.by_client_id("one")) and order.state is OrderState.ACCEPTED)


async def test_a_bracket_is_one_submission_of_linked_orders(gateway: Gateway, broker: ScriptedBroker) -> None:
    bracket = request(
        order_class=OrderClass.BRACKET,
        take_profit=ExitTerms(limit_price=Decimal(110)),
        stop_loss=ExitTerms(stop_price=Decimal(90)),
    )
    entry = (await gateway.desk.submit(bracket)).order
    sent = broker.sent[0]
    assert [order.role for order in sent] == [LegRole.ENTRY, LegRole.TAKE_PROFIT, LegRole.STOP_LOSS]
    assert {order.parent_order_id for order in sent[1:]} == {entry.order_id}
    assert entry.child_order_ids == tuple(order.order_id for order in sent[1:])
    assert {order.side for order in sent[1:]} == {Side.SELL}


async def test_an_id_that_a_groups_exit_would_need_is_a_conflict(gateway: Gateway, broker: ScriptedBroker) -> None:
    await gateway.desk.submit(request(client_order_id="one.sl"))
    bracket = request(order_class=OrderClass.OTO, stop_loss=ExitTerms(stop_price=Decimal(90)))
    with pytest.raises(ConflictError):
        await gateway.desk.submit(bracket)
    assert len(broker.sent) == 1


async def test_an_intent_that_a_crash_left_without_outcome_is_in_doubt_after_restart(
    database: Path, broker: ScriptedBroker
) -> None:
    gateway = await start_gateway(database, broker)
    stuck = asyncio.Event()

    async def hang(_: Sequence[Order]) -> None:
        stuck.set()
        await asyncio.sleep(60)

    broker.before_answer = hang
    caller = asyncio.create_task(gateway.desk.submit(request()))
    await stuck.wait()
    await crash(gateway)
    await asyncio.gather(caller, return_exceptions=True)

    later = ScriptedBroker()
    restarted = await start_gateway(database, later)
    order = restarted.accounts.get("paper").book.orders.by_client_id("one")
    assert order is not None
    assert order.state is OrderState.INDETERMINATE
    assert later.sent == []
    later.findings[order.broker_client_order_id] = [later.working(order)]
    book = restarted.accounts.get("paper").book
    await until(lambda: book.orders.by_id[order.order_id].state is OrderState.WORKING)
    await restarted.stop(grace=1.0)


async def test_the_same_id_returns_the_same_order_after_a_restart(database: Path, broker: ScriptedBroker) -> None:
    gateway = await start_gateway(database, broker)
    first = (await gateway.desk.submit(request())).order
    await gateway.stop(grace=1.0)
    later = ScriptedBroker()
    later.open_orders = [later.working(first)]
    restarted = await start_gateway(database, later)
    again = await restarted.desk.submit(request())
    assert again.deduplicated
    assert again.order.order_id == first.order_id
    assert later.sent == []
    with pytest.raises(ConflictError):
        await restarted.desk.submit(request(quantity=Decimal(11)))
    await restarted.stop(grace=1.0)


async def test_every_step_of_an_order_is_in_the_journal(gateway: Gateway, broker: ScriptedBroker) -> None:
    order = (await gateway.desk.submit(request())).order
    states = [p.order.state for p in await journal(gateway) if isinstance(p, OrderChanged)]
    assert states == [OrderState.PENDING_SUBMIT, OrderState.ACCEPTED]
    assert order.version == 2
