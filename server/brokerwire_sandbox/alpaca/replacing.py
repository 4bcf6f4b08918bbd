"""Replacing an order: Alpaca makes a new one, with a new id, that takes the old one's place."""

from typing import Any

from msgspec.structs import replace

from brokerwire_sandbox.alpaca import errors, rules
from brokerwire_sandbox.alpaca.lifecycle import take_over
from brokerwire_sandbox.alpaca.records import OrderRecord
from brokerwire_sandbox.alpaca.requests import Change, Draft, Terms
from brokerwire_sandbox.alpaca.settings import ReplaceFills
from brokerwire_sandbox.alpaca.state import ACCOUNT, State
from brokerwire_sandbox.alpaca.translate import new_terms
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.simulator import Refusal

_TOO_EARLY = ("accepted", "pending_new", "pending_cancel", "pending_replace")


def replace_order(state: State, old: OrderRecord, change: Change) -> dict[str, Any]:
    """Take a replace, and return the answer of the PATCH: the new order, before the market knows of it.

    Raises:
        ApiError: it is refused, and the order is as it was.
    """
    terms = _changed(old, change)
    client_order_id = change.client_order_id or state.ids.uuid()
    if client_order_id in state.clients:
        raise errors.duplicate_client_order_id()
    new = _successor(state, old, terms, client_order_id)
    answer = new.rest_json()
    if "replace" in state.holds or state.failing["replace"]:
        _announce(state, old, new)
        if "replace" in state.holds:
            state.waiting["replace"].append(lambda: carry_out(state, old, new))
        else:
            carry_out(state, old, new)
        return answer
    if state.settings.pending_events:
        _announce(state, old, new)
    refusal = _apply(state, old, new)
    if refusal is not None:
        _forget(state, old, new)
        draft = Draft(symbol=old.symbol, side=old.side, terms=terms)
        if old.asset is None:
            raise errors.unprocessable(refusal.message)
        cost = ((terms.quantity or ZERO) - old.filled) * (terms.limit_price or state.mark(old.asset) or ZERO)
        raise rules.refused(state, refusal, draft, old.asset, cost)
    return answer


def carry_out(state: State, old: OrderRecord, new: OrderRecord) -> None:
    """Do what a PATCH was answered for; where it can't be done any more, it is rejected by an event."""
    if state.failing["replace"]:
        state.failing["replace"] -= 1
        _fail(state, old, new, "replace rejected")
        return
    refusal = None
    if not old.terminal:
        old.status = _before(old)
        refusal = _apply(state, old, new)
    if old.terminal and old.status != "replaced":
        _fail(state, old, new, f"order is {old.status}")
    elif refusal is not None:
        _fail(state, old, new, refusal.message)


def _changed(old: OrderRecord, change: Change) -> Terms:
    if old.terminal:
        raise errors.unprocessable(f'order is already in "{old.status}" state')
    if old.status in _TOO_EARLY:
        raise errors.unprocessable("order isn't sent to exchange yet")
    terms = old.terms
    if terms.notional is not None:
        raise errors.unprocessable("notional orders cannot be replaced")
    if terms.order_class == "mleg" and old.parent is not None:
        raise errors.unprocessable("legs of mleg orders cannot be replaced")
    if change.limit_price is not None and terms.limit_price is None:
        raise errors.unprocessable(f"limit_price is not valid for {terms.type} orders")
    if change.stop_price is not None and (terms.stop_price is None or terms.type == "trailing_stop"):
        raise errors.unprocessable(f"stop_price is not valid for {terms.type} orders")
    if change.trail is not None and terms.type != "trailing_stop":
        raise errors.unprocessable("trail is only valid for trailing stop orders")
    wanted = replace(
        terms,
        quantity=change.quantity or terms.quantity,
        limit_price=terms.limit_price if change.limit_price is None else change.limit_price,
        stop_price=change.stop_price or terms.stop_price,
        trail_price=change.trail if change.trail and terms.trail_price else terms.trail_price,
        trail_percent=change.trail if change.trail and terms.trail_percent else terms.trail_percent,
        time_in_force=change.time_in_force or terms.time_in_force,
    )
    if wanted == terms:
        raise errors.unchanged()
    if old.asset is not None:
        rules.check_prices(old.asset, wanted)
    return wanted


def _successor(state: State, old: OrderRecord, terms: Terms, client_order_id: str) -> OrderRecord:
    new = OrderRecord(
        order_id=state.ids.uuid(),
        client_order_id=client_order_id,
        asset=old.asset,
        side=old.side,
        terms=terms,
        time=state.stamp(),
        sequence=len(state.records) + 1,
    )
    new.replaces = old.id
    new.intent = old.intent
    new.ratio = old.ratio
    new.chain = old.chain
    new.expires_at = state.lifetime(new)
    if state.settings.replace_fills is ReplaceFills.CARRIED:
        new.filled, new.filled_cost = old.filled, old.filled_cost
    return new


def _announce(state: State, old: OrderRecord, new: OrderRecord) -> None:
    state.register(new)
    old.replaced_by = new.id
    state.change(old, "pending_replace")


def _apply(state: State, old: OrderRecord, new: OrderRecord) -> Refusal | None:
    working = state.exchange.working(ACCOUNT, old.chain)
    if working is None:
        _take_over_outside(state, old, new)
        return None
    restarted = state.settings.replace_fills is ReplaceFills.RESTARTED
    state.replacements[old.id] = new
    if new.filled != old.filled and not restarted:
        new.filled, new.filled_cost = old.filled, old.filled_cost
    refusal = state.exchange.replace(
        ACCOUNT, old.chain, new_terms(old, new.terms, working.filled if restarted else ZERO)
    )
    state.replacements.pop(old.id, None)
    return refusal


def _take_over_outside(state: State, old: OrderRecord, new: OrderRecord) -> None:
    """Replace what the exchange does not hold: a leg that waits for its entry, or a multi-leg order."""
    take_over(state, old, new)
    if new.terms.order_class == "mleg":
        quantity = new.terms.quantity or ZERO
        for leg in new.legs:
            leg.terms = replace(leg.terms, quantity=quantity * (leg.ratio or ZERO))
            leg.target = leg.terms.quantity
        state.multileg[new.id] = new


def _fail(state: State, old: OrderRecord, new: OrderRecord, reason: str) -> None:
    old.replaced_by = ""
    if not old.terminal:
        old.status = _before(old)
    new.reason = reason
    if new.id in state.records:
        state.set_status(new, "rejected", state.stamp())
    state.emit("order_replace_rejected", old, state.stamp())


def _forget(state: State, old: OrderRecord, new: OrderRecord) -> None:
    if new.id in state.records:
        _fail(state, old, new, "replace rejected")


def _before(old: OrderRecord) -> str:
    if old.role == "stop_loss" and not old.filled and old.parent is not None:
        return "held"
    return old.working_status
