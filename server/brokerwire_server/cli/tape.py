"""What the demo sees: the streams of orders and positions, printed as they come, and checked in the end."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from rich.text import Text

from brokerwire import Client
from brokerwire.types import Order, OrderEvent, PositionEvent
from brokerwire_server.cli.exits import CommandFailure
from brokerwire_server.cli.output import Output, text_of
from brokerwire_server.cli.views import state_of
from brokerwire_server.cli.watch import is_control, json_line

_PATIENCE = 10.0


class Tape:
    """Reads both streams from one thread."""

    def __init__(self, client: Client, out: Output) -> None:
        """Open the streams when entered."""
        self._client = client
        self._out = out
        self._orders = client.stream_orders()
        self._positions = client.stream_positions()
        self._sequences: list[tuple[str, int]] = []
        self._versions: dict[str, list[int]] = {}
        self._fills: list[str] = []
        self._latest: dict[str, Order] = {}
        self._valued = 0

    def __enter__(self) -> Self:
        """Wait until both streams are open: whatever happens from then on is on the tape."""
        self._orders.__enter__()
        self._positions.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the streams."""
        self._orders.close()
        self._positions.close()

    def title(self, text: str) -> None:
        """Announce what comes next."""
        if not self._out.json:
            self._out.say("")
            self._out.say(Text(text, style="bold"))

    def say(self, text: str) -> None:
        """Explain something."""
        if not self._out.json:
            self._out.say(Text(f"  {text}", style="dim"))

    def order(self, client_order_id: str) -> Order | None:
        """Return an order as the stream last showed it."""
        return self._latest.get(client_order_id)

    def until(self, state: str, *client_order_ids: str) -> None:
        """Print what comes until these orders are in a state, and the positions that their fills made."""
        self.until_true(
            lambda: all(
                (order := self.order(wanted)) is not None and order.state.value == state for wanted in client_order_ids
            ),
            f"{', '.join(client_order_ids)} to be {state}",
        )

    def until_true(self, condition: Callable[[], bool], what: str) -> None:
        """Print what comes until `condition` holds; `what` names it where it never does."""
        filled = 0
        while not condition():
            event = self._take(self._orders, what)
            if isinstance(event, OrderEvent):
                self._note(event)
                filled = event.sequence if event.fill is not None else filled
        while self._valued < filled:
            change = self._take(self._positions, "the position after the fill")
            if isinstance(change, PositionEvent):
                self._valued = change.sequence
                self._print(change, _position_text(change))

    def check(self) -> dict[str, Any]:
        """Compare what was streamed with what the gateway says now, and return the summary."""
        problem = self._problem()
        return {
            "orders": len(self._versions),
            "fills": len(self._fills),
            "events": len(self._sequences),
            "ok": not problem,
            "problem": problem,
        }

    def _problem(self) -> str:
        orders = {order.order_id: order.version for order in self._client.orders()}
        fills = {fill.fill_id for fill in self._client.fills()}
        if self._sequences != sorted(set(self._sequences)):
            return "an event came twice, or out of order"
        if {order_id: versions[-1] for order_id, versions in self._versions.items()} != orders:
            return "the gateway has orders, or states of orders, that were not streamed"
        if any(versions != list(range(1, len(versions) + 1)) for versions in self._versions.values()):
            return "a change of an order was not streamed"
        if sorted(self._fills) != sorted(fills):
            return f"{len(fills)} fills are in the book, {len(self._fills)} were streamed"
        return "" if self._client.verify_journal().ok else "the journal does not verify"

    def _take(self, stream: Any, what: str) -> Any:  # noqa: ANN401 - an item of either stream
        try:
            return stream.next_item(_PATIENCE)
        except TimeoutError:
            raise CommandFailure(f"demo: waited {_PATIENCE:g} s in vain for {what}") from None

    def _note(self, event: OrderEvent) -> None:
        order = event.order
        self._sequences.append((event.account_id, event.sequence))
        self._versions.setdefault(order.order_id, []).append(order.version)
        self._latest[order.client_order_id] = order
        if event.fill is not None:
            self._fills.append(event.fill.fill_id)
        self._print(event, _order_text(event))

    def _print(self, item: object, text: Text) -> None:
        if not self._out.json:
            self._out.say(text)
        elif not is_control(item):
            self._out.line(json_line(item))


def _order_text(event: OrderEvent) -> Text:
    order, fill = event.order, event.fill
    what = f"{order.side.value.replace('_', ' ')} {text_of(order.quantity)} {order.symbol}"
    line = Text.assemble(("  order     ", "cyan"), f"{order.client_order_id:<17}{what:<13}", state_of(order))
    if fill is not None:
        line.append(f"  {fill.quantity} @ {fill.price}", style="bold")
        line.append(f"  ({order.filled_quantity} of {text_of(order.quantity)})", style="dim")
    elif order.state_reason.number > 0 and order.terminal:
        line.append(f"  {order.state_reason.value.replace('_', ' ')}", style="dim")
    return line


def _position_text(change: PositionEvent) -> Text:
    position = change.position
    held = "flat" if position.closed else f"{position.quantity} @ {text_of(position.average_cost)}"
    line = Text.assemble(("  position  ", "magenta"), f"{position.symbol:<17}{held}")
    if position.realized_profit_loss:
        line.append(f"  realized {position.realized_profit_loss}")
    return line
