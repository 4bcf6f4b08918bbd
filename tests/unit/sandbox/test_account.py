"""Activities, portfolio history, lags, keys and limits, ids."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from brokerwire_sandbox.alpaca.access import Access, RateLimit
from brokerwire_sandbox.alpaca.activities import read_query
from brokerwire_sandbox.alpaca.errors import ApiError
from brokerwire_sandbox.alpaca.faults import Dice, FaultPlan, FaultRule, Kind, Target, targets_of
from brokerwire_sandbox.alpaca.formats import activity_prefix, parse_time, rfc3339
from brokerwire_sandbox.alpaca.views import history_json, read_history
from tests.unit.sandbox.desk import Desk, at

SECOND = 1_000_000_000


def page(desk: Desk, **query: str) -> list[str]:
    kinds = [query.pop("kind")] if "kind" in query else []
    return [entry["id"] for entry in desk.market.activities.page(read_query(kinds, query))]


def test_an_activity_s_id_begins_with_new_york_s_time() -> None:
    assert activity_prefix(at("2026-07-06T16:00:00") + 123_456_789) == "20260706120000123"
    assert activity_prefix(at("2026-12-07T16:00:00")) == "20261207110000000"
    desk = Desk()
    desk.submit()
    assert re.fullmatch(r"20260706120000\d{3}::[0-9a-f-]{36}", page(desk)[0])


@pytest.mark.parametrize("same", [True, False])
def test_whether_an_activity_carries_the_execution_s_id_is_a_switch(same: bool) -> None:
    desk = Desk(activity_uuid_is_execution=same)
    desk.submit()
    uuid = page(desk)[0].partition("::")[2]
    assert (uuid == desk.last("fill")["execution_id"]) is same


def test_activities_page_by_the_last_id_in_either_direction() -> None:
    desk = Desk()
    for _ in range(5):
        desk.clock.advance_to(desk.clock.now() + 60 * SECOND)
        desk.submit(qty="1")
    newest = page(desk)
    assert page(desk, direction="asc") == newest[::-1]
    assert page(desk, page_size="2") == newest[:2]
    assert page(desk, page_size="2", page_token=newest[1]) == newest[2:4]
    assert page(desk, page_size="2", page_token=newest[3], direction="asc") == [newest[2], newest[1]]
    order_id = desk.market.orders()[0].id
    assert page(desk, order_id=order_id) == [newest[-1]]
    assert page(desk, after=rfc3339(desk.market.state.executions[2].time)) == newest[:2]
    assert page(desk, date="2026-07-06") == newest
    assert page(desk, kind="DIV") == []
    with pytest.raises(ApiError, match="page_size"):
        page(desk, page_size="101")
    with pytest.raises(ApiError, match="page_token"):
        page(desk, page_token="never")


def test_money_that_moves_without_a_trade_is_an_activity_and_moves_cash() -> None:
    desk = Desk()
    entry = desk.market.activities.add("DIV", amount=Decimal("1.02"), symbol="T", quantity=Decimal(2))
    assert (entry["per_share_amount"], entry["net_amount"], entry["activity_type"]) == ("0.51", "1.02", "DIV")
    assert desk.market.views.account()["cash"] == "100001.02"
    assert page(desk, kind="DIV") == [entry["id"]]
    assert desk.told() == ["DIV"], "for the activities stream; the trading stream leaves it out"


def test_the_portfolio_history_has_a_value_per_step() -> None:
    desk = Desk()
    desk.submit(qty="100")
    desk.quote("AAPL", "238.50", "238.52")
    desk.advance_to("2026-07-06T17:00:00")
    desk.market.activities.add("CSD", amount=Decimal(500))
    desk.advance_to("2026-07-06T18:00:00")
    shown = history_json(
        desk.market.views,
        read_history(desk.clock.now(), {"period": "1D", "timeframe": "1H"}),
        [(e.kind, e.time, e.amount) for e in desk.market.activities.cash_flows()],
    )
    assert shown["timeframe"] == "1H"
    assert [t - shown["timestamp"][0] for t in shown["timestamp"]] == [0, 3600, 7200]
    assert shown["equity"] == [100_000.0, 101_000.0, 101_500.0]
    assert shown["profit_loss"] == [0.0, 1000.0, 1500.0]
    assert shown["cashflow"] == {"CSD": [0.0, 500.0, 0.0]}


def test_positions_and_activities_can_lag_behind_the_orders() -> None:
    desk = Desk(position_lag=5.0, activity_lag=3.0)
    order_id = desk.submit()["id"]
    assert desk.order(order_id).status == "filled"
    assert (desk.market.views.positions(), page(desk)) == ([], [])
    desk.clock.advance_to(desk.clock.now() + 4 * SECOND)
    assert (len(desk.market.views.positions()), len(page(desk))) == (0, 1)
    desk.clock.advance_to(desk.clock.now() + 2 * SECOND)
    assert len(desk.market.views.positions()) == 1


def test_the_same_seed_makes_the_same_ids_and_another_one_others() -> None:
    ids = []
    for seed in (1, 1, 2):
        desk = Desk(seed=seed)
        ids.append(desk.submit()["id"])
    assert ids[0] == ids[1] != ids[2]


def test_keys_are_admitted_in_three_forms_and_revoked_in_all() -> None:
    access = Access("PK1", "s3", seed=0)
    forms = [
        {"APCA-API-KEY-ID": "PK1", "APCA-API-SECRET-KEY": "s3"},
        {"Authorization": "Bearer s3"},
        {"Authorization": "Basic UEsxOnMz"},
    ]
    assert all(access.admits(form) for form in forms)
    wrong = [{}, {"APCA-API-KEY-ID": "PK1"}, {"Authorization": "Basic !"}, {"Authorization": "Bearer x"}]
    assert not any(access.admits(form) for form in wrong)
    access.revoked = True
    assert not any(access.admits(form) for form in forms)
    access.revoked = False
    key, secret = access.rotate()
    assert key.startswith("PK")
    assert access.check(key, secret)
    assert not access.admits(forms[0])


def test_the_limit_counts_by_the_minute_and_says_so() -> None:
    limit = RateLimit(2)
    start = 1_000 * SECOND
    assert [limit.take(start)[0] for _ in range(3)] == [True, True, False]
    _, headers = limit.take(start)
    assert headers == {"X-Ratelimit-Limit": "2", "X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": "1060"}
    assert limit.take(start + 60 * SECOND)[0]
    assert all(RateLimit(0).take(start)[0] for _ in range(1000))


def test_the_dice_are_the_same_for_the_same_seed() -> None:
    rule = FaultRule(target=Target.POST_ORDERS, kind=Kind.ANSWER_504, probability=Decimal("0.3"), count=20, after=5)

    def struck(seed: int) -> list[bool]:
        dice = Dice(FaultPlan(rules=(rule,), seed=seed))
        return [dice.roll((Target.POST_ORDERS, Target.ANY)) is not None for _ in range(200)]

    first = struck(1)
    assert first == struck(1) != struck(2)
    assert sum(first) == 20
    assert not any(first[:5])


def test_a_rule_can_name_events_and_orders() -> None:
    plan = FaultPlan(
        rules=(
            FaultRule(target=Target.STREAM, kind=Kind.DROP, events=("fill",)),
            FaultRule(target=Target.ANY, kind=Kind.REQUEST_500, client_order_id="it"),
        )
    )
    dice = Dice(plan)
    assert dice.roll((Target.STREAM,), event="new") is None
    assert dice.roll((Target.STREAM,), event="fill") is not None
    assert dice.roll((Target.ANY,), client_order_id="other") is None
    assert dice.roll((Target.ANY,), client_order_id="it") is not None
    assert [(c.matched, c.struck) for c in dice.counts()] == [(1, 1), (1, 1)]


@pytest.mark.parametrize(
    ("method", "path", "target"),
    [
        ("POST", "/v2/orders", Target.POST_ORDERS),
        ("PATCH", "/v2/orders/1", Target.PATCH_ORDERS),
        ("DELETE", "/v2/orders/1", Target.DELETE_ORDERS),
        ("GET", "/v2/orders", Target.GET_ORDERS),
        ("GET", "/v2/orders/1", Target.GET_ORDER),
        ("GET", "/v2/orders:by_client_order_id", Target.GET_BY_CLIENT_ID),
        ("GET", "/v2/account/activities/FILL", Target.GET_ACTIVITIES),
        ("GET", "/v2/account", Target.GET_ACCOUNT),
        ("GET", "/v2/positions/AAPL", Target.GET_POSITIONS),
        ("DELETE", "/v2/positions", Target.DELETE_POSITIONS),
        ("GET", "/v2/stocks/quotes/latest", Target.DATA),
        ("GET", "/v1beta3/crypto/us/bars", Target.DATA),
    ],
)
def test_a_request_counts_as_what_it_is_and_as_any(method: str, path: str, target: Target) -> None:
    found = targets_of(method, path)
    assert found[0] is target
    assert Target.ANY in found
    assert (Target.GET in found) is (method == "GET")


@pytest.mark.parametrize(
    "text", ["2026-07-06T16:00:00.123456789Z", "2026-07-06T12:00:00.123456789-04:00", "2026-07-06 16:00:00.123456789"]
)
def test_times_are_read_to_the_nanosecond(text: str) -> None:
    assert parse_time(text.replace(" ", "T")) == at("2026-07-06T16:00:00") + 123_456_789
