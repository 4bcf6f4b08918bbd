from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from brokerwire_server.domain.errors import (
    DeniedError,
    InvalidRequestError,
    NotFoundError,
    OverloadedError,
    PreconditionError,
    UnavailableError,
)
from brokerwire_server.domain.trading import EVERYTHING, LeaseState, Scope, ScopeKind, TradingState
from brokerwire_server.engine.acting import acting_as
from brokerwire_server.engine.leases import MAX_LEASES, REMEMBERED
from brokerwire_server.engine.seams import NANOS
from brokerwire_server.store.base import StoreError
from tests.support.builders import request
from tests.unit.engine.conftest import crash, start_gateway, until
from tests.unit.engine.trading import ACCOUNT, NARROW, OFFICER, READER, TRADER, audited

if TYPE_CHECKING:
    from pathlib import Path

    from brokerwire_server.domain.access import Principal
    from brokerwire_server.domain.trading import GuardLease
    from brokerwire_server.engine.gateway import Gateway
    from tests.support.scripted_broker import ScriptedBroker

LONG = 300 * NANOS
SHORT = 3 * NANOS


async def acquire(gateway: Gateway, ttl: int = LONG, *, by: Principal = TRADER, **changes: Any) -> GuardLease:
    fields: dict[str, Any] = {"scope": ACCOUNT, "cancel": True, "state": TradingState.HALTED, "reason": "strategy one"}
    fields |= changes
    with acting_as(by):
        return await gateway.leases.acquire(fields.pop("scope"), ttl, **fields)


def state_of(gateway: Gateway, lease: GuardLease) -> LeaseState:
    return next(other.lease_state for other in gateway.leases.all() if other.lease_id == lease.lease_id)


