"""The account and its market as one object: what the HTTP paths, the control API and the Python object call."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from brokerwire_sandbox.alpaca import errors, multileg, placing, replacing
from brokerwire_sandbox.alpaca.activities import Activities
from brokerwire_sandbox.alpaca.assets import Asset
from brokerwire_sandbox.alpaca.lifecycle import Lifecycle
from brokerwire_sandbox.alpaca.records import OrderRecord
from brokerwire_sandbox.alpaca.requests import Change, Draft, Terms
from brokerwire_sandbox.alpaca.scripting import Script
from brokerwire_sandbox.alpaca.settings import Environment, SandboxSettings
from brokerwire_sandbox.alpaca.state import ACCOUNT, State
from brokerwire_sandbox.alpaca.views import Views
from brokerwire_server.domain.decimals import HUNDRED, ZERO
from brokerwire_server.domain.instruments import AssetClass
from brokerwire_server.domain.market import Quote
from brokerwire_server.simulator import SimulationClock

_NINE = Decimal("0.000000001")


class Market:
    """All of the sandbox that is not input or output. Synchronous: each call leaves everything settled."""

    def __init__(self, settings: SandboxSettings, clock: SimulationClock) -> None:
        """Open the account."""
        self.clock = clock
        self.state = State(settings, clock.now)
        self.life = Lifecycle(self.state)
        self.views = Views(self.state)
        self.activities = Activities(self.state)
        self.script = Script(self.state, self.life, self.activities)
        self.shown: list[Callable[[Quote], None]] = []
        """Who is told of every quote that is shown."""

    # --- time and prices ---

    def tick(self) -> None:
        """Bring the market up to the clock: sessions change, orders expire."""
        state = self.state
        state.exchange.advance(state.now)
        self._settle()
        for record in state.overdue():
            if record.id in state.multileg:
                multileg.end(state, record, "expired")
            elif record.terms.time_in_force == "gtc":
                self._end(record)
        for parent in list(state.multileg.values()):
            multileg.enter(state, parent)
        self.views.sample()

    def set_quote(
        self,
        symbol: str,
        bid: Decimal,
        ask: Decimal,
        *,
        bid_size: Decimal | None = None,
        ask_size: Decimal | None = None,
        last: Decimal | None = None,
    ) -> None:
        """Show a quote; orders match against it. Sizes default to more than any order takes.

        Raises:
            ApiError: 404, the symbol is unknown.
        """
        state = self.state
        asset = state.assets.find(symbol)
        if asset is None:
            raise errors.not_found(f"asset not found for {symbol}")
        state.exchange.list_instrument(asset.details)
        size = state.settings.quote_size
        self.show(
            Quote(
                symbol=asset.symbol,
                bid=bid,
                bid_size=size if bid_size is None else bid_size,
                ask=ask,
                ask_size=size if ask_size is None else ask_size,
                last=ZERO if last is None else last,
                time=state.now,
            )
        )

    def show(self, quote: Quote) -> None:
        """Show a quote of a listed symbol."""
        state = self.state
        state.exchange.advance(state.now)
        state.exchange.on_quote(quote)
        self._settle()
        for listener in self.shown:
            listener(quote)
        for parent in list(state.multileg.values()):
            multileg.match(state, parent)

    def refresh_options(self) -> None:
        """Let the made-up quotes of options follow their underlyings."""
        for quote in self.state.fresh_option_quotes():
            self.show(quote)

    # --- orders ---

    def submit(self, draft: Draft, *, external: bool = False) -> dict[str, Any]:
        """Take an order, and return the answer of the POST."""
        self.tick()
        answer = placing.submit(self.state, self.life, draft, external=external)
        self._settle()
        return answer

    def replace(self, order_id: str, change: Change) -> dict[str, Any]:
        """Take a replace, and return the answer of the PATCH."""
        self.tick()
        answer = replacing.replace_order(self.state, self.order(order_id), change)
        self._settle()
        return answer

    def cancel(self, order_id: str) -> None:
        """Take a cancel."""
        self.tick()
        self._cancel(self.order(order_id))
        self._settle()

    def cancel_all(self) -> list[dict[str, Any]]:
        """Cancel all open orders, and return a status for each."""
        self.tick()
        results: list[dict[str, Any]] = []
        for record in sorted(self.state.open.values(), key=lambda r: r.sequence):
            if record.terminal or (record.parent is not None and not record.parent.terminal):
                continue
            results.append({"id": record.id, "status": self._try_cancel(record)})
        self._settle()
        return results

    def order(self, order_id: str) -> OrderRecord:
        """Return an order by its id.

        Raises:
            ApiError: 404.
        """
        record = self.state.records.get(order_id)
        if record is None:
            raise errors.not_found(f"order not found for {order_id}")
        return record

    def close_position(
        self, key: str, *, quantity: Decimal | None = None, percentage: Decimal | None = None
    ) -> dict[str, Any]:
        """Sell (or buy back) a position, all of it by default, at the market; return the order."""
        if quantity is not None and percentage is not None:
            raise errors.invalid("only one of qty or percentage is accepted")
        asset = self.held_asset(key)
        held = self.state.held(asset.symbol)
        amount = abs(held)
        if percentage is not None:
            if not ZERO < percentage <= HUNDRED:
                raise errors.invalid("percentage must be between 0 and 100")
            amount = (amount * percentage / HUNDRED).quantize(_NINE).normalize() + ZERO
        elif quantity is not None:
            amount = quantity
        duration = "gtc" if asset.kind is AssetClass.CRYPTO else "day"
        terms = Terms(type="market", time_in_force=duration, quantity=amount)
        return self.submit(Draft(symbol=asset.symbol, side="sell" if held > 0 else "buy", terms=terms))

    def close_all(self, *, cancel_orders: bool) -> list[dict[str, Any]]:
        """Close every position, and return status and body for each."""
        if cancel_orders:
            self.cancel_all()
        results: list[dict[str, Any]] = []
        for asset in self.views.held_assets():
            body: dict[str, Any]
            try:
                body, status = self.close_position(asset.symbol), 200
            except errors.ApiError as error:
                body, status = error.body, error.status
            results.append({"symbol": asset.position_symbol, "status": status, "body": body})
        return results

    def held_asset(self, key: str) -> Asset:
        """Return the asset of an open position, by either symbol or its id.

        Raises:
            ApiError: 404, nothing of it is held.
        """
        asset = self.state.assets.find(key)
        if asset is None or not self.state.held(asset.symbol):
            raise errors.not_found("position does not exist")
        return asset

    # --- stages at which requests wait ---

    def hold(self, stage: str) -> None:
        """Keep requests waiting at a stage: "new" (pending_new), "cancel" or "replace" (pending_...)."""
        if stage not in self.state.waiting:
            raise errors.invalid("stage is new, cancel or replace")
        self.state.holds.add(stage)

    def release(self, stage: str) -> int:
        """Let the requests of a stage go on, and return how many there were."""
        if stage not in self.state.waiting:
            raise errors.invalid("stage is new, cancel or replace")
        self.state.holds.discard(stage)
        waiting, self.state.waiting[stage] = self.state.waiting[stage], []
        for work in waiting:
            work()
        self._settle()
        return len(waiting)

    # --- inside ---

    def _try_cancel(self, record: OrderRecord) -> int:
        try:
            self._cancel(record)
        except errors.ApiError as error:
            return error.status
        return 200

    def _cancel(self, record: OrderRecord) -> None:
        state = self.state
        if record.terminal:
            raise errors.unprocessable(f'order is already in "{record.status}" state')
        if record.status == "pending_cancel":
            raise errors.unprocessable('order is already in "pending_cancel" state')
        if state.settings.environment is Environment.LIVE:
            record.cancel_requested_at = state.stamp()
        before = record.status
        if "cancel" in state.holds or state.settings.pending_events:
            state.change(record, "pending_cancel")
        if "cancel" in state.holds:
            state.waiting["cancel"].append(lambda: self._carry_out(record, before))
        else:
            self._carry_out(record, before)

    def _carry_out(self, record: OrderRecord, before: str) -> None:
        state = self.state
        if record.terminal:
            return
        if state.failing["cancel"]:
            state.failing["cancel"] -= 1
            record.status = record.working_status if record.filled else before
            state.emit("order_cancel_rejected", record, state.stamp())
            return
        self._end(record)

    def _end(self, record: OrderRecord) -> None:
        state = self.state
        if record.terms.order_class == "mleg":
            parent = record.parent or record
            multileg.end(state, parent, "canceled")
        elif state.exchange.working(ACCOUNT, record.chain) is not None:
            state.exchange.cancel(ACCOUNT, record.chain)
        else:
            self.life.end(record, "canceled")

    def _settle(self) -> None:
        later = self.state.later
        while later:
            later.pop(0)()

    def orders(self) -> Sequence[OrderRecord]:
        """Return every order ever taken, in sequence."""
        return list(self.state.records.values())
