from __future__ import annotations

import re
from decimal import Decimal

import pytest

from brokerwire_sandbox.alpaca.errors import ApiError
from brokerwire_sandbox.alpaca.settings import Environment, Hours, ReplaceFills
from tests.unit.sandbox import desk as shapes
from tests.unit.sandbox.desk import Desk


def test_the_answer_is_pending_and_the_stream_tells_new_and_fill() -> None:
    desk = Desk()
    answer = desk.submit(client_order_id="mine")

    assert (answer["status"], answer["filled_qty"], answer["filled_avg_price"]) == ("pending_new", "0", None)
    assert desk.told() == ["pending_new", "new", "fill"]
    order = desk.order(answer["id"]).rest_json()
    assert (order["status"], order["filled_qty"], order["filled_avg_price"]) == ("filled", "10", "228.51")
    assert desk.held("AAPL") == 10


def test_payloads_have_the_recorded_fields_and_no_others() -> None:
    desk = Desk()
    answer = desk.submit(qty="4")
    bodies = {event.name: event.body for event in desk.events}

    assert set(answer) == shapes.REST_ORDER
    assert set(bodies["pending_new"]) == shapes.EVENT
    assert set(bodies["new"]) == shapes.EVENT | {"execution_id"}
    assert set(bodies["fill"]) == shapes.FILL_EVENT
    assert set(bodies["fill"]["order"]) == shapes.STREAM_ORDER
    assert set(desk.market.activities.page(_all())[0]) == shapes.FILL_ACTIVITY
    assert set(desk.market.views.positions()[0]) == shapes.POSITION
    assert set(desk.market.views.account()) == shapes.ACCOUNT


def test_every_number_is_a_string_and_times_have_nanoseconds() -> None:
    desk = Desk(start_time=shapes.MONDAY_NOON + 123_456_700)
    answer = desk.limit("200", qty="1.5")
    assert (answer["qty"], answer["limit_price"], answer["notional"]) == ("1.5", "200", None)
    assert re.fullmatch(r"2026-07-06T16:00:00\.12345670\dZ", answer["created_at"])
    assert all(isinstance(v, str | bool | None | dict | list | int) for v in desk.market.views.account().values())


def test_partial_fills_name_their_own_quantity_and_the_order_the_sum() -> None:
    desk = Desk()
    desk.quote("AAPL", "100", "101", size="4")
    order_id = desk.limit("101")["id"]
    partial = desk.last("partial_fill")
    assert (partial["qty"], partial["order"]["filled_qty"], partial["position_qty"]) == ("4", "4", "4")
    assert partial["order"]["status"] == "partially_filled"

    desk.quote("AAPL", "100", "100.5", size="100")
    full = desk.last("fill")
    assert (full["qty"], full["price"], full["order"]["filled_qty"]) == ("6", "100.5", "10")
    assert full["order"]["filled_avg_price"] == "100.7"
    assert desk.order(order_id).status == "filled"


def test_submitted_at_moves_after_the_answer() -> None:
    desk = Desk()
    answer = desk.limit("50")
    assert desk.order(answer["id"]).rest_json()["submitted_at"] > answer["submitted_at"]
    fixed = Desk(submitted_shift=False)
    answer = fixed.limit("50")
    assert fixed.order(answer["id"]).rest_json()["submitted_at"] == answer["submitted_at"]


def test_event_ids_go_up_and_can_be_left_out() -> None:
    desk = Desk()
    desk.submit()
    ids = [event.body["event_id"] for event in desk.events]
    assert ids == sorted(set(ids))
    assert all(len(i) == 26 for i in ids)

    without = Desk(event_ids=False)
    without.submit()
    assert all("event_id" not in event.body for event in without.events)


def test_a_client_order_id_is_taken_for_ever() -> None:
    desk = Desk()
    order_id = desk.limit("50", client_order_id="once")["id"]
    desk.market.cancel(order_id)
    with pytest.raises(ApiError) as refused:
        desk.limit("50", client_order_id="once")
    assert (refused.value.status, refused.value.code) == (422, 40010001)
    assert refused.value.body["message"] == "client_order_id must be unique"
    assert len(desk.market.orders()) == 1


