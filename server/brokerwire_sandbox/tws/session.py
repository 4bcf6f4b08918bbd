"""One client's connection: handshake, the way in with its pacing, the way out with its faults."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from brokerwire_sandbox.tws.messages import Fields, error, order_status
from brokerwire_sandbox.tws.order_messages import open_order
from brokerwire_sandbox.tws.pacing import Verdict
from brokerwire_sandbox.tws.records import TwsOrder
from brokerwire_sandbox.tws.settings import LOWEST_VERSION
from brokerwire_sandbox.tws.state import Refused
from brokerwire_sandbox.tws.wire import Inbox, Malformed, frame, read_integer, split

if TYPE_CHECKING:
    from brokerwire_sandbox.tws.terminal import Terminal

Handler = Callable[["Session", Sequence[str]], None]
_OPENING = b"API\0"
_IN_USE = "Unable to connect as the client id is already in use. Retry with a unique client id."
_NOTICES = (
    (2104, "Market data farm connection is OK:usfarm"),
    (2106, "HMDS data farm connection is OK:ushmds"),
    (2158, "Sec-def data farm connection is OK:secdefnj"),
)


class Session:
    """A connection. `client_id` is -1 until the client has said it."""

    def __init__(self, terminal: "Terminal", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one socket."""
        self.terminal = terminal
        self.client_id = -1
        self.version = 0
        self.auto_bind = False
        self.ended = False
        self._reader = reader
        self._writer = writer
        self._inbox = Inbox()
        self._stalled: list[bytes] = []
        self.pace = terminal.new_pace()

    async def run(self) -> None:
        """Serve until either side leaves."""
        greeted = False
        try:
            while not self.ended and (data := await self._reader.read(65_536)):
                self._inbox.feed(data)
                greeted = greeted or self._greet()
                if greeted and not self.terminal.mute:
                    self._take_frames()
        except (ConnectionError, Malformed):
            pass
        finally:
            self.terminal.leave(self)
            self._writer.close()
            with contextlib.suppress(ConnectionError):
                await self._writer.wait_closed()

    def send(self, name: str, fields: Fields, order: TwsOrder | None = None, *, unasked: bool = False) -> None:
        """Send a message, unless a fault has other plans for it; `unasked`, it answers no question."""
        self.terminal.delivery.send(self, name, fields, order, unasked=unasked)

    def write(self, fields: Fields) -> None:
        """Write a message at once, or as soon as the terminal no longer stalls."""
        terminal = self.terminal
        if self.ended or terminal.mute or self._writer.is_closing():
            return
        if terminal.stalled:
            self._stalled.append(frame(fields))
        else:
            self._writer.write(frame(fields))

    def resume(self) -> None:
        """Go on after a silence: write what had to wait, and take what came in meanwhile."""
        if not self._writer.is_closing():
            self._writer.writelines(self._stalled)
        self._stalled.clear()
        if self.client_id >= 0 and not self.terminal.mute:
            self._take_frames()

    def fail(self, code: int, text: str, request_id: int = -1) -> None:
        """Send an error."""
        self.send("error", error(code, text, request_id, self.version))

    def close(self, *, abort: bool = False) -> None:
        """End the connection: after what was written is out, or at once with a reset."""
        self.ended = True
        transport = self._writer.transport
        if abort:
            transport.abort()
        else:
            self._writer.close()

    # --- the way in ---

    def _greet(self) -> bool:
        """Take the opening and the client's versions; `False` while they are not whole."""
        if self.version == 0:
            opening = self._inbox.skip(_OPENING)
            if opening is None:
                return False
            if not opening:
                raise Malformed("The client does not speak this protocol.")
            self.version = -1
        for body in self._inbox.frames():
            self._negotiate(body.decode("ascii", "replace"))
            return True
        return False

    def _negotiate(self, text: str) -> None:
        """Answer `v157..178` (which may be followed by options) with the version that both speak, and the time."""
        low, _, high = text.partition(" ")[0].removeprefix("v").partition("..")
        ceiling = self.terminal.settings.server_version
        try:
            lowest, highest = int(low), int(high or low)
        except ValueError:
            raise Malformed(f"{text} is no range of versions.") from None
        self.version = min(highest, ceiling)
        state = self.terminal.state
        self.write([str(self.version), state.times.zoned(state.now)])
        if self.version < max(lowest, LOWEST_VERSION):
            self.close()

    def _take_frames(self) -> None:
        for body in self._inbox.frames():
            verdict = self.pace.count()
            if verdict is Verdict.TOO_FAST:
                self.fail(100, "Max rate of messages per second has been exceeded.")
                self.close()
            elif verdict is Verdict.WARN:
                limit, warn = self.terminal.settings.pacing, self.terminal.settings.pacing_warning
                self.fail(0, f"Warning: Approaching max rate of {limit} messages per second ({warn})")
            if self.ended:
                return
            try:
                self.terminal.receive(self, split(body))
            except Malformed as problem:
                self.fail(320, str(problem))

    def begin(self, client_id: int) -> None:
        """Take startApi: one socket per client id; what it has working is told before the rest."""
        terminal = self.terminal
        if client_id in terminal.hub.clients:
            self.fail(326, _IN_USE)
            self.close()
            return
        self.client_id = client_id
        terminal.hub.clients[client_id] = self
        state = terminal.state
        own = [o for o in state.open_orders() if o.client_id == client_id and o.order_id]
        for order in own:
            self.send("openOrder", open_order(order, self.version), order)
            self.send("orderStatus", order_status(order), order)
        if own:
            self.send("openOrderEnd", ["53", "1"])
        self.send("managedAccounts", ["15", "1", ",".join(state.books)])
        self.send("nextValidId", ["9", "1", str(state.next_order_id(client_id))])
        for code, text in _NOTICES if terminal.settings.farm_notices else ():
            self.fail(code, text)

    def refuse(self, problem: Refused, fields: Sequence[str], index: int | None) -> None:
        """Answer a refusal, with the id that the request gave at `index`."""
        request_id = read_integer(fields[index]) if index is not None and index < len(fields) else -1
        self.fail(problem.code, problem.text, request_id)
