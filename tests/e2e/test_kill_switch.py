"""The kill switch on a whole gateway, in front of a broker across a network: what leaves is what the broker counts."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from brokerwire import PermissionDenied, Precondition, aio, connect
from brokerwire.errors import BrokerwireError
from brokerwire.types.enums import AuditOutcome, EventType, LinkState, OrderState, TradingState
from brokerwire_sandbox.alpaca import AlpacaSandbox, SandboxSettings
from tests.support.processes import GatewayProcess, RestartableGateway, environment, wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from brokerwire import Client
    from brokerwire.aio import AsyncClient

ACCOUNT = "alpaca-paper"
SCOPE = f"account:{ACCOUNT}"
CALLERS = 4
PER_CALLER = 25
"""Orders per second that each caller aims at; as many come through sessions as through unary calls: 200 in all."""


class Load:
    """Callers that submit at a rate, alone and through sessions, and a count of what became of it."""

    def __init__(self) -> None:
        self.accepted = 0
        self.halted = 0
        self.other: list[str] = []

    @asynccontextmanager
    async def flowing(self, client: AsyncClient) -> AsyncIterator[None]:
        async with client.session() as session:
            callers = [asyncio.create_task(self._call(client.submit)) for _ in range(CALLERS)]
            callers += [asyncio.create_task(self._call(session.submit)) for _ in range(CALLERS)]
            yield
            for caller in callers:
                caller.cancel()
            ended = await asyncio.gather(*callers, return_exceptions=True)
            assert all(isinstance(end, asyncio.CancelledError) for end in ended), ended

    async def _call(self, submit: Callable[..., Any]) -> None:
        while True:
            pause = asyncio.create_task(asyncio.sleep(1 / PER_CALLER))
            try:
                order = await submit("AAPL", "buy", 1, limit_price=1, account=ACCOUNT)
            except Precondition as error:
                self._refused(error)
            except BrokerwireError as error:
                self.other.append(str(error))
            else:
                self._answered(order)
            await pause

    def _refused(self, error: Precondition) -> None:
        if error.reason == "TRADING_HALTED":
            self.halted += 1
        else:
            self.other.append(str(error))

    def _answered(self, order: Any) -> None:
        if order.state is OrderState.REJECTED:
            assert "HALTED" in order.broker_message, order
            self.halted += 1
        else:
            self.accepted += 1


def placed(sandbox: AlpacaSandbox) -> int:
    """Count the orders that have reached the broker."""
    return sum(request.method == "POST" and request.path == "/v2/orders" for request in sandbox.requests())


async def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def connected(server: RestartableGateway) -> AsyncIterator[AsyncClient]:
    async with aio.connect(server.grpc) as client:
        async with asyncio.timeout(30):
            while (await client.connection(ACCOUNT)).link is not LinkState.UP:
                await asyncio.sleep(0.05)
        yield client


@pytest.fixture
async def sandbox() -> AsyncIterator[AlpacaSandbox]:
    async with AlpacaSandbox(SandboxSettings(rate_limit=0)) as running:
        yield running


@pytest.fixture
async def server(tmp_path: Path, sandbox: AlpacaSandbox) -> AsyncIterator[RestartableGateway]:
    running = RestartableGateway(tmp_path / "data")
    await asyncio.to_thread(running.start)
    async with aio.connect(running.grpc) as client:
        keys = {"api_key": sandbox.key, "secret_key": sandbox.secret}
        await client.create_connection(ACCOUNT, "alpaca", keys, settings={"base_url": sandbox.url})
    yield running
    await asyncio.to_thread(running.stop)


async def nothing_leaves(client: AsyncClient, sandbox: AlpacaSandbox) -> None:
    """Let orders flow for a while, and see that the broker gets none and every caller is told why."""
    before, load = placed(sandbox), Load()
    async with load.flowing(client):
        await until(lambda: load.halted >= 100)
    assert placed(sandbox) == before
    assert load.accepted == 0
    assert load.other == []


@pytest.mark.slow
async def test_no_order_leaves_one_second_after_a_kill_and_it_holds_through_kill_9(
    server: RestartableGateway, sandbox: AlpacaSandbox
) -> None:
    load = Load()
    async with connected(server) as client:
        async with load.flowing(client):
            await until(lambda: placed(sandbox) >= 200)
            change = await client.set_trading_state("halted", SCOPE, reason="drill", cancel_orders=True)
            await asyncio.sleep(1.0)
            left = placed(sandbox)
            halted = load.halted
            await until(lambda: load.halted >= halted + 200)
            assert placed(sandbox) == left, "an order left more than a second after the acknowledgement"
        assert load.other == []
        assert change.record.state is TradingState.HALTED
        await until(lambda: all(order["status"] == "canceled" for order in sandbox.orders()))
        assert change.cancel_failed_count == 0
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)
    async with connected(server) as client:
        assert (await client.account(ACCOUNT)).trading_state is TradingState.HALTED
        await nothing_leaves(client, sandbox)
        await nobody_releases_without_the_role_and_a_code(client)
        await nothing_leaves(client, sandbox)


async def refusals(client: AsyncClient) -> list[Any]:
    """Return what is on record of changes that were refused; it is there a moment after their answer."""
    async with asyncio.timeout(30):
        while True:
            events = client.events(account="@gateway")
            messages: list[Any] = [event.raw async for event in events if event.type is EventType.AUDIT]
            records = [message.audit for message in messages if message.audit.outcome == AuditOutcome.REFUSED.number]
            found = [record for record in records if record.action == "RiskService/SetTradingState"]
            if found:
                return found
            await asyncio.sleep(0.05)


async def nobody_releases_without_the_role_and_a_code(client: AsyncClient) -> None:
    with pytest.raises(PermissionDenied) as caught:
        await client.set_trading_state("active", SCOPE, reason="please")
    assert caught.value.reason == "SECOND_FACTOR_REQUIRED"
    with pytest.raises(PermissionDenied):
        await client.set_trading_state("active", SCOPE, reason="please", otp="000000")
    refused = await refusals(client)
    assert {record.reason for record in refused} == {"SECOND_FACTOR_REQUIRED"}
    assert {record.principal for record in refused} == {"local"}
    assert refused[0].target == f"ACCOUNT:{ACCOUNT}"


# --- out of reach of the API -----------------------------------------------------------------------------------------


def state_of(client: Client, scope: str) -> TradingState | None:
    records = {str(record.scope): record.state for record in client.trading_state().records}
    return records.get(scope)


def refused(client: Client) -> bool:
    try:
        client.submit("AAPL", "buy", 1, limit_price=1)
    except Precondition as error:
        return error.reason == "TRADING_HALTED"
    return False


def test_a_halt_file_stops_a_gateway_that_starts_and_its_removal_releases_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    file = data / "HALT"
    file.write_text("account:paper fire in the engine room\n")
    with GatewayProcess(data) as server, connect(server.grpc) as client:
        assert refused(client)
        (record,) = client.trading_state().records
        assert (record.principal, record.reason) == ("system:halt-file", "HALT file: fire in the engine room")
        file.unlink()
        wait_until(lambda: "HALT file is gone" in server.log.read_text())
        assert refused(client)
        server.stop(signal.SIGKILL)
    with GatewayProcess(data) as server, connect(server.grpc) as client:
        assert refused(client)


def test_a_halt_file_and_a_signal_stop_a_gateway_that_runs(tmp_path: Path) -> None:
    with GatewayProcess(tmp_path / "data") as server, connect(server.grpc) as client:
        assert not refused(client)
        (server.data_dir / "HALT").write_text("account:paper cancel")
        wait_until(lambda: state_of(client, "account:paper") is TradingState.HALTED)
        wait_until(lambda: not list(client.orders(open_only=True)))
        server.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: state_of(client, "global") is TradingState.HALTED)
        assert refused(client)
        assert 'brokerwire_trading_state{scope="GLOBAL",state="HALTED"} 1.0' in metrics(server)


def metrics(server: GatewayProcess) -> str:
    import urllib.request

    with urllib.request.urlopen(f"http://{server.http}/metrics") as answer:
        text: str = answer.read().decode()
    return text


# --- a client that dies ----------------------------------------------------------------------------------------------

HOLDER = """
import sys, time, brokerwire
with brokerwire.connect(sys.argv[1]) as client:
    with client.guard("account:paper", 3, trading_state="halted", reason="strategy one") as guard:
        client.submit("AAPL", "buy", 1, limit_price=1)
        print("holding", guard.lease.lease_id, flush=True)
        time.sleep(600)
