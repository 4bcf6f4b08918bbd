"""Lists: every row exactly once, newest first, whatever arrives meanwhile."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import pytest

from brokerwire_server.domain.accounts import ActivityType
from brokerwire_server.domain.errors import InvalidRequestError
from brokerwire_server.domain.events import CashMoved
from brokerwire_server.domain.orders import Order, OrderState
from brokerwire_server.store.base import FillFilter, OrderFilter
from brokerwire_server.store.sqlite import SqliteStore
from tests.unit.store.builders import SECOND, Chain, activity, changed, fill, filled, order, with_state

T = TypeVar("T")
Fetch = Callable[[str], Awaitable[tuple[Sequence[T], str]]]

ACCOUNTS = ("acc-1", "acc-2", "acc-3")


async def fill_store(store: SqliteStore) -> dict[str, Chain]:
    """Three accounts with 30 orders each: every third filled, two symbols, four orders created at each moment."""
    chains = {account_id: Chain(account_id) for account_id in ACCOUNTS}
    for account_id, chain in chains.items():
        await store.append(chain.first)
        for number in range(30):
            one = made(number, account_id)
            await store.append(chain.add(changed(one)))
            if number % 3 == 0:
                execution = fill(one, number, execution_time=one.create_time)
                await store.append(chain.add(filled(with_state(one, OrderState.FILLED), execution, 10)))
    return chains


def made(number: int, account_id: str) -> Order:
    symbol = "AAPL" if number % 2 else "MSFT"
    return order(number, account_id, symbol=symbol, create_time=(number // 4 + 1) * SECOND)


async def collect(fetch: Fetch[T], limit: int, between: Callable[[], Awaitable[object]] | None = None) -> list[T]:
    rows: list[T] = []
    cursor = ""
    while True:
        page, cursor = await fetch(cursor)
        rows += page
        if not cursor:
            return rows
        assert len(page) == limit
        if between is not None:
            await between()


@pytest.mark.parametrize("limit", [1, 4, 7, 89, 90, 91])
@pytest.mark.parametrize("account_ids", [(), ("acc-2",), ACCOUNTS[:2]])
async def test_orders_are_listed_once_newest_first(
    store: SqliteStore, limit: int, account_ids: tuple[str, ...]
) -> None:
    await fill_store(store)
    where = OrderFilter(account_ids=account_ids)
    rows = await collect(lambda cursor: store.list_orders(where, cursor, limit), limit)
    keys = [(row.create_time, row.account_id, row.order_id) for row in rows]
    assert keys == sorted(keys, reverse=True)
    assert len(set(keys)) == len(keys) == 30 * len(account_ids or ACCOUNTS)


async def test_rows_that_arrive_between_pages_shift_nothing(store: SqliteStore) -> None:
    chains = await fill_store(store)
    newest = 100

    async def between() -> None:
        nonlocal newest
        newest += 1
        chain = chains["acc-1"]
        one = order(newest)
        # A new order, one that changes, and a fill that comes late.
        late = fill(one, newest, execution_time=1)
        ended = with_state(made(1, "acc-1"), OrderState.CANCELED)
        await store.append(chain.add(changed(one), changed(ended), filled(one, late, 10)))

    before = {(row.account_id, row.order_id) for row in (await store.list_orders(OrderFilter(), "", 500))[0]}
    rows = await collect(lambda cursor: store.list_orders(OrderFilter(), cursor, 7), 7, between)
    keys = [(row.account_id, row.order_id) for row in rows]
    assert set(keys) == before
    assert len(keys) == len(before) == 90

    executions = [row.fill_id for row in (await store.list_fills(FillFilter(), "", 500))[0]]
    fills = await collect(lambda cursor: store.list_fills(FillFilter(), cursor, 5), 5, between)
    found = [row.fill_id for row in fills]
    assert len(found) == len(set(found))
    assert set(executions) <= set(found)


FILTERS: list[tuple[OrderFilter, Callable[[int], bool]]] = [
    (OrderFilter(open_only=True), lambda n: n % 3 != 0),
    (OrderFilter(states=(OrderState.FILLED,)), lambda n: n % 3 == 0),
    (OrderFilter(states=(OrderState.PENDING_SUBMIT, OrderState.WORKING)), lambda n: n % 3 != 0),
    (OrderFilter(states=(OrderState.FILLED, OrderState.PENDING_SUBMIT)), lambda n: True),
    (OrderFilter(states=(OrderState.FILLED,), open_only=True), lambda n: False),
    (OrderFilter(symbols=("AAPL",)), lambda n: n % 2 == 1),
    (OrderFilter(symbols=("AAPL", "TSLA"), open_only=True), lambda n: n % 2 == 1 and n % 3 != 0),
    (OrderFilter(client_order_id="client-7"), lambda n: n == 7),
    (OrderFilter(parent_order_id="nobody"), lambda n: False),
    (OrderFilter(created_from=3 * SECOND), lambda n: n // 4 + 1 >= 3),
    (OrderFilter(created_before=3 * SECOND), lambda n: n // 4 + 1 < 3),
    (OrderFilter(created_from=3 * SECOND, created_before=5 * SECOND), lambda n: 3 <= n // 4 + 1 < 5),
]


@pytest.mark.parametrize(("where", "wanted"), FILTERS)
async def test_filters_of_orders(store: SqliteStore, where: OrderFilter, wanted: Callable[[int], bool]) -> None:
    await fill_store(store)
    rows = await collect(lambda cursor: store.list_orders(where, cursor, 4), 4)
    expected = {(a, made(n, a).order_id) for a in ACCOUNTS for n in range(30) if wanted(n)}
    assert {(row.account_id, row.order_id) for row in rows} == expected
    assert len(rows) == len(expected)


async def test_filters_of_fills(store: SqliteStore) -> None:
    await fill_store(store)
    cases = [
        (FillFilter(), 30),
        (FillFilter(account_ids=("acc-3",)), 10),
        (FillFilter(symbols=("MSFT",)), 15),
        (FillFilter(order_id=made(3, "acc-1").order_id), 1),
        (FillFilter(executed_from=7 * SECOND), 6),
        (FillFilter(executed_before=2 * SECOND, account_ids=("acc-1",)), 2),
    ]
    for where, count in cases:
        rows = await collect(lambda cursor, where=where: store.list_fills(where, cursor, 2), 2)  # type: ignore[misc]
        assert len({row.fill_id for row in rows}) == len(rows) == count, where


async def test_activities_are_cash_and_fills_in_one_list(store: SqliteStore) -> None:
    chains = await fill_store(store)
    await store.append(chains["acc-1"].add(*(CashMoved(activity=activity(n)) for n in range(1, 6))))
    reset = activity(6, kind=ActivityType.RESET)
    await store.append(chains["acc-1"].add(CashMoved(activity=reset)))

    every = await collect(lambda cursor: store.list_activities((), (), cursor, 4), 4)
    assert len({row.activity_id for row in every}) == len(every) == 36
    assert [row.time for row in every] == sorted((row.time for row in every), reverse=True)
    deposits, _ = await store.list_activities((), ("DEPOSIT",), "", 50)
    assert [row.activity_id for row in deposits] == ["act-5", "act-4", "act-3", "act-2", "act-1"]
    assert (await store.list_activities((), ("RESET",), "", 50))[0] == [reset]
    fills, _ = await store.list_activities(("acc-2",), ("FILL",), "", 50)
    assert len(fills) == 10
    assert fills[0].type is ActivityType.FILL
    assert str(fills[0].amount) == "-1872.0"
    both, _ = await store.list_activities(("acc-1",), ("FILL", "RESET"), "", 50)
    assert len(both) == 11


async def test_an_empty_store_has_empty_pages(store: SqliteStore) -> None:
    assert await store.list_orders(OrderFilter(), "", 10) == ([], "")
    assert await store.list_fills(FillFilter(account_ids=("nobody",)), "", 10) == ([], "")
    assert await store.list_activities((), (), "", 10) == ([], "")


async def test_hundreds_of_accounts_fit_into_one_list(store: SqliteStore) -> None:
    for number in range(250):
        chain = Chain(f"many-{number}")
        store.append(chain.first)
        await store.append(chain.add(changed(order(number, chain.account_id))))
    rows = await collect(lambda cursor: store.list_orders(OrderFilter(), cursor, 60), 60)
    assert [row.create_time // SECOND for row in rows] == list(range(249, -1, -1))


@pytest.mark.parametrize("cursor", ["x", "é", "AAAA", "!!!!", "bnVsbA", "W10"])
async def test_a_foreign_cursor_is_refused(store: SqliteStore, cursor: str) -> None:
    await store.append(Chain().first)
    with pytest.raises(InvalidRequestError) as caught:
        await store.list_orders(OrderFilter(), cursor, 10)
    assert caught.value.reason == "INVALID_PAGE_TOKEN"