def test_outside_the_session_an_order_is_accepted_and_becomes_new_at_the_open() -> None:
    desk = Desk(hours=Hours.XNYS, start_time=shapes.at("2026-07-03T02:00:00"))
    answer = desk.limit("50")
    assert answer["status"] == "accepted"
    assert desk.told() == ["accepted"]
    assert answer["expires_at"] == "2026-07-06T20:00:00Z", "the third is a holiday in 2026"

    desk.advance_to("2026-07-06T13:30:00")
    assert desk.order(answer["id"]).status == "new"
    desk.advance_to("2026-07-06T20:00:00")
    assert desk.told() == ["accepted", "new", "expired"]
    assert desk.last("expired")["order"]["expired_at"] is not None


def test_extended_hours_orders_work_before_the_open_and_end_at_eight_in_the_evening() -> None:
    desk = Desk(hours=Hours.XNYS, start_time=shapes.at("2026-07-06T09:00:00"))
    answer = desk.limit("300", qty="1", extended_hours=True)
    assert desk.told() == ["pending_new", "new", "fill"]
    assert answer["expires_at"] == "2026-07-07T00:00:00Z"
    with pytest.raises(ApiError, match="extended hours order must be DAY or GTC limit orders"):
        desk.submit(extended_hours=True)


def test_a_fill_or_kill_before_the_open_is_taken_and_canceled_and_an_ioc_is_refused() -> None:
    desk = Desk(hours=Hours.XNYS, start_time=shapes.at("2026-07-06T09:00:00"))
    order_id = desk.limit("300", time_in_force="fok")["id"]
    assert desk.told(order_id) == ["pending_new", "new", "canceled"]
    with pytest.raises(ApiError, match="ioc orders are only accepted during market hours") as refused:
        desk.limit("300", time_in_force="ioc")
    assert (refused.value.status, refused.value.code) == (422, 42210000)


def test_good_till_canceled_ends_after_ninety_days() -> None:
    desk = Desk()
    answer = desk.limit("50", time_in_force="gtc")
    assert answer["expires_at"] == "2026-10-04T16:00:00Z"
    desk.advance_to("2026-10-04T15:59:59")
    assert desk.order(answer["id"]).status == "new"
    desk.advance_to("2026-10-04T16:00:00")
    assert desk.order(answer["id"]).status == "canceled"


def test_a_notional_order_has_no_quantity_and_fills_to_nine_decimals() -> None:
    desk = Desk()
    desk.quote("KO", "86.87", "86.878")
    answer = desk.submit(symbol="KO", notional="5")
    assert (answer["qty"], answer["notional"]) == (None, "5")
    order = desk.order(answer["id"]).rest_json()
    assert (order["status"], order["qty"], order["filled_qty"]) == ("filled", None, "0.057551969")
    with pytest.raises(ApiError, match="cost basis must be >= minimal amount of order 1"):
        desk.submit(symbol="KO", notional="0.5")


def test_live_cancels_say_when_they_were_asked_for_and_paper_ones_do_not() -> None:
    for environment, asked in ((Environment.PAPER, False), (Environment.LIVE, True)):
        desk = Desk(environment=environment)
        desk.market.cancel(desk.limit("50")["id"])
        assert (desk.last("canceled")["order"]["cancel_requested_at"] is not None) is asked


def test_what_ended_can_not_be_canceled() -> None:
    desk = Desk()
    order_id = desk.submit()["id"]
    with pytest.raises(ApiError) as refused:
        desk.market.cancel(order_id)
    assert (refused.value.status, refused.value.code) == (422, 42210000)
    assert refused.value.body["message"] == 'order is already in "filled" state'


