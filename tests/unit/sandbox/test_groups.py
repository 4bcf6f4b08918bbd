from __future__ import annotations

from typing import Any

import pytest

from brokerwire_sandbox.alpaca.order_paths import read_order_query, select
from tests.unit.sandbox.desk import Desk

EXITS = {"take_profit": {"limit_price": "250"}, "stop_loss": {"stop_price": "200", "limit_price": "199"}}


def bracket(desk: Desk, **body: Any) -> tuple[str, str, str]:
    answer = desk.submit(order_class="bracket", **{**EXITS, **body})
    profit, loss = answer["legs"]
    return answer["id"], profit["id"], loss["id"]


def test_the_legs_of_a_bracket_wait_until_the_entry_is_filled_whole() -> None:
    desk = Desk()
    desk.quote("AAPL", "220", "221", size="4")
    answer = desk.limit("221", order_class="bracket", **EXITS)
    profit, loss = answer["legs"]
    assert [leg["status"] for leg in answer["legs"]] == ["held", "held"]
    assert (profit["type"], profit["limit_price"], profit["side"]) == ("limit", "250", "sell")
    assert (loss["type"], loss["stop_price"], loss["limit_price"]) == ("stop_limit", "200", "199")
    assert {leg["order_class"] for leg in answer["legs"]} == {"bracket"}
    assert desk.order(profit["id"]).status == "held"

    desk.quote("AAPL", "220", "221", size="100")
    assert (desk.order(profit["id"]).status, desk.order(loss["id"]).status) == ("new", "held")
    assert desk.told(profit["id"]) == ["new"]
    assert desk.told(loss["id"]) == []


@pytest.mark.parametrize("silent", [True, False])
def test_a_filled_take_profit_cancels_the_stop_loss_with_or_without_an_event(silent: bool) -> None:
    desk = Desk(silent_leg_cancel=silent)
    _, profit, loss = bracket(desk)
    desk.quote("AAPL", "250", "251")
    assert (desk.order(profit).status, desk.order(loss).status) == ("filled", "canceled")
    assert desk.told(loss) == ([] if silent else ["canceled"])
    assert desk.held("AAPL") == 0


def test_a_triggered_stop_loss_cancels_the_take_profit() -> None:
    desk = Desk()
    _, profit, loss = bracket(desk)
    desk.quote("AAPL", "199.5", "199.6")
    assert desk.told(loss) == ["new", "fill"]
    assert desk.told(profit) == ["new", "canceled"]
    assert desk.held("AAPL") == 0


def test_a_partly_filled_take_profit_leaves_the_stop_loss_the_rest() -> None:
    desk = Desk()
    _, profit, loss = bracket(desk)
    desk.quote("AAPL", "250", "251", size="3")
    assert (desk.order(profit).filled, desk.order(loss).rest_json()["qty"]) == (3, "7")


def test_the_end_of_an_entry_is_the_end_of_its_legs() -> None:
    desk = Desk()
    answer = desk.limit("100", order_class="bracket", **EXITS)
    desk.market.cancel(answer["id"])
    assert {desk.order(leg["id"]).status for leg in answer["legs"]} == {"canceled"}


def test_an_oco_is_its_take_profit_with_the_stop_loss_as_leg() -> None:
    desk = Desk()
    desk.submit(qty="10")
    answer = desk.submit(order_class="oco", side="sell", type="limit", qty="10", **EXITS)
    (loss,) = answer["legs"]
    assert (answer["limit_price"], answer["order_class"], loss["status"]) == ("250", "oco", "held")
    assert desk.order(answer["id"]).status == "new"
    desk.market.cancel(answer["id"])
    assert desk.order(loss["id"]).status == "canceled"
    assert desk.told(loss["id"]) == ["canceled"], "only a filled take-profit is kept quiet about"


def test_a_one_triggers_other_has_one_leg_that_becomes_new() -> None:
    desk = Desk()
    answer = desk.submit(order_class="oto", stop_loss={"stop_price": "200"})
    (loss,) = answer["legs"]
    assert desk.told(loss["id"]) == ["new"]
    desk.quote("AAPL", "199", "200")
    assert desk.order(loss["id"]).status == "filled"


