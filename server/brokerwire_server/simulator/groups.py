"""How the orders of a group move each other.

Exits are held until their entry begins to fill; from then on they protect exactly what is filled. The first execution
of an exit ends the rest of the entry, for nobody wants to go on entering what is being left. Each execution of an exit
takes its quantity off the other one, and the end of one exit is the end of the other.
"""

from typing import TYPE_CHECKING

from brokerwire_server.domain.orders import OrderState, StateReason
from brokerwire_server.simulator.working import Group, Working

if TYPE_CHECKING:
    from brokerwire_server.simulator.core import Core


def before_exit(core: "Core", group: Group) -> None:
    """End what is left of the entry before an exit triggers or executes: the exits have their final size then."""
    entry = group.entry
    if entry is not None and entry.open:
        core.end(entry, OrderState.CANCELED, StateReason.GROUP_CANCELED, "an exit of the group executes")


def after_fill(core: "Core", order: Working, group: Group) -> None:
    """Follow an execution of a member."""
    if order is group.entry:
        _protect(core, group)
    else:
        _resize(core, group, order)


def after_end(core: "Core", order: Working, group: Group) -> None:
    """Follow the end of a member."""
    if order is not group.entry:
        state = OrderState.EXPIRED if order.state is OrderState.EXPIRED else OrderState.CANCELED
        for other in group.exits:
            # The exit whose last execution brought this about is filled, and about to be retired as such.
            if other.open and other.filled != other.quantity:
                core.end(other, state, StateReason.GROUP_CANCELED, "the other exit of the group ended")
    elif order.filled:
        group.size = order.filled
        _resize(core, group, None)
    else:
        exits, group.exits = group.exits, []
        for held in exits:
            if held.open:
                core.end(held, OrderState.CANCELED, StateReason.PARENT_NOT_FILLED, "the entry ended without a fill")


def activate(core: "Core", order: Working) -> None:
    """Put a held exit into the market."""
    group = order.group
    order.held = False
    sized = None
    if order.quantity is None and group is not None:
        sized = order.quantity = group.size
    working = core.eligible(order)
    core.status(order, OrderState.WORKING if working else OrderState.ACCEPTED, quantity=sized)
    book = core.books[order.symbol]
    book.rest(order)
    book.dirty = True


def _protect(core: "Core", group: Group) -> None:
    entry = group.entry
    if entry is not None and group.size is None:
        group.size = entry.quantity
    for order in group.exits:
        if order.open and order.held:
            activate(core, order)
    for order in group.exits:
        if order.open:
            core.books[order.symbol].dirty = True
            core.reserve(order)


def _resize(core: "Core", group: Group, executing: Working | None) -> None:
    size = group.size
    if size is None:
        return
    for order in group.exits:
        if not order.open or order is executing:
            continue
        total = size - (group.exited - order.filled)
        if total <= order.filled:
            core.end(order, OrderState.CANCELED, StateReason.GROUP_CANCELED, "the group has left its position")
        elif total != order.quantity:
            order.quantity = total
            core.restate_terms(order)
            core.reserve(order)
