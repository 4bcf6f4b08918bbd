"""The way out: every message passes here, where faults drop, double, delay and reorder them."""

import asyncio
from typing import TYPE_CHECKING

from brokerwire_sandbox.tws.faults import Dice, FaultPlan, Kind, Target
from brokerwire_sandbox.tws.messages import Fields
from brokerwire_sandbox.tws.records import TwsOrder

if TYPE_CHECKING:
    from brokerwire_sandbox.tws.session import Session


class Delivery:
    """Writes messages to their clients by the fault plan."""

    def __init__(self) -> None:
        """Begin without faults."""
        self.dice = Dice(FaultPlan())
        self.silenced: set[Session] = set()
        """Clients that are told nothing at the moment: the answer to their request is lost."""
        self._late: set[asyncio.TimerHandle] = set()
        self._behind: dict[Session, list[Fields]] = {}

    def send(
        self, client: "Session", name: str, fields: Fields, order: TwsOrder | None = None, *, unasked: bool = False
    ) -> None:
        """Send a message, or do what a rule wants."""
        if client in self.silenced:
            return
        rule = None
        if self.dice.active:
            code = int(fields[3]) if name == "error" else 0
            reference = "" if order is None else order.ticket.text("orderRef")
            rule = self.dice.roll(Target.CALLBACK, name, order_ref=reference, code=code, unasked=unasked)
        if rule is None:
            self._write(client, fields)
        elif rule.kind is Kind.DUPLICATE:
            self._write(client, fields)
            client.write(fields)
        elif rule.kind is Kind.REORDER:
            self._behind.setdefault(client, []).append(fields)
        elif rule.kind is Kind.DELAY:
            self._later(client, fields, rule.delay)
        elif rule.kind is Kind.ABORT:
            client.close(abort=True)

    def flush(self) -> None:
        """Send what waits for a next message that did not come."""
        for client in list(self._behind):
            for fields in self._behind.pop(client):
                client.write(fields)

    def forget(self, client: "Session") -> None:
        """Drop what waits for a client that has left."""
        self._behind.pop(client, None)
        self.silenced.discard(client)

    def close(self) -> None:
        """Drop everything that waits."""
        for handle in self._late:
            handle.cancel()
        self._late.clear()
        self._behind.clear()

    def _write(self, client: "Session", fields: Fields) -> None:
        client.write(fields)
        for waiting in self._behind.pop(client, ()):
            client.write(waiting)

    def _later(self, client: "Session", fields: Fields, delay: float) -> None:
        def write() -> None:
            self._late.discard(handle)
            client.write(fields)

        handle = asyncio.get_running_loop().call_later(delay, write)
        self._late.add(handle)
