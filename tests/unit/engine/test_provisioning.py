"""Connections come, change and go while the gateway runs; books, gaps and other connections stay whole."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from brokerwire_server.domain.accounts import AccountStatus
from brokerwire_server.domain.connections import ConnectionOrigin, ConnectionSpec, Environment, LinkState
from brokerwire_server.domain.errors import BrokerwireError, ConflictError, InvalidRequestError
from brokerwire_server.domain.events import GapPhase, SourceGap
from brokerwire_server.domain.orders import OrderState
from brokerwire_server.domain.secrets import Secret
from brokerwire_server.engine import linking
from brokerwire_server.engine.gateway import Gateway
from brokerwire_server.engine.provisioning import Configured, MisconfiguredError
from brokerwire_server.engine.reconciler import SweepTimes
from brokerwire_server.store.keys import FileKeys
from brokerwire_server.store.notes import SqliteNotebook
from brokerwire_server.store.sqlite import SqliteStore
from brokerwire_server.store.vault import SqliteVault
from tests.support.builders import request
from tests.support.remote_broker import BROKER, Kinds, RemoteBroker, World
from tests.support.scripted_broker import ScriptedBroker
from tests.unit.engine.conftest import fast_seams, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

SECRET = "s3cr3t-canary-Qz81"
GOOD = {"api_key": Secret("PAPER-1"), "secret_key": Secret(SECRET)}
BAD = {"api_key": Secret("PAPER-1"), "secret_key": Secret("wrong-" + SECRET)}
NEW = {"api_key": Secret("PAPER-2"), "secret_key": Secret("new-" + SECRET)}


@pytest.fixture
def world() -> World:
    made = World()
    made.accounts = {("PAPER-1", SECRET): "N-1", ("PAPER-2", "new-" + SECRET): "N-1", ("PAPER-3", "c"): "N-3"}
    return made


def spec(connection_id: str = "far", **changes: Any) -> ConnectionSpec:
    fields: dict[str, Any] = {"broker": BROKER, "environment": Environment.PAPER}
    return ConnectionSpec(connection_id=connection_id, **{**fields, **changes})


def vault_of(database: Path) -> SqliteVault:
    return SqliteVault(database, FileKeys(database.with_name("vault.key")))


async def serve(database: Path, world: World, configured: Sequence[Configured] = ()) -> Gateway:
    gateway = Gateway(
        SqliteStore(database, new_epoch=lambda: 42),
        [ScriptedBroker()],
        seams=fast_seams(),
        sweeps=SweepTimes(working=1e9, idle=1e9),
        kinds=Kinds(world.kind),
        vault=vault_of(database),
        notebook=SqliteNotebook(database),
        configured=configured,
    )
    await gateway.start()
    return gateway


@pytest.fixture
async def gateway(database: Path, world: World) -> AsyncIterator[Gateway]:
    running = await serve(database, world)
    yield running
    await running.stop(1.0)


async def create(
    gateway: Gateway, credential: dict[str, Secret] = GOOD, *, unverified: bool = False, **spec_: Any
) -> Any:
    return await gateway.provisioning.create(spec(**spec_), credential, unverified=unverified)


async def refused(work: Any, reason: str) -> BrokerwireError:
    with pytest.raises(BrokerwireError) as caught:
        await work
    assert caught.value.reason == reason
    assert SECRET not in f"{caught.value!r}{caught.value.message}{caught.value.metadata}"
    return caught.value


def far(gateway: Gateway) -> RemoteBroker:
    adapter = gateway.connections.get("far").adapter
    assert isinstance(adapter, RemoteBroker)
    return adapter


def gaps(events: Sequence[Any]) -> list[GapPhase]:
    return [event.payload.phase for event in events if isinstance(event.payload, SourceGap)]


async def test_a_connection_is_made_and_trades_at_once(gateway: Gateway) -> None:
    made = await create(gateway, display_name="Far away")
    assert [account.account_id for account in made.accounts] == ["far"]
    assert made.link.connection.link is LinkState.UP
    assert made.link.connection.origin is ConnectionOrigin.STORED
    submission = await gateway.desk.submit(request(account_id="far"))
    assert submission.order.state is OrderState.ACCEPTED
    assert len(far(gateway).sent) == 1


async def test_what_an_adapter_notes_is_there_after_a_restart_and_its_own(
    database: Path, gateway: Gateway, world: World
) -> None:
    await create(gateway)
    await far(gateway).tools.notes.put("mark", "500")
    await gateway.stop(1.0)
    again = await serve(database, world)
    try:
        assert await far(again).tools.notes.get("mark") == "500"
        await create(again, {"api_key": Secret("PAPER-3"), "secret_key": Secret("c")}, connection_id="other")
        other = again.connections.get("other").adapter
        assert isinstance(other, RemoteBroker)
        assert await other.tools.notes.get("mark") is None
    finally:
        await again.stop(1.0)


async def test_it_is_there_after_a_restart(database: Path, gateway: Gateway, world: World) -> None:
    await create(gateway)
    await gateway.stop(1.0)
    again = await serve(database, world)
    assert far(again).keys == ("PAPER-1", SECRET)
    assert again.accounts.get("far").link.connection.link is LinkState.UP
    await again.stop(1.0)


async def test_the_same_request_again_makes_nothing_new(gateway: Gateway, world: World) -> None:
    first = await create(gateway)
    started = len(world.started)
    again = await create(gateway)
    assert again.deduplicated
    assert again.link is first.link
    assert len(world.started) == started


async def test_other_content_under_the_same_id_is_a_conflict(gateway: Gateway) -> None:
    await create(gateway)
    await refused(create(gateway, NEW), "CONNECTION_EXISTS")
    await refused(create(gateway, display_name="x"), "CONNECTION_EXISTS")
    await refused(create(gateway, connection_id="scripted"), "CONNECTION_EXISTS")
    assert far(gateway).keys == ("PAPER-1", SECRET)


async def test_a_refused_credential_leaves_nothing_behind(gateway: Gateway, database: Path, world: World) -> None:
    for unverified in (False, True):
        error = await refused(create(gateway, BAD, unverified=unverified), "CREDENTIALS_REFUSED")
        assert "***" in error.message
    assert gateway.connections.find("far") is None
    assert gateway.accounts.find("far") is None
    assert await vault_of(database).open() == []
    assert all(adapter.stopped for adapter in world.started)


async def test_all_that_is_wrong_is_said_at_once(gateway: Gateway) -> None:
    wrong: dict[str, Any] = {"connection_id": "No Good", "settings": {"colour": "red"}}
    with pytest.raises(InvalidRequestError) as caught:
        await create(gateway, {"api_key": Secret("PAPER-1"), SECRET: Secret("api_key")}, **wrong)
    fields = {violation.field for violation in caught.value.violations}
    assert fields == {"connection_id", "settings.colour", "credentials", "credentials.secret_key"}
    assert SECRET not in caught.value.message


async def test_a_key_of_the_other_environment_is_refused_before_anything_is_sent(
    gateway: Gateway, world: World
) -> None:
    live = {**GOOD, "api_key": Secret("LIVE-1")}
    await refused(create(gateway, live), "ENVIRONMENT_MISMATCH")
    await refused(create(gateway, environment=Environment.LIVE), "ENVIRONMENT_MISMATCH")
    assert world.started == []


async def test_an_adapters_complaint_does_not_quote_the_credential(gateway: Gateway) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        await create(gateway, {"api_key": Secret("LIVE-" + SECRET), "secret_key": Secret("x")})
    assert SECRET not in caught.value.message
    assert caught.value.violations[0].message == "*** is not a key for paper"


async def test_an_account_has_one_connection(gateway: Gateway) -> None:
    await create(gateway)
    error = await refused(create(gateway, NEW, connection_id="other"), "ACCOUNT_CONNECTED")
    assert error.metadata == {"account_id": "far", "connection_id": "far"}


async def test_an_id_of_another_account_is_refused(gateway: Gateway) -> None:
    await refused(create(gateway, connection_id="paper"), "ACCOUNT_EXISTS")


async def test_a_broker_that_is_away_is_refused_unless_asked_otherwise(gateway: Gateway, world: World) -> None:
    world.reachable = False
    await refused(create(gateway), "BROKER_UNAVAILABLE")
    assert gateway.connections.find("far") is None
    made = await create(gateway, unverified=True)
    assert made.link.connection.link is LinkState.DOWN
    assert made.link.connection.detail == "connection refused"
    world.reachable = True
    far(gateway).arrive()
    await until(lambda: gateway.accounts.find("far") and gateway.accounts.get("far").last_verified_time)
    assert gateway.connections.get("far").connection.account_ids == ("far",)


async def test_a_connection_is_deleted_and_its_journal_stays(gateway: Gateway, database: Path) -> None:
    await create(gateway)
    adapter, account = far(gateway), gateway.accounts.get("far")
    connection, accounts = await gateway.provisioning.delete("far", force=False)
    assert adapter.stopped
    assert (connection.connection_id, [a.account_id for a in accounts]) == ("far", ["far"])
    assert gateway.connections.find("far") is None
    assert account.book.account.status is AccountStatus.CLOSED
    assert await vault_of(database).open() == []
    assert len(await gateway.store.read("far", 0, 100)) == account.book.sequence
    await refused(gateway.desk.submit(request(account_id="far")), "ACCOUNT_CLOSED")
    await refused(gateway.provisioning.delete("far", force=False), "CONNECTION_NOT_FOUND")


async def test_a_deleted_connections_journal_is_there_after_a_restart_and_goes_on_when_it_is_made_again(
    database: Path, gateway: Gateway, world: World
) -> None:
    await create(gateway)
    await gateway.provisioning.delete("far", force=False)
    await gateway.stop(1.0)
    again = await serve(database, world)
    assert again.connections.find("far") is None
    before = again.accounts.get("far").book.sequence
    await create(again)
    account = again.accounts.get("far")
    assert account.book.account.status is AccountStatus.ACTIVE
    assert account.book.sequence > before
    assert (await again.desk.submit(request(account_id="far"))).order.state is OrderState.ACCEPTED
    await again.stop(1.0)


async def test_a_journal_is_never_continued_with_another_account(gateway: Gateway) -> None:
    await create(gateway)
    await gateway.provisioning.delete("far", force=False)
    other = {"api_key": Secret("PAPER-3"), "secret_key": Secret("c")}
    await refused(create(gateway, other), "ACCOUNT_EXISTS")


async def test_open_orders_keep_a_connection_unless_it_is_forced(gateway: Gateway) -> None:
    await create(gateway)
    await gateway.desk.submit(request(account_id="far"))
    error = await refused(gateway.provisioning.delete("far", force=False), "CONNECTION_IN_USE")
    assert error.metadata["order_count"] == "1"
    assert far(gateway).stopped is False
    await gateway.provisioning.delete("far", force=True)
    assert gateway.accounts.get("far").book.orders.open_count == 1


async def test_a_credential_is_rotated_without_losing_an_event(gateway: Gateway) -> None:
    await create(gateway)
    order = (await gateway.desk.submit(request(account_id="far"))).order
    before = far(gateway)
    await gateway.provisioning.rotate("far", NEW)
    after = far(gateway)
    assert before.stopped
    assert after.keys == ("PAPER-2", "new-" + SECRET)
    assert [o.order_id for o in after.known[0].open_orders] == [order.order_id]
    account = gateway.accounts.get("far")
    await until(lambda: account.gap_from == 0)
    await gateway.settled("far")
    assert gaps(await gateway.store.read("far", 0, 100)) == [GapPhase.OPENED, GapPhase.RECONCILED]
    before.sink(after.working(order))
    assert account.book.orders.by_id[order.order_id].state is OrderState.ACCEPTED
    after.sink(after.working(order))
    assert account.book.orders.by_id[order.order_id].state is OrderState.WORKING


async def test_the_rotated_credential_holds_after_a_restart(database: Path, gateway: Gateway, world: World) -> None:
    await create(gateway)
    await gateway.provisioning.rotate("far", NEW)
    await gateway.stop(1.0)
    again = await serve(database, world)
    assert far(again).keys == ("PAPER-2", "new-" + SECRET)
    await again.stop(1.0)


@pytest.mark.parametrize(
    ("credential", "reason"),
    [
        (BAD, "CREDENTIALS_REFUSED"),
        ({"api_key": Secret("PAPER-3"), "secret_key": Secret("c")}, "CREDENTIALS_OF_OTHER_ACCOUNT"),
        ({"api_key": Secret("PAPER-3")}, "FIELD_REQUIRED"),
    ],
)
async def test_a_credential_that_is_no_better_is_not_taken(
    gateway: Gateway, database: Path, credential: dict[str, Secret], reason: str
) -> None:
    await create(gateway)
    adapter = far(gateway)
    await refused(gateway.provisioning.rotate("far", credential), reason)
    assert far(gateway) is adapter
    assert not adapter.stopped
    assert dict((await vault_of(database).open())[0].credential) == GOOD


async def test_a_broker_that_is_away_stops_nothing(database: Path, gateway: Gateway, world: World) -> None:
    await create(gateway)
    await gateway.stop(1.0)
    world.reachable = False
    again = await serve(database, world)
    assert again.healthy
    assert again.connections.get("scripted").connection.link is LinkState.UP
    assert again.connections.get("far").connection.link is LinkState.DOWN
    world.reachable = True
    far(again).arrive()
    await until(lambda: again.accounts.get("far").last_verified_time)
    await again.stop(1.0)


async def test_an_adapter_that_hangs_at_the_start_is_given_up_and_tried_again(
    database: Path, gateway: Gateway, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create(gateway)
    await gateway.stop(1.0)
    monkeypatch.setattr(linking, "START_TIMEOUT", 0.05)
    world.hangs = True
    again = await serve(database, world)
    assert again.healthy
    assert again.connections.get("far").connection.link is LinkState.DOWN
    assert "tries again" in again.connections.get("far").connection.detail
    world.hangs = False
    await until(lambda: again.connections.get("far").connection.link is LinkState.UP)
    await again.stop(1.0)


async def test_a_credential_that_suddenly_reaches_another_account_serves_nothing(
    database: Path, gateway: Gateway, world: World
) -> None:
    await create(gateway)
    await gateway.stop(1.0)
    world.accounts["PAPER-1", SECRET] = "N-9"
    again = await serve(database, world)
    connection = again.connections.get("far").connection
    assert connection.link is LinkState.AUTH_REQUIRED
    assert "reaches another account" in connection.detail
    with pytest.raises(BrokerwireError):
        await again.desk.submit(request(account_id="far"))
    assert again.accounts.get("far").book.account.broker_account_id == "N-1"
    await again.stop(1.0)


async def test_a_revoked_key_says_so_and_recovers_by_rotation(database: Path, gateway: Gateway, world: World) -> None:
    await create(gateway)
    await gateway.stop(1.0)
    del world.accounts["PAPER-1", SECRET]
    again = await serve(database, world)
    connection = again.connections.get("far").connection
    assert (connection.link, connection.detail) == (LinkState.AUTH_REQUIRED, "401: no such key: ***")
    await again.provisioning.rotate("far", NEW)
    assert again.connections.get("far").connection.link is LinkState.UP
    await again.stop(1.0)


async def test_a_configured_connection_is_served_and_changed_where_it_is_configured(
    database: Path, world: World
) -> None:
    configured = Configured(spec=spec(), credential=GOOD, place="desk.toml: connections.far")
    gateway = await serve(database, world, [configured])
    assert gateway.connections.get("far").connection.origin is ConnectionOrigin.CONFIGURATION
    for work in (gateway.provisioning.delete("far", force=True), gateway.provisioning.rotate("far", NEW)):
        error = await refused(work, "CONNECTION_NOT_STORED")
        assert "desk.toml: connections.far" in error.message
    assert await vault_of(database).open() == []
    await gateway.stop(1.0)


async def test_a_configured_connection_that_is_wrong_is_an_error_with_its_place(database: Path, world: World) -> None:
    wrong = Configured(spec=spec(), credential={"api_key": Secret("PAPER-1")}, place="desk.toml: connections.far")
    with pytest.raises(MisconfiguredError, match=r"desk\.toml: connections\.far: credentials\.secret_key"):
        await serve(database, world, [wrong])


async def test_an_account_whose_connection_is_configured_no_more_is_shown_and_sends_nothing(
    database: Path, world: World
) -> None:
    gateway = await serve(database, world, [Configured(spec=spec(), credential=GOOD, place="here")])
    await gateway.stop(1.0)
    again = await serve(database, world)
    connection = again.connections.get("far").connection
    assert connection.link is LinkState.DOWN
    assert "neither configured nor stored" in connection.detail
    with pytest.raises(BrokerwireError):
        await again.desk.submit(request(account_id="far"))
    await again.stop(1.0)


async def test_what_the_environment_implies_gives_way_to_a_stored_connection(
    database: Path, gateway: Gateway, world: World
) -> None:
    await create(gateway)
    await gateway.stop(1.0)
    implied = Configured(spec=spec("far-paper"), credential=GOOD, place="the environment", implied=True)
    again = await serve(database, world, [implied])
    assert again.connections.find("far-paper") is None
    assert again.connections.get("far").connection.link is LinkState.UP
    await again.stop(1.0)


async def test_a_stored_connection_whose_broker_is_gone_is_shown_and_can_be_deleted(
    database: Path, gateway: Gateway, world: World
) -> None:
    await create(gateway)
    await gateway.stop(1.0)
    bare = Gateway(
        SqliteStore(database, new_epoch=lambda: 42),
        [ScriptedBroker()],
        seams=fast_seams(),
        kinds=Kinds(),
        vault=vault_of(database),
    )
    await bare.start()
    assert bare.connections.get("far").connection.link is LinkState.DOWN
    await bare.provisioning.delete("far", force=False)
    assert bare.connections.find("far") is None
    await bare.stop(1.0)


async def test_a_check_says_what_works_and_hides_what_must_not_show(gateway: Gateway, world: World) -> None:
    await create(gateway)
    _, checks = await gateway.provisioning.check("far")
    assert [(c.name, c.ok) for c in checks] == [("credentials", True)]
    world.reachable = False
    _, checks = await gateway.provisioning.check("far")
    assert [(c.ok, c.detail) for c in checks] == [(False, "refused ***")]


async def test_without_a_vault_nothing_is_stored_and_nothing_served(database: Path, world: World) -> None:
    gateway = Gateway(SqliteStore(database, new_epoch=lambda: 1), [], seams=fast_seams(), kinds=Kinds(world.kind))
    await gateway.start()
    await refused(create(gateway), "VAULT_UNAVAILABLE")
    assert gateway.connections.links() == []
    await gateway.stop(1.0)


async def test_two_requests_at_once_make_one_connection(gateway: Gateway) -> None:
    first, second = await asyncio.gather(create(gateway), create(gateway))
    assert {first.deduplicated, second.deduplicated} == {True, False}
    results = await asyncio.gather(create(gateway, NEW), create(gateway), return_exceptions=True)
    assert isinstance(results[0], ConflictError)


async def test_a_caller_who_leaves_does_not_leave_half_a_connection(gateway: Gateway, database: Path) -> None:
    task = asyncio.create_task(create(gateway))
    await asyncio.sleep(0)
    task.cancel()
    await until(lambda: gateway.connections.find("far"))
    assert [s.spec.connection_id for s in await vault_of(database).open()] == ["far"]
    assert Decimal(0) == gateway.accounts.get("far").book.cash