async def test_a_lease_that_is_not_renewed_cancels_and_halts_and_only_a_person_releases(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    with acting_as(TRADER):
        await gateway.desk.submit(request())
    lease = await acquire(gateway, SHORT)
    await until(lambda: state_of(gateway, lease) is LeaseState.FIRED)
    await until(lambda: broker.cancels)
    with pytest.raises(PreconditionError, match="HALTED"):
        await gateway.desk.submit(request(client_order_id="two"))
    record = next(record for record in gateway.switchboard.records() if record.scope == ACCOUNT)
    assert record.principal == "system:lease"
    assert "strategy one" in record.reason
    fired = await audited(gateway, "lease.fired")
    assert (fired.principal, fired.details["holder"]) == ("system:lease", "trader")


async def test_a_lease_may_only_cancel(gateway: Gateway, broker: ScriptedBroker) -> None:
    await gateway.desk.submit(request())
    lease = await acquire(gateway, SHORT, state=TradingState.ACTIVE)
    await until(lambda: state_of(gateway, lease) is LeaseState.FIRED and broker.cancels)
    await gateway.desk.submit(request(client_order_id="two"))
    assert gateway.switchboard.records() == []


async def test_a_lease_that_is_renewed_in_time_does_nothing(gateway: Gateway, broker: ScriptedBroker) -> None:
    lease = await acquire(gateway, 100 * NANOS)
    waited = gateway.seams.monotonic()
    while gateway.seams.monotonic() < waited + 250:
        with acting_as(TRADER):
            renewed = gateway.leases.renew(lease.lease_id)
        assert renewed.expire_time >= lease.expire_time
        await gateway.seams.sleep(5.0)
    assert state_of(gateway, lease) is LeaseState.ACTIVE
    assert broker.cancels == []


async def test_a_renewal_that_comes_too_late_is_told_so(gateway: Gateway) -> None:
    lease = await acquire(gateway, SHORT)
    await until(lambda: state_of(gateway, lease) is LeaseState.FIRED)
    with acting_as(TRADER), pytest.raises(NotFoundError, match="has fired") as caught:
        gateway.leases.renew(lease.lease_id)
    assert caught.value.metadata == {"lease_id": lease.lease_id, "fired": "true"}
    with pytest.raises(NotFoundError) as caught:
        gateway.leases.renew("another")
    assert caught.value.metadata["fired"] == "false"


async def test_a_released_lease_never_fires(gateway: Gateway, broker: ScriptedBroker) -> None:
    lease = await acquire(gateway, SHORT)
    with acting_as(TRADER):
        await gateway.leases.release(lease.lease_id)
    await gateway.seams.sleep(10.0)
    assert gateway.leases.all() == []
    assert gateway.switchboard.records() == []
    assert await gateway.store.trading.leases() == []


async def test_a_lease_survives_a_crash_and_fires_unless_it_is_renewed(database: Path, broker: ScriptedBroker) -> None:
    gateway = await start_gateway(database, broker)
    silent, alive = await acquire(gateway, SHORT, cancel=False), await acquire(gateway, LONG, cancel=False)
    await crash(gateway)
    again = await start_gateway(database, broker)
    with acting_as(TRADER):
        assert again.leases.renew(alive.lease_id).lease_state is LeaseState.ACTIVE
    await until(lambda: state_of(again, silent) is LeaseState.FIRED)
    assert again.switchboard.state_of(ACCOUNT) is TradingState.HALTED
    await again.stop(grace=1.0)


async def test_a_lease_that_fired_does_not_fire_again_after_a_restart(database: Path, broker: ScriptedBroker) -> None:
    gateway = await start_gateway(database, broker)
    lease = await acquire(gateway, SHORT)
    for _ in range(200):
        if [stored.lease_state for stored in await gateway.store.trading.leases()] == [LeaseState.FIRED]:
            break
        await gateway.seams.sleep(1.0)
    await crash(gateway)
    again = await start_gateway(database, broker)
    assert state_of(again, lease) is LeaseState.FIRED
    with acting_as(TRADER), pytest.raises(NotFoundError, match="has fired"):
        again.leases.renew(lease.lease_id)
    await again.stop(grace=1.0)


async def test_a_release_that_can_not_be_made_durable_leaves_the_lease_waiting(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: object) -> None:
        raise StoreError("the disk is gone")

    lease = await acquire(gateway, SHORT)
    monkeypatch.setattr(gateway.store.trading, "delete_lease", fail)
    with acting_as(TRADER), pytest.raises(UnavailableError, match="still waits"):
        await gateway.leases.release(lease.lease_id)
    await until(lambda: state_of(gateway, lease) is LeaseState.FIRED)


@pytest.mark.parametrize("ttl", [SHORT - 1, LONG + 1])
async def test_a_lease_takes_3_to_300_seconds(gateway: Gateway, ttl: int) -> None:
    with pytest.raises(InvalidRequestError, match="3 to 300"):
        await acquire(gateway, ttl)


async def test_a_lease_must_do_something_and_name_something(gateway: Gateway) -> None:
    with pytest.raises(InvalidRequestError, match="do something"):
        await acquire(gateway, cancel=False, state=TradingState.ACTIVE)
    with pytest.raises(NotFoundError):
        await acquire(gateway, scope=Scope(ScopeKind.ACCOUNT, "nope"))
    with pytest.raises(DeniedError):
        await acquire(gateway, scope=EVERYTHING, by=NARROW)


async def test_a_lease_is_its_holders_and_role_risk_may_end_it(gateway: Gateway) -> None:
    lease = await acquire(gateway)
    with acting_as(READER), pytest.raises(DeniedError):
        gateway.leases.renew(lease.lease_id)
    with acting_as(OFFICER):
        await gateway.leases.release(lease.lease_id)


async def test_a_principal_has_a_limit_of_leases(gateway: Gateway) -> None:
    for _ in range(MAX_LEASES):
        await acquire(gateway)
    with pytest.raises(OverloadedError) as caught:
        await acquire(gateway)
    assert caught.value.reason == "PRINCIPAL_LIMIT"
    await acquire(gateway, by=OFFICER)


async def test_a_lease_that_can_not_be_made_durable_is_none(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_: object) -> None:
        raise StoreError("the disk is gone")

    monkeypatch.setattr(gateway.store.trading, "put_lease", fail)
    with pytest.raises(UnavailableError):
        await acquire(gateway)
    assert gateway.leases.all() == []


async def test_of_the_leases_that_fired_the_last_ones_are_remembered(gateway: Gateway) -> None:
    assert REMEMBERED >= MAX_LEASES
    for _ in range(2):
        for _ in range(MAX_LEASES):
            await acquire(gateway, SHORT, cancel=False, state=TradingState.REDUCE_ONLY)
        await until(lambda: all(lease.lease_state is LeaseState.FIRED for lease in gateway.leases.all()))
    for _ in range(200):
        if len(await gateway.store.trading.leases()) == REMEMBERED:
            break
        await gateway.seams.sleep(1.0)
    assert len(gateway.leases.all()) == REMEMBERED