def test_a_held_cancel_stays_pending_and_a_late_fill_is_legal() -> None:
    desk = Desk()
    desk.quote("AAPL", "100", "101", size="4")
    order_id = desk.limit("101")["id"]
    desk.market.hold("cancel")
    desk.market.cancel(order_id)
    assert desk.order(order_id).status == "pending_cancel"
    with pytest.raises(ApiError):
        desk.market.cancel(order_id)

    desk.quote("AAPL", "100", "101", size="2")
    assert (desk.order(order_id).status, desk.order(order_id).filled) == ("pending_cancel", 6)
    desk.quote("AAPL", "100", "101", size="4")
    assert desk.market.release("cancel") == 1
    assert desk.told(order_id) == ["pending_new", "new", "partial_fill", "pending_cancel", "partial_fill", "fill"]


def test_a_cancel_can_be_rejected_and_the_order_goes_on() -> None:
    desk = Desk()
    order_id = desk.limit("50")["id"]
    desk.market.state.failing["cancel"] = 1
    desk.market.cancel(order_id)
    assert desk.told(order_id)[-1] == "order_cancel_rejected"
    assert desk.order(order_id).status == "new"
    desk.market.cancel(order_id)
    assert desk.order(order_id).status == "canceled"


def test_a_held_order_stays_pending_new_until_it_is_released() -> None:
    desk = Desk()
    desk.market.hold("new")
    order_id = desk.submit()["id"]
    assert (desk.order(order_id).status, desk.held("AAPL")) == ("pending_new", 0)
    with pytest.raises(ApiError, match="order isn't sent to exchange yet"):
        desk.replace(order_id, qty="11")
    desk.market.release("new")
    assert desk.order(order_id).status == "filled"


# --- replace ---


def test_a_replacement_is_another_order_and_the_old_one_says_so() -> None:
    desk = Desk()
    old = desk.limit("50", client_order_id="first")["id"]
    answer = desk.replace(old, limit_price="51", client_order_id="second")
    new = answer["id"]

    assert new != old
    assert (answer["replaces"], answer["client_order_id"], answer["limit_price"]) == (old, "second", "51")
    assert desk.told(old) == ["pending_new", "new", "replaced"]
    assert desk.told(new) == ["new"]
    replaced = desk.last("replaced")["order"]
    assert (replaced["id"], replaced["replaced_by"], replaced["status"]) == (old, new, "replaced")
    assert replaced["replaced_at"] is not None
    desk.quote("AAPL", "50", "51")
    assert (desk.order(new).status, desk.order(old).status) == ("filled", "replaced")


def test_a_replacement_of_a_partially_filled_order_carries_its_fills() -> None:
    desk = Desk()
    desk.quote("AAPL", "100", "101", size="4")
    old = desk.limit("101")["id"]
    new = desk.replace(old, qty="12")["id"]
    assert (desk.order(new).filled, desk.order(new).status) == (4, "partially_filled")
    desk.quote("AAPL", "100", "101", size="100")
    assert (desk.order(new).filled, desk.held("AAPL")) == (12, 12)
    assert desk.last("fill")["qty"] == "8"


def test_the_quirk_where_a_replacement_begins_anew_fills_its_whole_quantity() -> None:
    desk = Desk(replace_fills=ReplaceFills.RESTARTED)
    desk.quote("AAPL", "100", "101", size="4")
    old = desk.limit("101")["id"]
    new = desk.replace(old, limit_price="101.5")["id"]
    assert desk.order(new).filled == 0
    desk.quote("AAPL", "100", "101", size="100")
    assert (desk.order(new).filled, desk.order(new).status, desk.held("AAPL")) == (10, "filled", 14)