"""


def test_a_lease_fires_when_its_client_is_killed(tmp_path: Path) -> None:
    with GatewayProcess(tmp_path / "data") as server, connect(server.grpc) as client:
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLDER, server.grpc], stdout=subprocess.PIPE, text=True, env=environment()
        )
        try:
            assert holder.stdout is not None
            _, lease_id = holder.stdout.readline().split()
            assert [lease.lease_id for lease in client.guard_leases()] == [lease_id]
            assert not refused(client)
        finally:
            os.kill(holder.pid, signal.SIGKILL)
            holder.communicate()
        wait_until(lambda: state_of(client, "account:paper") is TradingState.HALTED, timeout=30)
        wait_until(lambda: not list(client.orders(open_only=True)), timeout=30)
        assert refused(client)
        with pytest.raises(BrokerwireError) as caught:
            client.renew_guard_lease(lease_id)
        assert (caught.value.reason, caught.value.metadata["fired"]) == ("LEASE_NOT_FOUND", "true")


def test_a_guard_that_ends_by_itself_releases_and_one_that_ends_with_an_error_does_not(tmp_path: Path) -> None:
    class StrategyError(Exception):
        pass

    with GatewayProcess(tmp_path / "data") as server, connect(server.grpc) as client:
        with client.guard("account:paper", 30) as guard:
            guard.check()
            assert len(client.guard_leases()) == 1
        assert client.guard_leases() == ()
        with pytest.raises(StrategyError), client.guard("account:paper", 30):
            raise StrategyError
        assert len(client.guard_leases()) == 1
