"""Guards renew their lease while their block runs, in threads and in asyncio alike, and notice when it is lost."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any

import grpc
import pytest

import brokerwire
from brokerwire import aio
from brokerwire.types.enums import TradingState
from brokerwire.v1 import risk_service_pb2 as pb
from brokerwire.v1 import trading_state_pb2
from tests.unit.client.fakes import FakeGateway, fail

if TYPE_CHECKING:
    from collections.abc import Callable


def lease() -> trading_state_pb2.GuardLease:
    m = trading_state_pb2.GuardLease(
        lease_id="l-1", scope=trading_state_pb2.TradingScope(kind="TRADING_SCOPE_KIND_GLOBAL")
    )
    m.ttl.FromMilliseconds(200)
    m.create_time.seconds = 1
    return m


def acquire(*_: Any) -> pb.AcquireGuardLeaseResponse:
    return pb.AcquireGuardLeaseResponse(lease=lease())


def renew(*_: Any) -> pb.RenewGuardLeaseResponse:
    return pb.RenewGuardLeaseResponse(lease=lease())


def release(*_: Any) -> pb.ReleaseGuardLeaseResponse:
    return pb.ReleaseGuardLeaseResponse(lease=lease())


def lost(_: Any, context: grpc.ServicerContext) -> Any:
    return fail(context, grpc.StatusCode.NOT_FOUND, "LEASE_NOT_FOUND", lease_id="l-1", fired="true")


def away(_: Any, context: grpc.ServicerContext) -> Any:
    return fail(context, grpc.StatusCode.UNAVAILABLE, "GATEWAY_OVERLOADED")


def gateway(**methods: Any) -> FakeGateway:
    given = {"AcquireGuardLease": acquire, "RenewGuardLease": renew, "ReleaseGuardLease": release}
    return FakeGateway(**{**given, **methods})


def calls(fake: FakeGateway, name: str) -> int:
    return len(fake.requests.get(name, []))


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_guard_renews_while_its_block_runs_and_releases_at_the_end() -> None:
    with gateway() as fake, brokerwire.connect(fake.address) as client:
        with client.guard("account:a", 5, trading_state="halted", reason="why") as guard:
            wait_for(lambda: calls(fake, "RenewGuardLease") >= 3)
            guard.check()
        asked = fake.requests["AcquireGuardLease"][0]
        assert (asked.scope.name, asked.ttl.seconds, asked.cancel_orders, asked.reason) == ("a", 5, True, "why")
        assert asked.trading_state == TradingState.HALTED.number
        assert calls(fake, "ReleaseGuardLease") == 1


def test_a_block_that_ends_with_an_error_leaves_the_lease_to_fire() -> None:
    with gateway() as fake, brokerwire.connect(fake.address) as client:
        with contextlib.suppress(ZeroDivisionError), client.guard("global"):
            raise ZeroDivisionError
        assert calls(fake, "ReleaseGuardLease") == 0


def test_a_renewal_that_fails_is_tried_again_and_a_lost_lease_is_told() -> None:
    with gateway(RenewGuardLease=[away, renew, lost]) as fake, brokerwire.connect(fake.address) as client:
        with client.guard("global") as guard:
            wait_for(lambda: guard.lost is not None)
            with pytest.raises(brokerwire.NotFound) as caught:
                guard.check()
            assert caught.value.metadata["fired"] == "true"
        assert calls(fake, "RenewGuardLease") == 3
        assert calls(fake, "ReleaseGuardLease") == 0


async def test_the_asyncio_guard_is_its_twin() -> None:
    with gateway(RenewGuardLease=[away, renew, renew, lost]) as fake:
        async with aio.connect(fake.address) as client:
            async with client.guard("global") as guard, asyncio.timeout(10):
                while guard.lost is None:
                    await asyncio.sleep(0.01)
            assert calls(fake, "ReleaseGuardLease") == 0
    with gateway() as fake:
        async with aio.connect(fake.address) as client:
            async with client.guard("global"):
                pass
            with contextlib.suppress(ZeroDivisionError):
                async with client.guard("global"):
                    raise ZeroDivisionError
            assert calls(fake, "ReleaseGuardLease") == 1


def test_a_code_goes_with_its_own_call_alone_and_is_never_shown() -> None:
    def answer(*_: Any) -> pb.SetTradingStateResponse:
        m = pb.SetTradingStateResponse()
        m.record.scope.kind = trading_state_pb2.TRADING_SCOPE_KIND_GLOBAL
        m.record.set_time.seconds = 1
        return m

    with FakeGateway(SetTradingState=answer) as fake, brokerwire.connect(fake.address) as client:
        client.set_trading_state("active", "global", reason="x", otp="123456")
        client.set_trading_state("halted", "global")
        assert [metadata.get("brokerwire-otp") for metadata in fake.metadata] == ["123456", None]


@pytest.mark.parametrize("scope", ["", "acount:x", "everything"])
def test_what_is_no_scope_is_refused_before_anything_is_sent(scope: str) -> None:
    with brokerwire.connect() as client, pytest.raises(brokerwire.InvalidRequest, match="scope"):
        client.set_trading_state("halted", scope)
