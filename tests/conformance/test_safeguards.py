"""The suite is worth its time: break one safeguard, and the named case fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.brokers.alpaca import AlpacaBroker, mapping
from brokerwire_server.brokers.alpaca.errors import ApiError
from brokerwire_server.brokers.alpaca.link import Link
from brokerwire_server.brokers.base import BrokerSnapshot, CommandError
from brokerwire_server.domain import reducer
from brokerwire_server.domain.accounts import AccountState
from brokerwire_server.domain.connections import LinkState
from brokerwire_server.domain.errors import BrokerwireError
from brokerwire_server.domain.fills import Amendments
from brokerwire_server.domain.orders import Order, OrderState
from brokerwire_server.domain.reports import StatusReport
from brokerwire_server.engine import desk, resolver
from brokerwire_server.engine.book import Book, Orders
from brokerwire_server.engine.commands import Commands
from brokerwire_server.engine.intake import Intake
from brokerwire_server.engine.outcome import Outcome, classify
from brokerwire_server.engine.reconciler import Reconciler
from brokerwire_server.store.base import StoreError
from brokerwire_server.store.sqlite import SqliteStore
from tests.conformance.cases import CASES
from tests.conformance.kit import world
from tests.conformance.kit.run import run
from tests.conformance.rigs import RIGS
from tests.conformance.rigs.paper import WatchedPaper

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from pathlib import Path

    from brokerwire_server.brokers.base import Reply
    from brokerwire_server.domain.reports import FillReport, OrderReport
    from brokerwire_server.engine.accounts import ManagedAccount

Patch = pytest.MonkeyPatch
ADAPTERS: dict[str, type[Any]] = {"paper": WatchedPaper, "alpaca": AlpacaBroker}


class Sabotage(Struct, frozen=True):
    """A safeguard that is broken, how, and the cases that must notice."""

    name: str
    broker: str
    cases: tuple[str, ...]
    act: Callable[[Patch, type[Any]], None]


def drop_the_sweep(patch: Patch, _: type[Any]) -> None:
    async def sweep(self: Reconciler, account: ManagedAccount) -> None:
        account.gap_from = 0

    patch.setattr(Reconciler, "sweep", sweep)


def retry_a_submission(patch: Patch, adapter: type[Any]) -> None:
    """What a client library does that retries a POST on a timeout."""
    once: Callable[..., Awaitable[Reply]] = adapter.submit

    async def submit(self: Any, orders: Sequence[Order]) -> Reply:
        try:
            return await once(self, orders)
        except CommandError as error:
            if not error.written:
                raise
            return await once(self, orders)

    patch.setattr(adapter, "submit", submit)


def trust_a_404(patch: Patch, adapter: type[Any]) -> None:
    look: Callable[..., Awaitable[Sequence[OrderReport] | None]] = adapter.find_order

    async def find_order(self: Any, order: Order) -> Sequence[OrderReport] | None:
        found = await look(self, order)
        if found is not None:
            return found
        gone = StatusReport(
            account_id=order.account_id,
            broker_client_order_id=order.broker_client_order_id,
            state=OrderState.REJECTED,
            message="not found",
        )
        return (gone,)

    patch.setattr(adapter, "find_order", find_order)


def take_doubt_for_refusal(patch: Patch, _: type[Any]) -> None:
    def confident(result: Any) -> Outcome:
        outcome = classify(result)
        return Outcome.NOT_SENT if outcome is Outcome.UNKNOWN else outcome

    patch.setattr(desk, "classify", confident)


def forget_which_fills_are_known(patch: Patch, _: type[Any]) -> None:
    patch.setattr(Book, "knows_fill", lambda *_: False)


def forget_which_ids_are_known(patch: Patch, _: type[Any]) -> None:
    async def find_earlier(*_: Any) -> None:
        return None

    patch.setattr(Commands, "find_earlier", find_earlier)


def match_events_by_the_brokers_id_only(patch: Patch, _: type[Any]) -> None:
    """An event that beats the answer carries an id that nobody has heard of yet."""
    whole = Orders.by_broker_ids
    stored = SqliteStore.find_broker_order
    patch.setattr(Orders, "by_broker_ids", lambda self, _, broker_id: whole(self, "", broker_id))
    patch.setattr(
        SqliteStore, "find_broker_order", lambda self, account, _, broker_id: stored(self, account, "", broker_id)
    )


def let_the_latest_status_win(patch: Patch, _: type[Any]) -> None:
    """Without the lattice, what comes last counts, though it may be the older news."""
    patch.setattr(reducer, "_standing", lambda *_: next(_COUNT))


_COUNT = iter(range(10**9))


def never_resolve_doubt(patch: Patch, _: type[Any]) -> None:
    patch.setattr(resolver.Resolver, "watch", lambda *_: None)


def ignore_new_terms(patch: Patch, _: type[Any]) -> None:
    patch.setattr(reducer, "_replaced", lambda *_: reducer.DUPLICATE)


def count_fills_without_journaling_the_order(patch: Patch, _: type[Any]) -> None:
    """Live state that the journal does not have is lost with the process."""
    stage = Book.stage_fill

    def stage_fill(self: Book, order: Order, *rest: Any) -> Order:
        after = stage(self, order, *rest)
        self.cash += 1
        return after

    patch.setattr(Book, "stage_fill", stage_fill)


def take_a_failed_query_for_an_empty_account(patch: Patch, adapter: type[Any]) -> None:
    whole: Callable[..., Awaitable[BrokerSnapshot]] = adapter.snapshot

    async def snapshot(self: Any, account_id: str, since: int) -> BrokerSnapshot:
        try:
            return await whole(self, account_id, since)
        except ApiError:
            state = AccountState(account=self._account, balances=self._balances)
            return BrokerSnapshot(orders=(), fills=(), positions=(), account=state, cash_complete=False)

    look: Callable[..., Awaitable[Sequence[OrderReport] | None]] = adapter.find_order

    async def find_order(self: Any, order: Order) -> Sequence[OrderReport] | None:
        try:
            return await look(self, order)
        except ApiError:
            return None

    patch.setattr(adapter, "snapshot", snapshot)
    patch.setattr(adapter, "find_order", find_order)


def drop_what_comes_after_the_end(patch: Patch, _: type[Any]) -> None:
    fill = Intake._fill

    def only_while_open(self: Intake, account: ManagedAccount, order: Order, report: FillReport) -> Order | None:
        return order if order.terminal else fill(self, account, order, report)

    patch.setattr(Intake, "_fill", only_while_open)


def adopt_nothing(patch: Patch, _: type[Any]) -> None:
    async def unmatched(self: Intake, account: ManagedAccount, report: OrderReport) -> None:
        if not isinstance(report, StatusReport):
            await find(self, account, report)

    find = Intake._unmatched
    patch.setattr(Intake, "_unmatched", unmatched)


def let_busts_be(patch: Patch, _: type[Any]) -> None:
    patch.setattr(Amendments, "latest", lambda *_: None)


def open_without_what_was_held(patch: Patch, _: type[Any]) -> None:
    patch.setattr(Reconciler, "_open_positions", lambda *_: None)


def take_an_unknown_status_for_an_end(patch: Patch, _: type[Any]) -> None:
    patch.setattr(mapping, "UNKNOWN_STATE", OrderState.CANCELED)


def take_a_cancel_for_done(patch: Patch, adapter: type[Any]) -> None:
    """What a client does that takes the 204 for the end."""
    ask: Callable[..., Awaitable[Reply]] = adapter.cancel

    async def cancel(self: Any, order: Order, action_id: str) -> Reply:
        reply = await ask(self, order, action_id)
        ended = StatusReport(
            account_id=order.account_id,
            broker_client_order_id=order.broker_client_order_id,
            state=OrderState.CANCELED,
            time=order.update_time,
        )
        return replace(reply, reports=(*reply.reports, ended))

    patch.setattr(adapter, "cancel", cancel)


def give_up_on_refused_keys(patch: Patch, _: type[Any]) -> None:
    async def denied(self: Link, words: str) -> None:
        self._health.set(LinkState.AUTH_REQUIRED, words)
        await asyncio.Event().wait()

    patch.setattr(Link, "_denied", denied)


SABOTAGES = [
    Sabotage("no sweep", "paper", ("DRP-02", "DRP-03", "DRP-08", "LNK-02"), drop_the_sweep),
    Sabotage("a submission is retried", "paper", ("SUB-03", "SUB-06"), retry_a_submission),
    Sabotage("a 404 is proof", "paper", ("SUB-06",), trust_a_404),
    Sabotage("no answer is a refusal", "paper", ("SUB-03",), take_doubt_for_refusal),
    Sabotage("a fill counts each time", "paper", ("EVT-05", "EVT-07"), forget_which_fills_are_known),
    Sabotage("an id can be used again", "paper", ("SUB-09", "RST-08"), forget_which_ids_are_known),
    Sabotage("events wait for the answer", "paper", ("EVT-01",), match_events_by_the_brokers_id_only),
    Sabotage("the last word wins", "paper", ("EVT-06",), let_the_latest_status_win),
    Sabotage("doubt is left alone", "paper", ("SUB-20",), never_resolve_doubt),
    Sabotage("new terms are ignored", "paper", ("RPL-01", "RPL-09"), ignore_new_terms),
    Sabotage("state that is not journaled", "paper", ("FIL-01",), count_fills_without_journaling_the_order),
    Sabotage("no sweep", "alpaca", ("DRP-03", "LNK-02", "RST-06"), drop_the_sweep),
    Sabotage("a submission is retried", "alpaca", ("SUB-04", "SUB-05", "WIR-06"), retry_a_submission),
    Sabotage("a 404 is proof", "alpaca", ("SUB-13",), trust_a_404),
    Sabotage("a fill counts each time", "alpaca", ("RST-10",), forget_which_fills_are_known),
    Sabotage("late fills are dropped", "alpaca", ("FIL-07", "FIL-08"), drop_what_comes_after_the_end),
    Sabotage("nothing is adopted", "alpaca", ("EXT-01", "EXT-05"), adopt_nothing),
    Sabotage("a bust changes nothing", "alpaca", ("FIL-02", "FIL-03"), let_busts_be),
    Sabotage("an account opens empty", "alpaca", ("EXT-07",), open_without_what_was_held),
    Sabotage("an unknown status is an end", "alpaca", ("WIR-01",), take_an_unknown_status_for_an_end),
    Sabotage("a cancel that was taken is done", "alpaca", ("CXL-02", "CXL-04"), take_a_cancel_for_done),
    Sabotage("a failed query is an empty account", "alpaca", ("WIR-08",), take_a_failed_query_for_an_empty_account),
    Sabotage("refused keys are the end", "alpaca", ("KEY-02", "KEY-04"), give_up_on_refused_keys),
]
BY_ID = {one.id: one for one in CASES}
MATRIX = [
    pytest.param(one, case_id, id=f"{one.name}: {case_id}[{one.broker}]") for one in SABOTAGES for case_id in one.cases
]


@pytest.mark.parametrize(("sabotage", "case_id"), MATRIX)
async def test_a_broken_safeguard_makes_the_named_case_fail(
    sabotage: Sabotage, case_id: str, tmp_path: Path, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(world, "PATIENCE", 1.5)
    sabotage.act(monkeypatch, ADAPTERS[sabotage.broker])
    with pytest.raises((AssertionError, BrokerwireError, StoreError)):
        await run(BY_ID[case_id], RIGS[sabotage.broker](), tmp_path)
