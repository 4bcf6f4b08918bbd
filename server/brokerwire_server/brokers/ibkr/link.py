"""The link to TWS: a socket that is kept open, and what TWS says of its own link to Interactive Brokers."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from msgspec import Struct

from brokerwire_server.brokers.backoff import Backoff
from brokerwire_server.brokers.base import Tools
from brokerwire_server.brokers.ibkr import codes
from brokerwire_server.brokers.ibkr.codes import Meaning
from brokerwire_server.brokers.ibkr.errors import RefusedError
from brokerwire_server.brokers.ibkr.health import Health, Trouble
from brokerwire_server.brokers.ibkr.session import LinkDownError, Session, TwsError

_log = logging.getLogger(__name__)

_LOST = (
    "TWS has lost Interactive Brokers' servers ({code}): nothing is sent but cancels. It reconnects by itself; if this "
    "lasts, look at the network, at the login in TWS, and at the broker's system status"
)


class Pace(Struct, frozen=True, kw_only=True):
    """Seconds that the link waits.

    `start`: at most for the accounts when the adapter starts. `connect`: for the socket and the greeting. `denied`:
    between attempts while the login is not the right one. `settled`: until a session counts as a good one. `heartbeat`:
    between questions whether TWS still answers, and `silence` for that answer. `retry`: at most between attempts.
    """

    start: float = 4.0
    connect: float = 10.0
    denied: float = 30.0
    settled: float = 10.0
    heartbeat: float = 30.0
    silence: float = 15.0
    retry: float = 15.0


class IdentityError(Exception):
    """The login is not that of this connection: nothing is traded through it."""


class Link:
    """Keeps a session open, for ever."""

    def __init__(
        self,
        session: Session,
        health: Health,
        *,
        where: str,
        verify: Callable[[], Awaitable[None]],
        pulse: Callable[[], Awaitable[None]],
        tools: Tools,
        pace: Pace,
    ) -> None:
        """`verify` checks the login and raises `IdentityError`; `pulse` is awaited at each heartbeat."""
        self.attempted = asyncio.Event()
        self._session = session
        self._health = health
        self._where = where
        self._verify = verify
        self._pulse = pulse
        self._tools = tools
        self._pace = pace
        self._backoff = Backoff(tools.random, cap=pace.retry)

    async def run(self) -> None:
        """Connect, wait for the end, and begin again."""
        while True:
            try:
                await self._session_once()
            except IdentityError as error:
                self._session.disconnect(str(error))
                self._health.set(Trouble.IDENTITY, str(error))
                self._health.set(Trouble.SOCKET, str(error))
                self.attempted.set()
                await self._tools.sleep(self._pace.denied)
                continue
            except RefusedError as error:
                self._health.set(Trouble.SOCKET, str(error))
            except (OSError, TimeoutError) as error:
                words = "does not answer" if isinstance(error, TimeoutError) else "can't be reached"
                self._health.set(
                    Trouble.SOCKET,
                    f"TWS or IB Gateway {words} at {self._where}: start it, log in, and enable the API's socket at "
                    "this port",
                )
            except (LinkDownError, TwsError) as error:
                self._health.set(Trouble.SOCKET, f"{error}; connecting again")
            except Exception as error:
                _log.exception("ibkr: the link failed")
                words = f"the gateway failed to handle the session ({type(error).__name__}): see its log"
                self._health.set(Trouble.SOCKET, words)
            self._session.disconnect(self._health.detail)
            self.attempted.set()
            await self._tools.sleep(self._backoff.next())

    async def _session_once(self) -> None:
        await self._session.connect(self._pace.connect)
        began = self._tools.monotonic()
        await self._verify()
        self._health.clear(Trouble.IDENTITY, Trouble.CONNECTIVITY, Trouble.SOCKET)
        self.attempted.set()
        heart = asyncio.get_running_loop().create_task(self._beat())
        try:
            words = await self._session.closed()
        finally:
            heart.cancel()
            await asyncio.gather(heart, return_exceptions=True)
            if self._tools.monotonic() - began > self._pace.settled:
                self._backoff.reset()
        raise LinkDownError(words)

    async def _beat(self) -> None:
        """Ask TWS for its time: a socket can be open to a program that hangs."""
        while True:
            await self._tools.sleep(self._pace.heartbeat)
            try:
                await self._session.call(
                    "reqCurrentTime", answers=["currentTime"], end=None, timeout=self._pace.silence
                )
                await self._pulse()
            except TimeoutError:
                self._session.disconnect("TWS does not answer any more")
            except LinkDownError:
                return

    def said(self, code: int, text: str) -> None:
        """Take a code about the session: the link of TWS to the broker, the pace, the port."""
        match codes.meaning(code):
            case Meaning.LOST:
                self._health.set(Trouble.CONNECTIVITY, _LOST.format(code=code))
            case Meaning.RESTORED_WITHOUT_DATA:
                self._session.resubscribe()
                self._restored(text)
            case Meaning.RESTORED:
                self._restored(text)
            case Meaning.SESSION if code == codes.PACING:
                self._health.note("pacing", f"TWS says that messages come too fast ({text[:200]})")
            case Meaning.SESSION if code == codes.PORT_CHANGED:
                self._health.note("port", f"TWS listens on another port now: {text[:200]}; change `port`")
            case _:
                _log.info("ibkr: %s %s", code, text)

    def _restored(self, text: str) -> None:
        """The link behind TWS is back. What happened meanwhile was not told: the engine sweeps after a gap."""
        if not self._health.wrong(Trouble.CONNECTIVITY):
            self._health.lost(f"TWS had lost Interactive Brokers' servers: {text}")
        self._health.clear(Trouble.CONNECTIVITY)
