"""Who is connected, and who hears of what."""

from collections.abc import Callable
from typing import Protocol

from brokerwire_sandbox.tws.messages import Fields, error
from brokerwire_sandbox.tws.records import TwsOrder
from brokerwire_sandbox.tws.settings import TwsSettings


class Listener(Protocol):
    """A connected client, as far as messages for it go."""

    client_id: int
    version: int
    auto_bind: bool

    def send(self, name: str, fields: Fields, order: TwsOrder | None = None, *, unasked: bool = False) -> None:
        """Send a message; `order` is the one that it is about, `unasked` says that it answers no question."""


class Hub:
    """The clients by id. While the link to the broker is down, nothing of orders reaches any of them."""

    def __init__(self, settings: TwsSettings) -> None:
        """Begin with nobody."""
        self._master = settings.master_client_id
        self.clients: dict[int, Listener] = {}
        self.broken = False
        self.hushed: set[int] = set()
        """The permIds of orders whose answer is lost: nothing is told of them until the request is over."""

    def tell(self, order: TwsOrder, name: str, encode: Callable[[int], Fields]) -> None:
        """Send what happens to an order to its client, to client 0 for orders placed by hand, and to the master."""
        if self.broken or order.permanent_id in self.hushed:
            return
        for client in self._listeners(order):
            client.send(name, encode(client.version), order, unasked=True)

    def notify(self, code: int, text: str, request_id: int = -1) -> None:
        """Send a system notice to everyone."""
        for client in list(self.clients.values()):
            client.send("error", error(code, text, request_id, client.version), unasked=True)

    def _listeners(self, order: TwsOrder) -> list[Listener]:
        ids = {order.client_id} if order.order_id else set()
        zero = self.clients.get(0)
        if not order.order_id and zero is not None and zero.auto_bind:
            ids.add(0)
        if self._master is not None:
            ids.add(self._master)
        return [client for client_id in sorted(ids) if (client := self.clients.get(client_id)) is not None]
