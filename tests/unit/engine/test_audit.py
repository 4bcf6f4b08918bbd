"""The gateway's own journal, and the audit records in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brokerwire_server.domain.access import Principal, Role
from brokerwire_server.domain.errors import NotFoundError
from brokerwire_server.domain.events import GATEWAY, AuditOutcome, AuditRecorded, Event, EventType
from brokerwire_server.engine.acting import acting_as
from brokerwire_server.engine.audit import MAX_KINDS, MAX_TEXT, WINDOW, Audit
from brokerwire_server.engine.streams import Batch, StreamRequest
from tests.unit.engine.conftest import crash, start_gateway

if TYPE_CHECKING:
    from pathlib import Path

    from brokerwire_server.engine.gateway import Gateway

ANNA = Principal(name="anna", roles=frozenset({Role.TRADE}))
NANOS = 1_000_000_000


async def records(gateway: Gateway, account_id: str = GATEWAY) -> list[AuditRecorded]:
    await gateway.accounts.journal(account_id).book.durable()
    events = await gateway.store.read(account_id, 0, 10_000)
    return [event.payload for event in events if isinstance(event.payload, AuditRecorded)]


class Clock:
    """A clock that is put forward by hand."""

    def __init__(self, audit: Audit) -> None:
        self.time = 1_700_000_000 * NANOS
        audit._own.now = lambda: self.time

    def forward(self, seconds: float) -> None:
        self.time += int(seconds * NANOS)


async def test_start_and_stop_are_in_the_gateways_journal_and_a_crash_is_not(database: Path) -> None:
    first = await start_gateway(database)
    await first.stop()
    second = await start_gateway(database)
    assert [record.action for record in await records(second)] == ["gateway.start", "gateway.stop", "gateway.start"]
    await crash(second)
    third = await start_gateway(database)
    assert [record.action for record in await records(third)][2:] == ["gateway.start", "gateway.start"]
    assert (await third.store.verify(GATEWAY)).ok
    await third.stop()


async def test_the_gateways_journal_is_no_account(gateway: Gateway) -> None:
    assert GATEWAY not in {account.account_id for account in gateway.accounts}
    assert GATEWAY not in {account.account_id for account in gateway.accounts.select([])}
    assert GATEWAY not in {account.account_id for account in gateway.active_accounts}
    with pytest.raises(NotFoundError):
        gateway.accounts.get(GATEWAY)
    with pytest.raises(NotFoundError):
        gateway.accounts.tradable(GATEWAY)
    assert GATEWAY not in {head.account.account_id for head in await gateway.store.heads()}


async def test_what_concerns_an_account_is_in_its_journal_under_the_name_of_who_asked(gateway: Gateway) -> None:
    account_id = gateway.active_accounts[0].account_id
    with acting_as(ANNA):
        gateway.audit.record("policy.update", account_id=account_id, target="limits", details={"version": "2"})
    (record,) = await records(gateway, account_id)
    assert record == AuditRecorded(
        principal="anna",
        action="policy.update",
        outcome=AuditOutcome.DONE,
        target="limits",
        details={"version": "2"},
    )


async def test_what_concerns_an_unknown_account_is_in_the_gateways_journal(gateway: Gateway) -> None:
    gateway.audit.record("orders.submit", outcome=AuditOutcome.REFUSED, account_id="nobody", reason="ACCOUNT_NOT_FOUND")
    assert (await records(gateway))[-1].reason == "ACCOUNT_NOT_FOUND"


async def test_repeated_refusals_are_one_record_and_one_with_their_number(gateway: Gateway) -> None:
    clock = Clock(gateway.audit)
    before = len(await records(gateway))
    with acting_as(ANNA):
        for number in range(5_000):
            gateway.audit.record("submit", outcome=AuditOutcome.REFUSED, reason="HALTED", target=f"order-{number}")
            clock.forward(0.001)
    gateway.audit.settle()
    assert len(await records(gateway)) == before + 1
    clock.forward(WINDOW)
    gateway.audit.settle()
    first, rest = (await records(gateway))[before:]
    assert first.target == "order-0"
    assert rest.target == "order-4999"
    assert rest.details == {
        "repeats": "4999",
        "first_time": "2023-11-14T22:13:20.000Z",
        "last_time": "2023-11-14T22:13:24.999Z",
    }


async def test_refusals_for_another_reason_or_of_another_principal_are_recorded_at_once(gateway: Gateway) -> None:
    before = len(await records(gateway))
    for name in ("anna", "bert"):
        with acting_as(Principal(name=name, roles=frozenset())):
            for reason in ("HALTED", "DENIED"):
                gateway.audit.record("submit", outcome=AuditOutcome.REFUSED, reason=reason)
    assert len(await records(gateway)) == before + 4


async def test_after_its_window_a_refusal_is_recorded_anew(gateway: Gateway) -> None:
    clock = Clock(gateway.audit)
    before = len(await records(gateway))
    for _ in range(3):
        gateway.audit.record("submit", outcome=AuditOutcome.REFUSED)
        gateway.audit.record("submit", outcome=AuditOutcome.REFUSED)
        clock.forward(WINDOW + 1)
    found = (await records(gateway))[before:]
    assert [record.details.get("repeats", "") for record in found] == ["", "1", "", "1", ""]


async def test_kinds_of_refusals_without_end_are_counted_together(gateway: Gateway) -> None:
    before = len(await records(gateway))
    for number in range(3 * MAX_KINDS):
        gateway.audit.record(f"action-{number}", outcome=AuditOutcome.REFUSED)
    found = (await records(gateway))[before:]
    assert len(found) == MAX_KINDS + 1
    assert found[-1].action == "*"


async def test_a_record_is_bounded_whatever_it_is_given(gateway: Gateway) -> None:
    huge = "x" * 1_000_000
    gateway.audit.record(huge, target=huge, reason=huge, details={huge + str(n): huge for n in range(100)})
    await gateway.accounts.own.book.durable()
    event = await gateway.store.read(GATEWAY, gateway.accounts.own.book.log.head - 1, 1)
    assert len(event[0].body) < 100 * MAX_TEXT


async def test_an_audit_record_never_fails_where_the_journal_does(gateway: Gateway) -> None:
    gateway.accounts.own.book.failed = True
    gateway.audit.record("vault.rotate")
    gateway.audit.record("submit", outcome=AuditOutcome.REFUSED)


async def test_a_stream_over_all_accounts_leaves_the_gateways_journal_out_and_one_that_names_it_has_it(
    gateway: Gateway,
) -> None:
    everything = await first_events(gateway, StreamRequest(view="events", start={}, journals=True))
    named = await first_events(gateway, StreamRequest(view="events", account_ids=(GATEWAY,), start={}, journals=True))
    assert GATEWAY not in {event.account_id for event in everything}
    assert {event.account_id for event in named} == {GATEWAY}
    assert {event.type for event in named} == {EventType.AUDIT}
    with pytest.raises(NotFoundError):
        await first_events(gateway, StreamRequest(view="orders", account_ids=(GATEWAY,)))


async def first_events(gateway: Gateway, request: StreamRequest) -> list[Event]:
    batches = gateway.streams.open(request, lambda _: True, lambda _: ())
    found: list[Event] = []
    async for batch in batches:
        assert isinstance(batch, Batch)
        found += [entry.event for entry in batch.entries]
        if found or not request.journals:
            break
    await batches.aclose()  # type: ignore[attr-defined]
    return found
