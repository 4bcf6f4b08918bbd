"""The audit trail as callers see it: refusals, changes and who made them, in a journal of the gateway's own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from brokerwire.v1 import account_service_pb2 as accounts
from brokerwire.v1 import broker_service_pb2 as brokers
from brokerwire.v1 import event_service_pb2 as events
from brokerwire.v1 import events_pb2
from brokerwire.v1 import order_service_pb2 as pb
from brokerwire.v1 import simulator_service_pb2 as simulator
from brokerwire.v1 import system_service_pb2 as system
from brokerwire_server.api.methods import Call
from brokerwire_server.domain.secrets import Secret
from brokerwire_server.engine.access import Credentials
from tests.e2e.conftest import limit_order
from tests.e2e.doors import CallFailed

if TYPE_CHECKING:
    from tests.e2e.conftest import Served
    from tests.e2e.doors import Door

GATEWAY = "@gateway"
SECRET = "Wk47canaryBn20audit"


async def recorded(door: Door, action: str) -> events_pb2.AuditRecord:
    """Return the latest record of an action; a refusal's is there a moment after its answer."""
    async with asyncio.timeout(10):
        while True:
            found = [record for record in await trail(door) if record.action == action]
            if found:
                return found[-1]
            await asyncio.sleep(0.01)


async def trail(door: Door, account_id: str = GATEWAY) -> list[events_pb2.AuditRecord]:
    request = events.ListEventsRequest(account_id=account_id, types=[events_pb2.EVENT_TYPE_AUDIT])
    page = await door.call("EventService/ListEvents", request)
    return [event.audit for event in page.events]


async def refused(door: Door, method: str, request: object) -> str:
    with pytest.raises(CallFailed) as caught:
        await door.call(method, request)  # type: ignore[arg-type]
    return caught.value.reason


async def test_a_refused_order_is_recorded_with_who_asked_and_why_and_changes_no_account(
    door: Door, served: Served
) -> None:
    head = served.head
    order = limit_order(quantity="0")
    assert await refused(door, "OrderService/SubmitOrder", pb.SubmitOrderRequest(order=order)) != ""
    record = await recorded(door, "OrderService/SubmitOrder")
    assert record.principal == "local"
    assert record.outcome == events_pb2.AUDIT_OUTCOME_REFUSED
    assert record.reason
    assert "quantity" in record.details["message"]
    assert served.head == head


async def test_a_refused_cancel_names_its_order_and_account(door: Door) -> None:
    request = pb.CancelOrderRequest(account_id="paper", client_order_id="nowhere")
    reason = await refused(door, "OrderService/CancelOrder", request)
    record = await recorded(door, "OrderService/CancelOrder")
    assert (record.reason, record.target, record.details["account_id"]) == (reason, "nowhere", "paper")


async def test_a_refused_command_of_a_session_is_recorded(door: Door) -> None:
    if door.name == "http":
        pytest.skip("sessions need gRPC")
    order = limit_order(quantity="0")
    command = pb.OrderCommand(command_id=1, submit=order)
    async for response in door.session([pb.OrderSessionRequest(commands=[command])]):
        assert response.results[0].error.reason
    record = await recorded(door, "OrderService/OrderSession.submit")
    assert record.outcome == events_pb2.AUDIT_OUTCOME_REFUSED


async def test_a_read_leaves_no_trace_even_if_it_fails(door: Door) -> None:
    before = len(await trail(door))
    await refused(door, "OrderService/GetOrder", pb.GetOrderRequest(account_id="paper", client_order_id="nowhere"))
    await door.call("AccountService/ListAccounts", accounts.ListAccountsRequest())
    assert len(await trail(door)) == before


async def test_steering_the_simulator_is_recorded_with_what_was_asked(door: Door) -> None:
    request = simulator.FundAccountRequest(account_id="paper", request_id="r-1")
    request.amount.amount.value = "500"
    request.amount.currency_code = "USD"
    await door.call("SimulatorService/FundAccount", request)
    record = (await trail(door, "paper"))[-1]
    assert (record.principal, record.action) == ("local", "SimulatorService/FundAccount")
    assert record.outcome == events_pb2.AUDIT_OUTCOME_DONE
    assert record.details["amount.amount.value"] == "500"


