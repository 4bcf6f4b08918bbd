"""Connections to Alpaca's sandbox: made, tried, rotated and ended as they are at Alpaca itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from brokerwire_sandbox.alpaca import AlpacaSandbox, SandboxSettings
from brokerwire_server.brokers.registry import Registry
from brokerwire_server.domain.accounts import AccountStatus
from brokerwire_server.domain.connections import ConnectionSpec, Environment, LinkState
from brokerwire_server.domain.errors import BrokerwireError
from brokerwire_server.domain.orders import OrderState
from brokerwire_server.domain.secrets import Secret
from brokerwire_server.engine.gateway import Gateway
from brokerwire_server.engine.seams import system_seams
from brokerwire_server.store.keys import FileKeys
from brokerwire_server.store.sqlite import SqliteStore
from brokerwire_server.store.vault import SqliteVault
from tests.support.builders import request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path


@pytest.fixture
async def sandbox() -> AsyncIterator[AlpacaSandbox]:
    running = AlpacaSandbox(SandboxSettings())
    await running.start()
    yield running
    await running.stop()


async def serve(path: Path) -> Gateway:
    gateway = Gateway(
        SqliteStore(path / "brokerwire.db", new_epoch=lambda: 1),
        [],
        seams=system_seams(),
        kinds=Registry(),
        vault=SqliteVault(path / "brokerwire.db", FileKeys(path / "vault.key")),
    )
    await gateway.start()
    return gateway


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    running = await serve(tmp_path)
    yield running
    await running.stop(1.0)


def spec(url: str, environment: Environment = Environment.PAPER) -> ConnectionSpec:
    return ConnectionSpec(
        connection_id="alpaca-paper", broker="alpaca", environment=environment, settings={"base_url": url}
    )


def keys(key: str, secret: str) -> dict[str, Secret]:
    return {"api_key": Secret(key), "secret_key": Secret(secret)}


async def create(gateway: Gateway, sandbox: AlpacaSandbox, **changes: Any) -> Any:
    credential = changes.pop("credential", keys(sandbox.key, sandbox.secret))
    return await gateway.provisioning.create(spec(sandbox.url), credential, unverified=False, **changes)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.02)


async def reason_of(work: Any) -> str:
    with pytest.raises(BrokerwireError) as caught:
        await work
    return caught.value.reason


def link(gateway: Gateway) -> LinkState:
    return gateway.connections.get("alpaca-paper").connection.link


async def test_a_connection_is_made_checked_and_traded_on(gateway: Gateway, sandbox: AlpacaSandbox) -> None:
    made = await create(gateway, sandbox)
    assert [account.account_id for account in made.accounts] == ["alpaca-paper"]
    await until(lambda: link(gateway) is LinkState.UP)
    _, checks = await gateway.provisioning.check("alpaca-paper")
    assert [check.name for check in checks if not check.ok] == []
    submission = await gateway.desk.submit(request(account_id="alpaca-paper"))
    assert not submission.order.terminal
    assert len(sandbox.orders()) == 1
    assert (await gateway.breaks.reconcile(gateway.accounts.get("alpaca-paper"))).ok


async def test_wrong_keys_an_absent_host_and_a_live_key_are_refused_in_words(
    gateway: Gateway, sandbox: AlpacaSandbox
) -> None:
    wrong = create(gateway, sandbox, credential=keys(sandbox.key, "wrong"))
    assert await reason_of(wrong) == "CREDENTIALS_REFUSED"
    assert await reason_of(create(gateway, sandbox, credential=keys("AKLIVE", "x"))) == "ENVIRONMENT_MISMATCH"
    url, key, secret = sandbox.url, sandbox.key, sandbox.secret
    await sandbox.stop()
    away = gateway.provisioning.create(spec(url), keys(key, secret), unverified=False)
    assert await reason_of(away) == "BROKER_UNAVAILABLE"
    assert gateway.connections.links() == []
    await sandbox.start()


async def test_revoked_keys_are_replaced_while_an_order_works(gateway: Gateway, sandbox: AlpacaSandbox) -> None:
    await create(gateway, sandbox)
    await until(lambda: link(gateway) is LinkState.UP)
    order = (await gateway.desk.submit(request(account_id="alpaca-paper"))).order
    account = gateway.accounts.get("alpaca-paper")
    sandbox.set_quote("AAPL", "150", "151")
    new = sandbox.rotate_keys()
    assert (
        await reason_of(gateway.provisioning.rotate("alpaca-paper", keys(*new[:1], "wrong"))) == "CREDENTIALS_REFUSED"
    )
    await gateway.provisioning.rotate("alpaca-paper", keys(*new))
    sandbox.set_quote("AAPL", "99", "99.5")
    await until(lambda: account.book.orders.by_id[order.order_id].state is OrderState.FILLED)
    assert account.book.positions["AAPL"].quantity == order.quantity
    await until(lambda: link(gateway) is LinkState.UP)
    assert (await gateway.breaks.reconcile(account)).detail == "both sides agree"


async def test_it_is_ended_and_made_again_on_the_same_journal(gateway: Gateway, sandbox: AlpacaSandbox) -> None:
    await create(gateway, sandbox)
    account = gateway.accounts.get("alpaca-paper")
    await gateway.provisioning.delete("alpaca-paper", force=False)
    assert account.book.account.status is AccountStatus.CLOSED
    await create(gateway, sandbox)
    assert gateway.accounts.get("alpaca-paper") is account
    assert account.book.account.status is AccountStatus.ACTIVE
    await until(lambda: link(gateway) is LinkState.UP)


async def test_a_restart_serves_it_again_and_one_without_alpaca_starts_all_the_same(
    tmp_path: Path, sandbox: AlpacaSandbox
) -> None:
    first = await serve(tmp_path)
    await create(first, sandbox)
    await first.stop(1.0)
    second = await serve(tmp_path)
    await until(lambda: link(second) is LinkState.UP)
    await second.stop(1.0)
    await sandbox.stop()
    third = await serve(tmp_path)
    assert third.healthy
    assert link(third) is LinkState.DOWN
    assert third.connections.get("alpaca-paper").connection.detail
    await third.stop(1.0)
    await sandbox.start()
