"""The link's state in words that a person can act on: what is wrong with the socket, behind it, and with the login."""

import logging
from collections.abc import Callable
from enum import StrEnum

from brokerwire_server.brokers.ibkr.windows import Window
from brokerwire_server.domain.connections import LinkState
from brokerwire_server.domain.reports import LinkReport

_log = logging.getLogger(__name__)


class Trouble(StrEnum):
    """What may be wrong, the worst first."""

    IDENTITY = "IDENTITY"
    SOCKET = "SOCKET"
    CONNECTIVITY = "CONNECTIVITY"
    LOST = "LOST"


_STATES = {
    Trouble.IDENTITY: LinkState.AUTH_REQUIRED,
    Trouble.SOCKET: LinkState.DOWN,
    Trouble.CONNECTIVITY: LinkState.DOWN,
    Trouble.LOST: LinkState.DOWN,
}
_RESTARTS = (Trouble.SOCKET, Trouble.CONNECTIVITY)
_NOTES = 3


class Health:
    """Holds what is wrong, and reports each change of the worst of it once."""

    def __init__(
        self,
        connection_id: str,
        report: Callable[[LinkReport], None],
        now: Callable[[], int],
        restart_window: Window | None,
    ) -> None:
        """Start as not connected yet."""
        self._connection_id = connection_id
        self._report = report
        self._now = now
        self._window = restart_window
        self._wrong: dict[Trouble, str] = {Trouble.SOCKET: "connecting"}
        self._notes: dict[str, str] = {}
        self._told: tuple[LinkState, str] | None = None

    def set(self, trouble: Trouble, detail: str) -> None:
        """Note what is wrong."""
        self._wrong[trouble] = detail
        self.tell()

    def clear(self, *troubles: Trouble) -> None:
        """Note that something is right again."""
        for trouble in troubles:
            self._wrong.pop(trouble, None)
        self.tell()

    def note(self, key: str, detail: str) -> None:
        """Say something beside a link that is up, until it is said otherwise; an empty detail takes it back."""
        if detail:
            self._notes[key] = detail
            while len(self._notes) > _NOTES:
                self._notes.pop(next(iter(self._notes)))
        else:
            self._notes.pop(key, None)
        self.tell()

    def lost(self, words: str) -> None:
        """Open and close a gap, so that a sweep brings what was lost."""
        _log.warning("ibkr connection %s: %s", self._connection_id, words)
        self.set(Trouble.LOST, words[:300])
        self.clear(Trouble.LOST)

    @property
    def state(self) -> LinkState:
        """The state as it follows from what is wrong."""
        return self._worst()[0]

    @property
    def detail(self) -> str:
        """What is wrong, in words; beside a link that is up, what else a person should know."""
        return self._worst()[1]

    def wrong(self, trouble: Trouble) -> str:
        """Return what is wrong in one respect, or nothing."""
        return self._wrong.get(trouble, "")

    def _worst(self) -> tuple[LinkState, str]:
        for trouble in Trouble:
            if trouble in self._wrong:
                detail = self._wrong[trouble]
                if trouble in _RESTARTS and self._window is not None and self._window.holds(self._now()):
                    return LinkState.MAINTENANCE, f"{detail} (within the daily restart: it comes back by itself)"
                return _STATES[trouble], detail
        return LinkState.UP, "; ".join(self._notes.values())

    def tell(self) -> None:
        """Report the state where it has changed."""
        worst = self._worst()
        if worst == self._told:
            return
        self._told = worst
        state, detail = worst
        _log.info("ibkr link %s: %s %s", self._connection_id, state.value, detail)
        self._report(LinkReport(connection_id=self._connection_id, state=state, detail=detail, time=self._now()))
