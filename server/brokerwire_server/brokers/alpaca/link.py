"""The link to Alpaca: keys verified, stream kept up, and its state said in words that a person can act on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from msgspec import Struct

from brokerwire_server.brokers.alpaca import wire
from brokerwire_server.brokers.alpaca.errors import ApiError, Fault
from brokerwire_server.brokers.alpaca.events import EventSource, StreamDeniedError, StreamEndedError
from brokerwire_server.brokers.backoff import Backoff
from brokerwire_server.brokers.base import Tools
from brokerwire_server.brokers.budget import BudgetExhaustedError
from brokerwire_server.brokers.http import TransportError
from brokerwire_server.domain.connections import LinkState
from brokerwire_server.domain.reports import LinkReport

_log = logging.getLogger(__name__)


class Pace(Struct, frozen=True, kw_only=True):
    """Seconds: between attempts with refused keys, and after which a session counts as a good one."""

    denied: float = 30.0
    settled: float = 10.0


class IdentityError(Exception):
    """The keys belong to another account than the connection's."""


class Health:
    """The link's state as it follows from what is wrong; the worst of it is reported, each change once."""

    def __init__(self, connection_id: str, report: Callable[[LinkReport], None], now: Callable[[], int]) -> None:
        """Start as not connected yet."""
        self._connection_id = connection_id
        self._report = report
        self._now = now
        self._told: tuple[LinkState, str] | None = None
        self._wrong: dict[LinkState, str] = {LinkState.DOWN: "connecting"}

    def set(self, state: LinkState, detail: str) -> None:
        """Note what is wrong in the words of `detail`."""
        self._wrong[state] = detail
        self._tell()

    def clear(self, *states: LinkState) -> None:
        """Note that something is right again."""
        for state in states:
            self._wrong.pop(state, None)
        self._tell()

    @property
    def state(self) -> LinkState:
        """The state as last derived."""
        return self._worst()[0]

    @property
    def detail(self) -> str:
        """What is wrong, in words."""
        return self._worst()[1]

    def _worst(self) -> tuple[LinkState, str]:
        for state in (LinkState.AUTH_REQUIRED, LinkState.DOWN, LinkState.DEGRADED):
            if state in self._wrong:
                return state, self._wrong[state]
        return LinkState.UP, ""

    def _tell(self) -> None:
        worst = self._worst()
        if worst == self._told:
            return
        self._told = worst
        state, detail = worst
        _log.info("alpaca link %s: %s %s", self._connection_id, state.value, detail)
        self._report(LinkReport(connection_id=self._connection_id, state=state, detail=detail, time=self._now()))


class Link:
    """Keeps a verified stream of events open, for ever."""

    def __init__(
        self,
        health: Health,
        source: EventSource,
        *,
        verify: Callable[[], Awaitable[None]],
        event: Callable[[wire.TradeUpdate], None],
        tools: Tools,
        pace: Pace,
    ) -> None:
        """`verify` reads the account and raises where it is not the right one; `event` takes what the stream tells."""
        self._health = health
        self._source = source
        self._verify = verify
        self._event = event
        self._tools = tools
        self._pace = pace
        self._backoff = Backoff(tools.random)
        self._verified = False
        self._session: asyncio.Task[None] | None = None
        self._why = ""
        self._up_since = 0.0

    async def run(self) -> None:
        """Verify, listen, and begin again."""
        while True:
            try:
                if not self._verified:
                    await self._verify()
                    self._verified = True
                    # Said anew, for the account may have become known by this: what it misses until the stream is up
                    # is a gap, which a sweep then closes.
                    self._health.set(LinkState.DOWN, "connecting to the event stream")
                    self._health.clear(LinkState.AUTH_REQUIRED)
                await self._listen()
            except (StreamDeniedError, IdentityError) as error:
                await self._denied(str(error))
            except ApiError as error:
                if error.fault is Fault.DENIED:
                    await self._denied(error.message)
                else:
                    await self._down(f"Alpaca answered {error.message}")
            except TransportError as error:
                await self._down(
                    f"Alpaca can't be reached: {error.message}. Check the network, or status.alpaca.markets"
                )
            except (StreamEndedError, BudgetExhaustedError, wire.UndecodableError) as error:
                await self._down(f"{error}; connecting again. Orders still go out, and a sweep finds what was missed")
            except Exception as error:
                _log.exception("alpaca: the link failed")
                await self._down(f"the gateway failed to handle the event stream ({type(error).__name__}): see its log")

    async def _listen(self) -> None:
        self._session = asyncio.get_running_loop().create_task(self._source.session(self))
        try:
            await self._session
        except asyncio.CancelledError:
            why, self._why = self._why, ""
            if why:
                raise StreamEndedError(why) from None
            self._session.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await self._session
            raise
        finally:
            if self._up_since and self._tools.monotonic() - self._up_since > self._pace.settled:
                self._backoff.reset()
            self._up_since = 0.0

    async def _denied(self, words: str) -> None:
        self._verified = False
        detail = f"{words}. Set keys of this account, for this environment, with RotateCredentials; it is tried again"
        self._health.set(LinkState.AUTH_REQUIRED, detail)
        await self._tools.sleep(self._pace.denied)

    async def _down(self, words: str) -> None:
        self._health.set(LinkState.DOWN, words)
        await self._tools.sleep(self._backoff.next())

    def reconnect(self, why: str, *, verify: bool = False) -> None:
        """End the session and begin another, because of something that only the caller can see."""
        if verify:
            self._verified = False
        if self._session is not None and not self._session.done() and not self._why:
            self._why = why
            self._session.cancel()

    # --- what the source tells ---

    def opened(self) -> None:
        """Say that the link is up: the engine sweeps for what was missed."""
        self._up_since = self._tools.monotonic()
        self._health.clear(LinkState.DOWN, LinkState.AUTH_REQUIRED)

    def event(self, update: wire.TradeUpdate) -> None:
        """Pass an event on. What can't be taken is lost, and no reason to lose the next one."""
        try:
            self._event(update)
        except Exception as error:
            _log.exception("alpaca: an event could not be used")
            self.lost(f"an event could not be used: {error}")

    def lost(self, words: str) -> None:
        """Open and close a gap, so that a sweep brings what was lost."""
        _log.warning("alpaca: %s", words)
        self._health.set(LinkState.DOWN, words[:300])
        self._health.clear(LinkState.DOWN)
