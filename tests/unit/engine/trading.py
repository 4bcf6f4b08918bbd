"""Who acts in tests of trading states, and short ways to what they do."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from brokerwire_server.domain.access import Principal, Role
from brokerwire_server.domain.events import AuditRecorded
from brokerwire_server.domain.orders import Order, Side
from brokerwire_server.domain.trading import EVERYTHING, Scope, ScopeKind, TradingState
from brokerwire_server.engine.acting import acting_as
from brokerwire_server.engine.controls import Change, Changed
from tests.support.builders import fill_report, request

if TYPE_CHECKING:
    from brokerwire_server.engine.gateway import Gateway
    from tests.support.scripted_broker import ScriptedBroker

TRADER = Principal(name="trader", roles=frozenset({Role.TRADE}))
OFFICER = Principal(name="officer", roles=frozenset({Role.RISK}), second_factor=True)
WITHOUT_CODE = Principal(name="officer", roles=frozenset({Role.RISK}))
READER = Principal(name="reader", roles=frozenset({Role.READ}))
NARROW = Principal(name="narrow", roles=frozenset({Role.TRADE, Role.RISK}), accounts=frozenset({"other"}))
LIMITED = Principal(name="limited", roles=frozenset({Role.TRADE, Role.RISK}), accounts=frozenset({"paper"}))
ACCOUNT = Scope(ScopeKind.ACCOUNT, "paper")


async def set_state(
    gateway: Gateway,
    state: TradingState,
    scope: Scope = EVERYTHING,
    *,
    by: Principal = TRADER,
    reason: str = "because",
    **options: Any,
) -> Changed:
    with acting_as(by):
        return await gateway.controls.set_state(Change(scope=scope, state=state, reason=reason, **options))


async def audits(gateway: Gateway, account_id: str = "paper") -> list[AuditRecorded]:
    """Return the audit records of an account's journal, when they are durable."""
    await gateway.settled(account_id)
    events = await gateway.store.read(account_id, 0, 10_000)
    return [event.payload for event in events if isinstance(event.payload, AuditRecorded)]


async def audited(gateway: Gateway, action: str, account_id: str = "paper") -> AuditRecorded:
    """Wait until something is on record, and return its latest record."""
    async with asyncio.timeout(5.0):
        while True:
            found = [record for record in await audits(gateway, account_id) if record.action == action]
            if found:
                return found[-1]
            await asyncio.sleep(0.01)


async def holding(gateway: Gateway, broker: ScriptedBroker, quantity: int = 10, name: str = "entry") -> Order:
    """Submit an order and have it filled; below zero it is a short sale."""
    side = Side.BUY if quantity > 0 else Side.SELL_SHORT
    order = (await gateway.desk.submit(request(client_order_id=name, side=side, quantity=Decimal(abs(quantity))))).order
    broker.sink(
        fill_report(
            broker_client_order_id=order.broker_client_order_id,
            execution_id=name,
            side=side,
            quantity=Decimal(abs(quantity)),
        )
    )
    return order
