"""The terminal: the market, the clients, and what passes between them. All but sockets and tasks."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from brokerwire_sandbox.tws.account_requests import AccountRequests
from brokerwire_sandbox.tws.bars import BarRequests
from brokerwire_sandbox.tws.combinations import Combinations
from brokerwire_sandbox.tws.contract_requests import ContractRequests
from brokerwire_sandbox.tws.delivery import Delivery
from brokerwire_sandbox.tws.faults import FaultRule, Kind, Target
from brokerwire_sandbox.tws.hub import Hub
from brokerwire_sandbox.tws.order_requests import OrderRequests
from brokerwire_sandbox.tws.pacing import Pace
from brokerwire_sandbox.tws.placing import Desk
from brokerwire_sandbox.tws.prices import Walk
from brokerwire_sandbox.tws.records import TwsOrder
from brokerwire_sandbox.tws.requests import Request, name_of
from brokerwire_sandbox.tws.script import Script
from brokerwire_sandbox.tws.settings import FillOrder, TwsSettings
from brokerwire_sandbox.tws.state import Refused, State
from brokerwire_sandbox.tws.ticks import TickRequests
from brokerwire_sandbox.tws.trading import Trading
from brokerwire_server.simulator import SimulationClock

if TYPE_CHECKING:
    from brokerwire_sandbox.tws.session import Session

_NEVER_HELD = (Target.START_API, Target.REQ_CURRENT_TIME)


class Terminal:
    """What every session talks to."""

    def __init__(self, settings: TwsSettings, clock: SimulationClock) -> None:
        """Open the accounts."""
        self.settings = settings
        self.state = State(settings, clock.now)
        self.trading = Trading(self.state)
        self.combinations = Combinations(self.state, self.trading)
        self.desk = Desk(self.state, self.trading)
        self.script = Script(self.state, self.trading)
        self.hub = Hub(settings)
        self.delivery = Delivery()
        self.mute = False
        self.stalled = False
        self.sessions: set[Session] = set()
        self.paces: list[Pace] = []
        self.requests: list[tuple[int, str]] = []
        """Every request so far: client id and name."""
        self.held: list[Callable[[], None]] = []
        """What the broken link to the broker keeps waiting."""
        self.state.tell = self.hub.tell
        self.state.fill_order = self._fill_order
        self.accounts = AccountRequests(self)
        self.orders = OrderRequests(self)
        self.contracts = ContractRequests(self)
        self.ticks = TickRequests(self)
        self._walk = Walk(self.state)
        self._handlers: dict[str, Request] = {
            **self.orders.handlers(),
            **self.accounts.handlers(),
            **self.contracts.handlers(),
            **self.ticks.handlers(),
            **BarRequests(self).handlers(),
        }
        self._delayed: set[asyncio.TimerHandle] = set()

    def new_pace(self) -> Pace:
        """Return the counter of a new connection."""
        pace = Pace(time.monotonic_ns, self.settings.pacing, self.settings.pacing_warning)
        self.paces.append(pace)
        return pace

    def tick(self) -> None:
        """Let time do its work: sessions change, orders expire, updates that are due go out."""
        self.state.exchange.advance(self.state.now)
        self.state.settle()
        self._walk.step()
        self.accounts.push()
        self.delivery.flush()

    def resume(self) -> None:
        """Go on after a silence."""
        self.mute = self.stalled = False
        for session in list(self.sessions):
            session.resume()

    def leave(self, session: "Session") -> None:
        """Take out a client that has gone."""
        session.ended = True
        self.sessions.discard(session)
        self.delivery.forget(session)
        self.accounts.forget(session)
        self.ticks.forget(session)
        if self.hub.clients.get(session.client_id) is session:
            del self.hub.clients[session.client_id]

    def drop_subscriptions(self) -> None:
        """Forget who asked for market data."""
        self.ticks.drop_all()

    def close(self) -> None:
        """End all that waits."""
        for handle in self._delayed:
            handle.cancel()
        self._delayed.clear()
        self.delivery.close()

    # --- requests ---

    def receive(self, session: "Session", fields: Sequence[str]) -> None:
        """Take one message of a client."""
        name = name_of(fields, lambda order_id: self.state.find(session.client_id, order_id))
        if session.client_id < 0 and name != Target.START_API:
            session.close()
            return
        self.requests.append((session.client_id, name))
        rule = self._struck(session, name, fields)
        if rule is None:
            self._carry_out(session, fields)
        else:
            self._spoil(session, fields, rule)

    def _struck(self, session: "Session", name: str, fields: Sequence[str]) -> FaultRule | None:
        dice = self.delivery.dice
        if not dice.active:
            return None
        reference = fields[26] if fields[0] == "3" and len(fields) > 26 else ""
        return dice.roll(Target.REQUEST, name, order_ref=reference, rate=session.pace.rate)

    def _spoil(self, session: "Session", fields: Sequence[str], rule: FaultRule) -> None:
        kind = rule.kind
        if kind is Kind.DELAY_REQUEST:
            self._delay(rule.delay, lambda: self._carry_out(session, fields))
        elif kind is Kind.REFUSE:
            session.refuse(Refused(rule.code, rule.text), fields, self._index(fields))
        elif kind in (Kind.LOSE_ANSWER, Kind.ABORT_AFTER):
            self.delivery.silenced.add(session)
            self._carry_out(session, fields)
            self.delivery.silenced.discard(session)
        elif kind is Kind.SPLIT_ORDER:
            self.orders.split_next = True
            self._carry_out(session, fields)
        if kind in (Kind.ABORT_BEFORE, Kind.ABORT_AFTER):
            session.close(abort=True)

    def _carry_out(self, session: "Session", fields: Sequence[str]) -> None:
        request = self._handlers.get(fields[0])
        if request is None:
            text = f"Error validating request.-'bZ' : cause - This sandbox does not serve message {fields[0]}."
            session.fail(321, text)
            return
        if self.hub.broken and request.needs_link:
            self.held.append(lambda: self._answer(session, request, fields))
        else:
            self._answer(session, request, fields)

    def _answer(self, session: "Session", request: Request, fields: Sequence[str]) -> None:
        self.state.exchange.advance(self.state.now)
        try:
            request.handle(session, fields)
        except Refused as refused:
            session.refuse(refused, fields, request.index)
        self.state.settle()

    def release(self) -> None:
        """Carry out what the broken link kept waiting."""
        held, self.held = self.held, []
        for work in held:
            work()

    def _index(self, fields: Sequence[str]) -> int | None:
        request = self._handlers.get(fields[0])
        return None if request is None else request.index

    def _delay(self, delay: float, work: Callable[[], None]) -> None:
        def run() -> None:
            self._delayed.discard(handle)
            work()

        handle = asyncio.get_running_loop().call_later(delay, run)
        self._delayed.add(handle)

    def _fill_order(self, order: TwsOrder) -> FillOrder:
        dice = self.delivery.dice
        rule = dice.roll(Target.FILL, order_ref=order.ticket.text("orderRef")) if dice.active else None
        return self.settings.fill_order if rule is None else FillOrder(rule.kind.value)