def test_a_leg_can_be_replaced_while_it_is_held() -> None:
    desk = Desk()
    answer = desk.limit("100", order_class="bracket", **EXITS)
    loss = answer["legs"][1]["id"]
    new = desk.replace(loss, stop_price="201")["id"]
    parent = desk.order(answer["id"]).rest_json()
    assert [leg["id"] for leg in parent["legs"]] == [answer["legs"][0]["id"], new]
    assert (desk.order(new).status, desk.order(loss).status) == ("held", "replaced")
    desk.quote("AAPL", "99", "100")
    desk.quote("AAPL", "200.5", "200.6")
    assert desk.order(new).status in ("new", "filled")


def test_a_working_stop_loss_can_be_replaced_and_still_protects() -> None:
    desk = Desk()
    _, profit, loss = bracket(desk)
    new = desk.replace(loss, stop_price="210", limit_price="209")["id"]
    assert (desk.order(new).status, desk.order(loss).status) == ("held", "replaced")
    desk.quote("AAPL", "209.5", "209.6")
    assert (desk.order(new).status, desk.order(profit).status) == ("filled", "canceled")


def listed(desk: Desk, **query: str) -> list[str]:
    return [record.id for record in select(desk.market, read_order_query(query))]


def test_held_legs_are_hidden_from_the_list_of_open_orders() -> None:
    desk = Desk()
    entry, profit, loss = bracket(desk)
    assert listed(desk, status="open") == [profit]
    assert set(listed(desk, status="all")) == {entry, profit, loss}
    assert listed(desk, status="all", nested="true") == [entry]
    assert [leg["id"] for leg in desk.order(entry).rest_json()["legs"]] == [profit, loss]


def test_the_list_pages_by_time_and_by_cursor() -> None:
    desk = Desk()
    ids = []
    for number in range(5):
        desk.clock.advance_to(desk.clock.now() + 1_000_000_000)
        ids.append(desk.limit("50", side="buy", client_order_id=str(number))["id"])
    assert listed(desk) == ids[::-1]
    assert listed(desk, direction="asc", limit="2") == ids[:2]
    assert listed(desk, direction="asc", after_order_id=ids[1], limit="2") == ids[2:4]
    assert listed(desk, before_order_id=ids[2]) == [ids[1], ids[0]]
    moment = desk.order(ids[2]).rest_json()["submitted_at"]
    assert listed(desk, direction="asc", after=moment) == ids[3:], "after is exclusive"
    assert listed(desk, direction="asc", until=moment) == ids[:2], "until is exclusive"
    assert listed(desk, symbols="MSFT") == []
    assert listed(desk, side="sell") == []
    assert listed(desk, asset_class="crypto") == []
    desk.market.cancel(ids[0])
    assert listed(desk, status="closed") == [ids[0]]


def test_cancel_all_takes_legs_without_a_live_parent_too() -> None:
    desk = Desk()
    _, profit, loss = bracket(desk)
    resting = desk.limit("50", symbol="KO")["id"]
    results = desk.market.cancel_all()
    assert {"id": resting, "status": 200} in results
    assert {desk.order(o).status for o in (profit, loss, resting)} == {"canceled"}
    assert all(set(item) == {"id", "status"} for item in results)


def test_close_all_answers_for_each_position_by_itself() -> None:
    desk = Desk()
    desk.submit(qty="10")
    desk.submit(symbol="BTC/USD", qty="0.5", time_in_force="gtc")
    desk.submit(symbol="KO", qty="5")
    desk.limit("300", symbol="KO", side="sell", qty="5")
    results = {item["symbol"]: item for item in desk.market.close_all(cancel_orders=False)}
    assert (results["AAPL"]["status"], results["KO"]["status"]) == (200, 403)
    assert results["KO"]["body"]["held_for_orders"] == "5"
    assert results["BTCUSD"]["body"]["symbol"] == "BTC/USD"
    assert [p["symbol"] for p in desk.market.views.positions()] == ["KO"]
