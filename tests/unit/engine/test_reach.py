"""What a principal that is narrowed to accounts may stop, is told of, and does not hold up."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from brokerwire_server.domain.access import Action, Quota
from brokerwire_server.domain.errors import DeniedError, NotFoundError
from brokerwire_server.domain.instruments import AssetClass
from brokerwire_server.domain.orders import OrderState
from brokerwire_server.domain.trading import EVERYTHING, LeaseState, Scope, ScopeKind, TradingState
from brokerwire_server.engine.acting import acting_as
from brokerwire_server.engine.seams import NANOS
from tests.support.builders import request
from tests.unit.engine.conftest import until
from tests.unit.engine.trading import ACCOUNT, LIMITED, NARROW, TRADER, holding, set_state

if TYPE_CHECKING:
    from brokerwire_server.domain.access import Principal
    from brokerwire_server.domain.trading import GuardLease
    from brokerwire_server.engine.gateway import Gateway
    from tests.support.scripted_broker import ScriptedBroker

HALTED = TradingState.HALTED
WIDE = [
    EVERYTHING,
    Scope(ScopeKind.BROKER, "scripted"),
    Scope(ScopeKind.BROKER, "nope"),
    Scope(ScopeKind.PRINCIPAL, "trader"),
    Scope(ScopeKind.SYMBOL, "AAPL"),
]


async def acquire(gateway: Gateway, by: Principal, scope: Scope, seconds: int) -> GuardLease:
    with acting_as(by):
        return await gateway.leases.acquire(scope, seconds * NANOS, cancel=True, state=HALTED, reason="")


async def fired(gateway: Gateway, scope: Scope) -> None:
    """Wait until the lease on a scope has done all that it does."""
    async with asyncio.timeout(10.0):
        while not any(
            lease.scope == scope and lease.lease_state is LeaseState.FIRED
            for lease in await gateway.store.trading.leases()
        ):
            await gateway.seams.sleep(1.0)


@pytest.mark.parametrize("scope", WIDE, ids=str)
async def test_whoever_is_narrowed_to_accounts_stops_nothing_beyond_them_and_himself(
    gateway: Gateway, scope: Scope
) -> None:
    with pytest.raises(DeniedError):
        await set_state(gateway, HALTED, scope, by=LIMITED)
    for own in (ACCOUNT, Scope(ScopeKind.PRINCIPAL, LIMITED.name)):
        await set_state(gateway, HALTED, own, by=LIMITED)


async def test_whoever_is_narrowed_to_accounts_is_told_of_what_stops_him_and_of_nothing_else(gateway: Gateway) -> None:
    mine = [ACCOUNT, Scope(ScopeKind.PRINCIPAL, LIMITED.name)]
    for scope in (*WIDE[:2], *WIDE[3:], *mine):
        await set_state(gateway, HALTED, scope)
    with acting_as(LIMITED):
        told = {record.scope for record in gateway.switchboard.records()}
    assert told == {EVERYTHING, WIDE[1], WIDE[4], *mine}
    with acting_as(NARROW):
        assert {record.scope for record in gateway.switchboard.records()} == {EVERYTHING, WIDE[4]}
    assert len(gateway.switchboard.records()) == 6


async def test_a_flatten_asks_for_no_leave_of_whoever_stopped(gateway: Gateway, broker: ScriptedBroker) -> None:
    """He may neither cancel nor submit, and no more than one of anything a second."""
    await holding(gateway, broker, 10)
    quota = Quota(orders=1, cancels=1)
    watchman = replace(LIMITED, actions=frozenset({Action.REPLACE}), asset_classes=frozenset({AssetClass.OPTION}))
    watchman = replace(watchman, quota=quota, maximum_notional=Decimal(1))
    await gateway.desk.submit(request(client_order_id="one"))
    await gateway.desk.submit(request(client_order_id="two"))
    halt = asyncio.create_task(set_state(gateway, HALTED, ACCOUNT, by=watchman, flatten=True))
    await until(lambda: len(broker.cancels) == 2)
    for order in broker.cancels:
        broker.sink(broker.working(order, state=OrderState.CANCELED, time=time.time_ns() + 10**9))
    changed = await halt
    assert (changed.cleared.problems, changed.record.principal) == ([], LIMITED.name)
    ((closing,),) = [sent for sent in broker.sent if sent[0].order_id in changed.cleared.flatten_order_ids]
    assert closing.principal == "system:kill-switch"


async def test_whoever_stops_himself_cancels_only_where_he_reaches(gateway: Gateway, broker: ScriptedBroker) -> None:
    with acting_as(replace(NARROW, accounts=frozenset())):
        await gateway.desk.submit(request())
    mine = Scope(ScopeKind.PRINCIPAL, NARROW.name)
    assert (await set_state(gateway, HALTED, mine, by=NARROW, cancel=True)).cleared.cancels == 0
    assert (await set_state(gateway, HALTED, mine, by=TRADER, cancel=True)).cleared.cancels == 1
    assert len(broker.cancels) == 1


async def test_a_lease_on_an_account_out_of_reach_does_not_exist(gateway: Gateway) -> None:
    lease = await acquire(gateway, TRADER, ACCOUNT, 300)
    with acting_as(LIMITED):
        assert gateway.leases.all() == [lease]
    with acting_as(NARROW):
        assert gateway.leases.all() == []
        with pytest.raises(NotFoundError) as caught:
            gateway.leases.renew(lease.lease_id)
        with pytest.raises(NotFoundError):
            await gateway.leases.release(lease.lease_id)
        with pytest.raises(NotFoundError) as never:
            gateway.leases.renew("never")
        with pytest.raises(NotFoundError):
            await acquire(gateway, NARROW, ACCOUNT, 300)
    assert caught.value.metadata["fired"] == never.value.metadata["fired"]
    assert gateway.leases.all() == [lease]


async def test_a_lease_fires_whatever_its_holder_may_do_and_no_further_than_he_reaches(
    gateway: Gateway, broker: ScriptedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    reach = {LIMITED.name: LIMITED.accounts, NARROW.name: NARROW.accounts}
    monkeypatch.setattr(gateway.leases, "_reach_of", lambda name: reach[name])
    bot = replace(LIMITED, actions=frozenset({Action.SUBMIT}), quota=Quota(cancels=1, orders=1))
    for principal in (bot, replace(NARROW, accounts=frozenset())):
        with acting_as(principal):
            await gateway.desk.submit(request(client_order_id=principal.name))
    for principal in (bot, NARROW):
        scope = Scope(ScopeKind.PRINCIPAL, principal.name)
        await acquire(gateway, principal, scope, 3)
        await fired(gateway, scope)
        assert gateway.switchboard.state_of(scope) is HALTED
    assert [order.client_order_id for order in broker.cancels] == [LIMITED.name]
