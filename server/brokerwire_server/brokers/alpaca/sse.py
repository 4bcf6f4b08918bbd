"""Events as server-sent events: `/v2/events/trades` on the trading host, which can resume after an event id.

Source: Alpaca's Go SDK and the Broker API specification (TradeUpdateEventV2); the Trading API specification does not
list it, so the websocket stays the default. Whether `since_id` includes the event that it names is not documented:
events are told apart by their ids further on.
"""

from collections.abc import AsyncIterator

import aiohttp
from msgspec.structs import replace

from brokerwire_server.brokers.alpaca import wire
from brokerwire_server.brokers.alpaca.events import HANDSHAKE_SECONDS, Listener, StreamDeniedError, StreamEndedError
from brokerwire_server.brokers.base import Keep
from brokerwire_server.brokers.http import Http

PATH = "/v2/events/trades"
SILENCE_SECONDS = 60.0
"""Without a byte for so long, heartbeats included, the stream counts as dead."""

_MAX_LINE = 1024 * 1024


class SseEvents:
    """Events by SSE; each session goes on after the last event of the one before."""

    def __init__(self, http: Http, keep: Keep) -> None:
        """Read from the trading host; events go to `keep`."""
        self._http = http
        self._keep = keep
        self._last_id = ""

    async def session(self, listener: Listener) -> None:
        """Open the stream and pass events on until it ends."""
        url = self._http.url(PATH)
        if self._last_id:
            url = url.with_query({"since_id": self._last_id})
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=HANDSHAKE_SECONDS, sock_read=SILENCE_SECONDS)
        try:
            async with self._http.session.get(
                url,
                headers={**self._http.headers(), "Accept": "text/event-stream"},
                allow_redirects=False,
                timeout=timeout,
                read_bufsize=_MAX_LINE,
            ) as response:
                if response.status in (401, 403):
                    raise StreamDeniedError(f"the event stream refused the keys (HTTP {response.status})")
                if response.status != 200:
                    raise StreamEndedError(f"the event stream refused to open (HTTP {response.status})")
                listener.opened()
                async for data in _events(response.content, listener):
                    self._event(data, listener)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise StreamEndedError("the event stream went silent or broke") from error
        raise StreamEndedError("the event stream was closed")

    def _event(self, data: bytes, listener: Listener) -> None:
        try:
            update = wire.decode(wire.TradeUpdate, data)
        except wire.UndecodableError as error:
            self._keep(data, "unreadable")
            listener.lost(f"an event could not be read: {error}")
            return
        if update.event_id:
            self._last_id = update.event_id
        listener.event(replace(update, kept_as=self._keep(data, f"trade event {update.event}")))


async def _events(content: aiohttp.StreamReader, listener: Listener) -> AsyncIterator[bytes]:
    """Yield the data of each event. Comments are heartbeats, or say that events were left out."""
    data: list[bytes] = []
    while line := await content.readline():
        line = line.rstrip(b"\r\n")
        if line.startswith(b":"):
            if b"dropped" in line or b"error" in line:
                listener.lost(f"the event stream left events out: {line[1:200].decode(errors='replace').strip()}")
        elif line.startswith(b"data:"):
            data.append(line[5:].strip())
        elif not line and data:
            yield b"\n".join(data)
            data = []