@pytest.mark.parametrize(
    ("body", "status", "code", "message"),
    [
        ({"limit_price": "50"}, 403, 40310000, "order parameters are not changed"),
        ({"qty": "0.5"}, 422, 40010001, "qty must be integer"),
        ({"limit_price": "50.123"}, 422, 42210000, "sub-penny increment"),
        ({"qty": "10000000"}, 403, 40310000, "insufficient buying power"),
        ({"stop_price": "40"}, 422, 42210000, "stop_price is not valid for limit orders"),
        ({"limit_price": "51", "client_order_id": "taken"}, 422, 40010001, "client_order_id must be unique"),
    ],
)
def test_a_replace_is_refused_whole(body: dict[str, str], status: int, code: int, message: str) -> None:
    desk = Desk()
    desk.submit(symbol="KO", client_order_id="taken")
    order_id = desk.limit("50")["id"]
    before = len(desk.events)
    with pytest.raises(ApiError, match=message) as refused:
        desk.replace(order_id, **body)
    assert (refused.value.status, refused.value.code) == (status, code)
    assert (desk.order(order_id).status, desk.order(order_id).replaced_by) == ("new", "")
    assert len(desk.events) == before
    desk.replace(order_id, limit_price="51")


def test_a_replace_that_was_answered_can_still_be_rejected_by_an_event() -> None:
    desk = Desk()
    old = desk.limit("50")["id"]
    desk.market.state.failing["replace"] = 1
    new = desk.replace(old, limit_price="51")["id"]
    assert desk.told(old)[-1] == "order_replace_rejected"
    assert (desk.order(old).status, desk.order(old).replaced_by) == ("new", "")
    assert desk.order(new).status == "rejected"


def test_the_old_order_can_fill_while_its_replace_is_pending() -> None:
    desk = Desk()
    old = desk.limit("100")["id"]
    desk.market.hold("replace")
    desk.replace(old, limit_price="99")
    assert desk.order(old).status == "pending_replace"
    desk.quote("AAPL", "99", "100")
    assert desk.order(old).status == "filled"
    desk.market.release("replace")
    assert desk.told(old) == ["pending_new", "new", "pending_replace", "fill", "order_replace_rejected"]


# --- what the broker does by itself ---


def test_a_bust_takes_position_and_cash_back() -> None:
    desk = Desk()
    desk.submit(qty="4")
    desk.submit(qty="6")
    execution = desk.market.state.executions[-1]
    cash = Decimal(desk.market.views.account()["cash"])
    desk.market.script.bust(execution.id)

    bust = desk.last("trade_bust")
    assert (bust["previous_execution_id"], bust["qty"], bust["position_qty"]) == (execution.id, "-6", "4")
    assert bust["execution_id"] != execution.id
    assert desk.held("AAPL") == 4
    assert Decimal(desk.market.views.account()["cash"]) == cash + 6 * Decimal("228.51")
    assert [a["qty"] for a in desk.market.activities.page(_all())] == ["4"]
    with pytest.raises(ApiError):
        desk.market.script.bust(execution.id)


def test_a_correction_replaces_quantity_and_price() -> None:
    desk = Desk()
    desk.submit(qty="10")
    execution = desk.market.state.executions[-1]
    cash = Decimal(desk.market.views.account()["cash"])
    desk.market.script.correct(execution.id, Decimal(8), Decimal("228.01"))
    body = desk.last("trade_correct")
    assert (body["qty"], body["price"], body["position_qty"]) == ("8", "228.01", "8")
    assert Decimal(desk.market.views.account()["cash"]) == cash + Decimal("2285.10") - 8 * Decimal("228.01")


@pytest.mark.parametrize("status", ["rejected", "expired", "canceled"])
def test_the_broker_ends_an_order_as_it_likes(status: str) -> None:
    desk = Desk()
    order_id = desk.limit("50")["id"]
    desk.market.script.finish(order_id, status, "because")
    assert desk.told(order_id)[-1] == status
    assert desk.last(status)["reason"] == "because"
    assert desk.order(order_id).terminal


def test_done_for_day_is_not_the_end() -> None:
    desk = Desk()
    order_id = desk.limit("50")["id"]
    desk.market.script.mark(order_id, "done_for_day")
    assert not desk.order(order_id).terminal
    desk.market.script.mark(order_id, "new")
    assert desk.told(order_id) == ["pending_new", "new", "done_for_day", "new"]
    desk.quote("AAPL", "49", "50")
    assert desk.order(order_id).status == "filled"


def _all():  # noqa: ANN202
    from brokerwire_sandbox.alpaca.activities import Query

    return Query()
