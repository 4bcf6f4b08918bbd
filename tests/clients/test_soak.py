"""Strategies in all languages at once, against one gateway, while connections are cut: none lost, none twice."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.languages import LANGUAGES, Language, in_ci
from tests.clients.matching import differences
from tests.clients.stage import Gateway, Stage
from tests.clients.trader import Trader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

Answer = dict[str, Any]

ORDERS = 10_000
"""Of all languages together."""

SYMBOLS = ("AAPL", "AMZN", "GOOGL", "META", "MSFT", "NVDA", "TSLA", "SPY", "QQQ", "AMD")
ORDER = (
    *(
        "order_id",
        "client_order_id",
        "account_id",
        "version",
        "sequence",
        "state",
        "terminal",
        "symbol",
        "side",
        "type",
    ),
    *("quantity", "filled_quantity", "remaining_quantity", "average_fill_price", "limit_price"),
)
FILL = ("fill_id", "order_id", "quantity", "price", "kind")
POSITION = ("account_id", "symbol", "side", "quantity", "average_cost")


@pytest.mark.slow
@pytest.mark.serial
@pytest.mark.timeout(420)
def test_all_clients_end_with_the_gateways_book(built: Callable[[Language], None], tmp_path: Path) -> None:
    languages = list(present(built))
    with ExitStack() as stack:
        gateway = stack.enter_context(Gateway(tmp_path))
        traders = []
        for language, symbol in zip(languages, SYMBOLS, strict=False):
            (folder := tmp_path / language.name).mkdir()
            stage = stack.enter_context(Stage(gateway, language, f"soak-{language.name}", folder, {}))
            traders.append((stage, Trader(stage, symbol, ORDERS // len(languages))))
        with ThreadPoolExecutor(len(traders)) as pool:
            failed = [error for error in pool.map(play, *zip(*traders, strict=True)) if error]
    if failed:
        raise ExceptionGroup("not all clients have the gateway's book", failed)


def present(built: Callable[[Language], None]) -> Iterable[Language]:
    """Give the languages that can be built here, and name the others; in CI there are none."""
    for language in LANGUAGES.values():
        if (missing := language.missing()) and not in_ci():
            print(f"soak without {language.title}: {', '.join(missing)} not found", file=sys.stderr)  # noqa: T201
        else:
            built(language)
            yield language


def play(stage: Stage, trader: Trader) -> AssertionError | None:
    """Trade, compare, and give what is wrong."""
    try:
        trader.trade()
        compare_orders(stage, trader)
        compare_fills(stage, trader)
        compare_positions(stage, trader)
        assert stage.proxy.cuts >= trader.wanted // 50, "too few cuts to prove anything"
        assert {"session_submit", "submit"} <= trader.lost.keys()
        assert min(trader.done["replace"], trader.done["cancel"]) >= trader.wanted // 50
        told = events(trader, "orders")
        assert [event for event in told if event.get("fill") and event["order"]["state"] == "partially_filled"]
    except AssertionError as error:
        error.add_note(f"{stage.account}; lost calls: {dict(trader.lost)}; the driver's log:\n{stage.driver.log}")
        return error
    return None


def events(trader: Trader, stream: str) -> list[Answer]:
    return [item for item in trader.items[stream] if item["kind"] == "event"]


def compare_orders(stage: Stage, trader: Trader) -> None:
    """Each event once and in order; each order once; and the last state told of each is what the gateway has."""
    assert not [item for item in trader.items["orders"] if item["kind"] == "reset"]
    told = events(trader, "orders")
    assert [event["sequence"] for event in told] == list(stage.order_events())
    orders = list(stage.operator.orders(page_size=1000))
    assert sorted(order.client_order_id for order in orders) == sorted(trader.placed)
    same(ORDER, "order_id", orders, {event["order"]["order_id"]: event["order"] for event in told}.values())
    same(ORDER, "order_id", orders, trader.insist("list_orders", page_size=1000)["orders"])


def compare_fills(stage: Stage, trader: Trader) -> None:
    told = [event["fill"] for event in events(trader, "orders") if event.get("fill")]
    assert len({fill["fill_id"] for fill in told}) == len(told), "a fill was told twice"
    same(FILL, "fill_id", list(stage.operator.fills(page_size=1000)), told)


def compare_positions(stage: Stage, trader: Trader) -> None:
    assert not [item for item in trader.items["positions"] if item["kind"] == "reset"]
    told = {event["position"]["symbol"]: event["position"] for event in events(trader, "positions")}
    open_ = [position for position in told.values() if not position["closed"]]
    positions = list(stage.operator.positions())
    assert positions
    same(POSITION, "symbol", positions, open_)
    same(POSITION, "symbol", positions, trader.insist("list_positions")["positions"])


def same(names: Iterable[str], key: str, records: Iterable[Any], told: Iterable[Answer]) -> None:
    """Hold the gateway's records against what a client told of them."""
    expected = {getattr(record, key): {name: plain(getattr(record, name)) for name in names} for record in records}
    got = {one[key]: one for one in told}
    assert expected.keys() == got.keys()
    assert not (wrong := list(differences(expected, got))), wrong[:20]


def plain(value: Any) -> Any:
    """Write a value as drivers do."""
    return value if value is None or isinstance(value, bool | int) else str(value)
