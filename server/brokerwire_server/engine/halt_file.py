"""The HALT file and the signal: the ways to stop trading when the API is out of reach. Neither can start it again."""

import logging
from collections.abc import Callable

from brokerwire_server.domain.access import system
from brokerwire_server.domain.errors import BrokerwireError
from brokerwire_server.domain.trading import EVERYTHING, TradingState, parse_scope
from brokerwire_server.engine.acting import acting_as
from brokerwire_server.engine.controls import Change, Controls
from brokerwire_server.engine.seams import Seams
from brokerwire_server.engine.switchboard import Switchboard
from brokerwire_server.engine.tasks import Tasks

LOOK_EVERY = 0.2
"""Seconds between two looks. A file counts when two agree on it: it may be seen while it is being written."""

LONGEST = 400

_log = logging.getLogger(__name__)


def read_halt(text: str) -> Change:
    """Return what a HALT file asks for.

    A scope ("account:main"; default: everything), then the words `cancel` and `flatten`, then the reason; all may be
    absent. A scope that can't be read is part of the reason, and everything is halted.
    """
    words = text.split()
    scope = parse_scope(words[0]) if words else None
    rest = words[1:] if scope else words
    options: set[str] = set()
    while rest and rest[0].lower() in ("cancel", "flatten"):
        options.add(rest.pop(0).lower())
    reason = " ".join(rest)[:LONGEST]
    return Change(
        scope=scope or EVERYTHING,
        state=TradingState.HALTED,
        reason=f"HALT file: {reason}" if reason else "HALT file",
        cancel="cancel" in options,
        flatten="flatten" in options,
    )


class EmergencyStop:
    """Halts by file and by signal."""

    def __init__(
        self,
        read: Callable[[], str | None],
        switchboard: Switchboard,
        controls: Controls,
        *,
        seams: Seams,
        tasks: Tasks,
    ) -> None:
        """Take the file's content from `read`: `None` while there is no file, nothing where it can't be read."""
        self._read = read
        self._switchboard = switchboard
        self._controls = controls
        self._seams = seams
        self._tasks = tasks
        self._seen: str | None = None
        self._obeyed: str | None = None

    async def at_start(self) -> None:
        """Obey a file that is there already, before anything can be sent; what it cancels, it cancels by `run`."""
        text = self._seen = self._read()
        if text is not None:
            change = read_halt(text)
            with acting_as(system("halt-file")):
                self._switchboard.engage(change.scope, change.state, change.reason)
                await self._switchboard.keep(change.scope)

    async def run(self) -> None:
        """Look at the file for ever. Each content is obeyed once; removing the file releases nothing."""
        while True:
            text = self._read()
            if text is None and self._seen is not None:
                _log.warning("the HALT file is gone: trading stays halted until somebody with role RISK releases it")
                self._obeyed = None
            elif text is not None and text == self._seen and text != self._obeyed:
                self._obeyed = text
                self._tasks.spawn(self._carry_out("halt-file", read_halt(text)))
            self._seen = text
            await self._seams.sleep(LOOK_EVERY)

    def signalled(self, name: str) -> None:
        """Halt everything, because of a signal."""
        self._tasks.spawn(
            self._carry_out("signal", Change(scope=EVERYTHING, state=TradingState.HALTED, reason=f"signal {name}"))
        )

    async def _carry_out(self, part: str, change: Change) -> None:
        by = system(part)
        with acting_as(by):
            problem: BrokerwireError | None = None
            try:
                await self._controls.restrict(change, by=by)
            except BrokerwireError as error:
                problem = error
            self._controls.note(f"trading_state.{part}", change.scope, change.reason, error=problem)
