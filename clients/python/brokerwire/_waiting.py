"""Waiting for an order by its stream, free of any I/O."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from brokerwire._calls.streams import stream_orders
from brokerwire.errors import WaitTimeout
from brokerwire.types.orders import Order, OrderEvent
from brokerwire.types.streams import Snapshot, SnapshotEnd

if TYPE_CHECKING:
    from brokerwire._streaming.spec import Spec

Until = Literal["terminal"] | Callable[[Order], bool]


class Wait:
    """One wait for one order."""

    def __init__(self, order: Order, until: Until) -> None:
        self.order = order
        self._until = until
        self._seen = False

    @property
    def over(self) -> bool:
        """Whether the order is where the caller wants it. A terminal order goes nowhere else."""
        return self.order.terminal or (callable(self._until) and self._until(self.order))

    def spec(self) -> Spec[OrderEvent, Order]:
        """The stream to watch: its snapshot has the order, even if it has ended meanwhile."""
        order = self.order
        return stream_orders(
            client_order_ids=order.client_order_id or None,
            terminal_since=order.create_time,
            min_sequences={order.account_id: order.sequence} if order.sequence else None,
            account=order.account_id,
        )

    def look(self, item: Any) -> bool:  # noqa: ANN401 - any item of the stream
        """Takes one item. True: the order was not in the snapshot, so it has to be looked up."""
        if isinstance(item, SnapshotEnd):
            return not self._seen
        found = item.value if isinstance(item, Snapshot) else getattr(item, "order", None)
        if isinstance(found, Order) and found.order_id == self.order.order_id:
            self.update(found)
        return False

    def update(self, found: Order) -> None:
        """Takes a newer state of the order."""
        self._seen = True
        if found.version >= self.order.version:
            self.order = found

    def timed_out(self, timeout: float | None) -> WaitTimeout:
        """The error for a wait that took too long."""
        order = self.order
        message = (
            f"order {order.client_order_id or order.order_id} is {order.state} after {timeout} s "
            f"({order.filled_quantity} filled); it goes on"
        )
        return WaitTimeout(message, order)