async def test_a_change_of_connections_is_recorded_without_its_secrets(door: Door, served: Served) -> None:
    served.world.accounts["PAPER-1", SECRET] = "N-1"
    request = brokers.CreateConnectionRequest(connection_id="far", broker="faraway", environment="ENVIRONMENT_PAPER")
    request.credentials["api_key"] = "PAPER-1"
    request.credentials["secret_key"] = SECRET
    await door.call("BrokerService/CreateConnection", request)
    await door.call("BrokerService/DeleteConnection", brokers.DeleteConnectionRequest(connection_id="far"))
    made, gone = (await trail(door))[-2:]
    assert (made.action, made.target) == ("BrokerService/CreateConnection", "far")
    assert made.details["credentials"] == "***"
    assert made.details["broker"] == "faraway"
    assert (gone.action, gone.target) == ("BrokerService/DeleteConnection", "far")
    stored = await served.gateway.store.read(GATEWAY, 0, 100)
    assert not [event for event in stored if SECRET.encode() in event.body]


async def test_the_gateways_journal_is_verified_streamed_and_on_no_list_of_accounts(door: Door) -> None:
    verified = await door.call("EventService/VerifyJournal", events.VerifyJournalRequest())
    assert [result.account_id for result in verified.results] == ["paper", GATEWAY]
    named = await door.call("EventService/VerifyJournal", events.VerifyJournalRequest(account_ids=[GATEWAY]))
    assert named.ok
    listed = await door.call("AccountService/ListAccounts", accounts.ListAccountsRequest())
    assert [account.account_id for account in listed.accounts] == ["paper"]
    assert await refused(door, "AccountService/GetAccount", accounts.GetAccountRequest(account_id=GATEWAY))
    async for response in door.stream("EventService/StreamEvents", events.StreamEventsRequest(account_ids=[GATEWAY])):
        found = [item.event for item in response.items if item.WhichOneof("item") == "event"]
        if found:
            assert found[0].audit.action == "gateway.start"
            break


async def test_no_order_and_no_money_can_be_sent_to_the_gateways_journal(door: Door) -> None:
    order = limit_order()
    order.account_id = GATEWAY
    reason = await refused(door, "OrderService/SubmitOrder", pb.SubmitOrderRequest(order=order))
    assert reason == "ACCOUNT_NOT_FOUND"
    assert await refused(door, "SimulatorService/OpenAccount", simulator.OpenAccountRequest(account_id=GATEWAY))


async def test_a_flood_of_refusals_is_a_handful_of_records(door: Door) -> None:
    before = len(await trail(door))
    for number in range(60):
        request = pb.CancelOrderRequest(account_id="paper", client_order_id=f"nowhere-{number}")
        await refused(door, "OrderService/CancelOrder", request)
    assert len(await trail(door)) <= before + 4


async def test_keys_are_not_rotated_without_a_second_factor_and_with_one_they_are(
    door: Door, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert served.gateway.vault is not None
    await served.gateway.vault.put_secret("totp", "anna", "secret", Secret(SECRET))
    request = system.RotateVaultKeysRequest(data_keys=True)
    assert await refused(door, "SystemService/RotateVaultKeys", request) == "SECOND_FACTOR_REQUIRED"
    assert (await recorded(door, "SystemService/RotateVaultKeys")).outcome == events_pb2.AUDIT_OUTCOME_REFUSED
    (method,) = (m for m in served.api.methods if m.name == "RotateVaultKeys")
    admit = served.gateway.access.admit

    async def proven(*arguments: Any, **named: Any) -> Any:
        grant = await admit(*arguments, **named)
        return replace(grant, principal=replace(grant.principal, second_factor=True))

    monkeypatch.setattr(served.gateway.access, "admit", proven)
    answer = await served.api.unary(method, request, Call("test", credentials=Credentials(local=True)))
    assert answer.sealed_count == 1  # type: ignore[attr-defined]
    assert (await recorded(door, "SystemService/RotateVaultKeys")).outcome == events_pb2.AUDIT_OUTCOME_DONE
    assert await served.gateway.vault.get_secret("totp", "anna", "secret") == Secret(SECRET)
