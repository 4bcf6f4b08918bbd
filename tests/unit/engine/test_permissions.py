"""A key that can withdraw money is accepted only where somebody says so, if the broker tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from brokerwire_server.brokers.base import BrokerKind, KeyPermissions
from brokerwire_server.domain.connections import ConnectionSpec, Environment, LinkState
from brokerwire_server.domain.errors import BrokerwireError
from brokerwire_server.domain.secrets import Secret
from brokerwire_server.engine.gateway import Gateway
from brokerwire_server.engine.provisioning import Configured, MisconfiguredError
from brokerwire_server.store.keys import FileKeys
from brokerwire_server.store.sqlite import SqliteStore
from brokerwire_server.store.vault import SqliteVault
from tests.support.remote_broker import BROKER, Kinds, RemoteBroker, World
from tests.unit.engine.conftest import fast_seams

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from brokerwire_server.brokers.base import Tools

GOOD = {"api_key": Secret("PAPER-1"), "secret_key": Secret("a")}
RICH = {"api_key": Secret("PAPER-2"), "secret_key": Secret("b")}
MUTE = {"api_key": Secret("PAPER-3"), "secret_key": Secret("c")}
SPEC = ConnectionSpec(connection_id="far", broker=BROKER, environment=Environment.PAPER)


class TellingBroker(RemoteBroker):
    """A broker that tells what a key may do; of PAPER-3 it does not get around to it."""

    async def key_permissions(self) -> KeyPermissions:
        if self.keys[0] == "PAPER-3":
            raise OSError("no answer")
        return KeyPermissions(withdraw=self.keys[0] == "PAPER-2")


class TellingWorld(World):
    """Its side."""

    @property
    def kind(self) -> BrokerKind:
        return replace(super().kind, create=self.create)

    def create(self, spec: ConnectionSpec, credential: Mapping[str, Secret], tools: Tools) -> RemoteBroker:
        return TellingBroker(self, spec, credential)


@pytest.fixture
def world() -> World:
    made = TellingWorld()
    made.accounts = {("PAPER-1", "a"): "N-1", ("PAPER-2", "b"): "N-1", ("PAPER-3", "c"): "N-1"}
    return made


async def serve(database: Path, world: World, configured: Sequence[Configured] = ()) -> Gateway:
    gateway = Gateway(
        SqliteStore(database, new_epoch=lambda: 42),
        [],
        seams=fast_seams(),
        kinds=Kinds(world.kind),
        vault=SqliteVault(database, FileKeys(database.with_name("vault.key"))),
        configured=configured,
    )
    await gateway.start()
    return gateway


@pytest.fixture
async def gateway(database: Path, world: World) -> AsyncIterator[Gateway]:
    running = await serve(database, world)
    yield running
    await running.stop(1.0)


async def create(gateway: Gateway, credential: dict[str, Secret], *, withdrawals: bool = False) -> object:
    return await gateway.provisioning.create(SPEC, credential, unverified=False, withdrawals=withdrawals)


async def test_a_key_that_can_not_withdraw_is_accepted(gateway: Gateway) -> None:
    assert await create(gateway, GOOD)


async def test_a_key_that_can_withdraw_is_refused_and_not_stored(gateway: Gateway) -> None:
    with pytest.raises(BrokerwireError) as caught:
        await create(gateway, RICH)
    assert caught.value.reason == "WITHDRAWALS_ALLOWED"
    assert gateway.connections.find("far") is None
    assert gateway.vault is not None
    assert await gateway.vault.open() == []


async def test_a_key_that_can_withdraw_is_accepted_where_somebody_says_so(gateway: Gateway) -> None:
    assert await create(gateway, RICH, withdrawals=True)


async def test_a_broker_that_should_tell_and_does_not_is_no_yes(gateway: Gateway) -> None:
    with pytest.raises(BrokerwireError) as caught:
        await create(gateway, MUTE)
    assert caught.value.reason == "BROKER_UNAVAILABLE"
    assert gateway.connections.find("far") is None


async def test_a_rotation_to_a_key_that_can_withdraw_is_refused_unless_allowed(gateway: Gateway) -> None:
    await create(gateway, GOOD)
    with pytest.raises(BrokerwireError) as caught:
        await gateway.provisioning.rotate("far", RICH)
    assert caught.value.reason == "WITHDRAWALS_ALLOWED"
    link = await gateway.provisioning.rotate("far", RICH, withdrawals=True)
    assert link.connection.link is LinkState.UP


async def test_a_configured_key_that_can_withdraw_keeps_the_gateway_from_starting(database: Path, world: World) -> None:
    configured = Configured(spec=SPEC, credential=RICH, place="brokerwire.toml: connections.far")
    with pytest.raises(MisconfiguredError, match=r"connections\.far: the key can withdraw money"):
        await serve(database, world, [configured])
    running = await serve(database.with_name("other.db"), world, [replace(configured, allow_withdrawals=True)])
    await running.stop(1.0)


async def test_a_broker_that_is_away_keeps_no_gateway_from_starting(database: Path, world: World) -> None:
    running = await serve(database, world, [Configured(spec=SPEC, credential=MUTE, place="a file")])
    assert running.connections.find("far") is not None
    await running.stop(1.0)
