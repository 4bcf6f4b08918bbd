"""Connections and breaks, through both doors."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from brokerwire.v1 import accounts_pb2, breaks_pb2, brokers_pb2
from brokerwire.v1 import broker_service_pb2 as pb
from brokerwire_server.domain.positions import Position
from tests.e2e.doors import CallFailed
from tests.support.builders import AAPL

if TYPE_CHECKING:
    from tests.e2e.conftest import Served
    from tests.e2e.doors import Door

SECRET = "s3cr3t-canary-Qz81"


@pytest.fixture
def served(served: Served) -> Served:
    served.world.accounts = {("PAPER-1", SECRET): "N-1", ("PAPER-2", SECRET): "N-1"}
    return served


def create(**changes: Any) -> pb.CreateConnectionRequest:
    fields: dict[str, Any] = {
        "connection_id": "far",
        "broker": "faraway",
        "credentials": {"api_key": "PAPER-1", "secret_key": SECRET},
    }
    return pb.CreateConnectionRequest(**{**fields, **changes})


async def refused(work: Any) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        await work
    assert SECRET not in str(caught.value)
    return caught.value


async def test_brokers_are_listed_with_what_a_connection_needs(door: Door) -> None:
    answer = await door.call("BrokerService/ListBrokers", pb.ListBrokersRequest())
    brokers = {broker.broker: broker for broker in answer.brokers}
    assert list(brokers) == ["faraway", "mainframe", "paper"]
    far = brokers["faraway"]
    assert [(field.name, field.secret) for field in far.credential_fields] == [("api_key", False), ("secret_key", True)]
    assert [(field.name, field.default_value) for field in far.setting_fields] == [
        ("base_url", "https://faraway.example")
    ]
    assert list(far.asset_classes)
    assert brokers["paper"].built_in
    assert "pip install" in brokers["mainframe"].unavailable
    answer = await door.call("BrokerService/GetCapabilities", pb.GetCapabilitiesRequest(broker="faraway"))
    assert answer.capabilities.assets


async def test_a_connection_is_made_listed_checked_and_ended(door: Door) -> None:
    made = await door.call("BrokerService/CreateConnection", create(display_name="Far", settings={"base_url": "x"}))
    assert made.connection.origin == brokers_pb2.CONNECTION_ORIGIN_STORED
    assert made.connection.environment == accounts_pb2.ENVIRONMENT_PAPER
    assert made.connection.display_name == "Far"
    assert dict(made.connection.settings) == {"base_url": "x"}
    assert [account.account_id for account in made.accounts] == ["far"]
    assert not made.deduplicated
    again = await door.call("BrokerService/CreateConnection", create(display_name="Far", settings={"base_url": "x"}))
    assert again.deduplicated
    listed = await door.call("BrokerService/ListConnections", pb.ListConnectionsRequest())
    assert [c.connection_id for c in listed.connections] == ["far", "paper"]
    checked = await door.call("BrokerService/CheckConnection", pb.CheckConnectionRequest(connection_id="far"))
    assert checked.ok
    assert [(check.name, check.ok) for check in checked.checks] == [("credentials", True)]
    rotated = await door.call(
        "BrokerService/RotateCredentials",
        pb.RotateCredentialsRequest(connection_id="far", credentials={"api_key": "PAPER-2", "secret_key": SECRET}),
    )
    assert rotated.connection.connection_id == "far"
    gone = await door.call("BrokerService/DeleteConnection", pb.DeleteConnectionRequest(connection_id="far"))
    assert [account.status for account in gone.accounts] == [accounts_pb2.ACCOUNT_STATUS_CLOSED]
    listed = await door.call("BrokerService/ListConnections", pb.ListConnectionsRequest())
    assert [c.connection_id for c in listed.connections] == ["paper"]
    for message in (made, again, checked, rotated, gone):
        assert SECRET not in str(message)


@pytest.mark.parametrize(
    ("changes", "code", "reason"),
    [
        ({"broker": ""}, "INVALID_ARGUMENT", "FIELD_REQUIRED"),
        ({"broker": "nowhere"}, "NOT_FOUND", "BROKER_NOT_FOUND"),
        ({"broker": "paper"}, "UNIMPLEMENTED", "UNSUPPORTED_BY_BROKER"),
        ({"connection_id": "paper"}, "ALREADY_EXISTS", "CONNECTION_EXISTS"),
        ({"environment": 2}, "INVALID_ARGUMENT", "ENVIRONMENT_MISMATCH"),
        ({"credentials": {"api_key": "PAPER-9", "secret_key": SECRET}}, "FAILED_PRECONDITION", "CREDENTIALS_REFUSED"),
        ({"credentials": {"api_key": "PAPER-1"}}, "INVALID_ARGUMENT", "FIELD_REQUIRED"),
        ({"environment": 77}, "INVALID_ARGUMENT", "INVALID_FIELD"),
    ],
)
async def test_what_can_not_be_made_is_refused_in_words(
    door: Door, changes: dict[str, Any], code: str, reason: str
) -> None:
    error = await refused(door.call("BrokerService/CreateConnection", create(**changes)))
    assert (error.code, error.reason, error.metadata["sent"]) == (code, reason, "NO")


async def test_a_broker_that_is_away_is_refused_unless_asked_otherwise(door: Door, served: Served) -> None:
    served.world.reachable = False
    error = await refused(door.call("BrokerService/CreateConnection", create()))
    assert (error.code, error.reason) == ("UNAVAILABLE", "BROKER_UNAVAILABLE")
    made = await door.call("BrokerService/CreateConnection", create(allow_unverified=True))
    assert (made.connection.detail, list(made.accounts)) == ("connection refused", [])


async def test_a_built_in_connection_can_not_be_changed(door: Door) -> None:
    error = await refused(
        door.call("BrokerService/DeleteConnection", pb.DeleteConnectionRequest(connection_id="paper"))
    )
    assert (error.reason, error.metadata["origin"]) == ("CONNECTION_NOT_STORED", "BUILT_IN")


async def test_who_watches_connections_sees_them_come_and_go(door: Door) -> None:
    request = pb.StreamConnectionsRequest()
    request.options.skip_snapshot = True
    seen: list[tuple[str, bool]] = []
    opened = asyncio.Event()

    async def watch() -> None:
        async for response in door.stream("BrokerService/StreamConnections", request):
            opened.set()
            seen.extend(
                (i.event.connection.connection_id, i.event.deleted) for i in response.items if i.HasField("event")
            )
            if ("far", True) in seen:
                return

    watching = asyncio.create_task(watch())
    await opened.wait()
    await door.call("BrokerService/CreateConnection", create())
    while not seen:
        await asyncio.sleep(0.01)
    await door.call("BrokerService/DeleteConnection", pb.DeleteConnectionRequest(connection_id="far"))
    await asyncio.wait_for(watching, 5)
    assert ("far", False) in seen


async def test_a_break_is_found_listed_and_resolved(door: Door, served: Served) -> None:
    await door.call("BrokerService/CreateConnection", create())
    held = Position(account_id="far", instrument=AAPL, quantity=Decimal(7), average_cost=Decimal(50))
    served.world.positions = [held]
    answer = await door.call("BrokerService/Reconcile", pb.ReconcileRequest(connection_id="far"))
    (result,) = answer.reconciliations
    (brk,) = result.breaks
    assert (result.ok, brk.expected, brk.actual) == (True, "0", "7")
    listed = await door.call("BrokerService/ListBreaks", pb.ListBreaksRequest(account_ids=["far"]))
    assert list(listed.breaks) == [brk]
    decision = pb.ResolveBreakRequest(
        account_id="far",
        break_id=brk.break_id,
        resolution=breaks_pb2.BREAK_RESOLUTION_ACCEPT_BROKER,
        resolved_by="Ada",
    )
    error = await refused(door.call("BrokerService/ResolveBreak", decision))
    assert (error.reason, error.fields) == ("FIELD_REQUIRED", ["note"])
    decision.note = "bought by phone"
    settled = (await door.call("BrokerService/ResolveBreak", decision)).break_record
    assert (settled.state, settled.resolved_by, settled.note) == (
        breaks_pb2.BREAK_STATE_RESOLVED,
        "Ada",
        "bought by phone",
    )
    assert served.gateway.accounts.get("far").book.positions["AAPL"].quantity == Decimal(7)
    assert list((await door.call("BrokerService/ListBreaks", pb.ListBreaksRequest())).breaks) == []
    request = pb.ListBreaksRequest(
        states=[breaks_pb2.BREAK_STATE_RESOLVED], types=[breaks_pb2.BREAK_TYPE_QUANTITY_MISMATCH]
    )
    assert list((await door.call("BrokerService/ListBreaks", request)).breaks) == [settled]


async def test_reconciling_names_what_to_compare(door: Door) -> None:
    assert (await refused(door.call("BrokerService/Reconcile", pb.ReconcileRequest()))).reason == "FIELD_REQUIRED"
    error = await refused(door.call("BrokerService/Reconcile", pb.ReconcileRequest(account_id="none")))
    assert error.reason == "ACCOUNT_NOT_FOUND"
    answer = await door.call("BrokerService/Reconcile", pb.ReconcileRequest(account_id="paper"))
    assert [(r.account_id, r.ok, r.detail) for r in answer.reconciliations] == [("paper", True, "both sides agree")]
