"""How fast a client sends: the service warns near its limit and disconnects who goes beyond."""

from collections import deque
from collections.abc import Callable
from enum import Enum, auto

from brokerwire_sandbox.tws.times import SECOND


class Verdict(Enum):
    """What a message's rate leads to."""

    FINE = auto()
    WARN = auto()
    TOO_FAST = auto()


class Pace:
    """Counts one client's messages within the last second. `worst` is the most that one second ever saw."""

    def __init__(self, clock: Callable[[], int], limit: int, warning: int) -> None:
        """Count against `limit` messages per second (0: none); `clock` is real time in nanoseconds."""
        self._clock = clock
        self._limit = limit
        self._warning = warning
        self._times: deque[int] = deque()
        self._warned = False
        self.worst = 0

    @property
    def rate(self) -> int:
        """How many messages the second up to the last one saw."""
        return len(self._times)

    def count(self) -> Verdict:
        """Count a message that has just come in."""
        now = self._clock()
        times = self._times
        times.append(now)
        while now - times[0] >= SECOND:
            times.popleft()
        rate = len(times)
        self.worst = max(self.worst, rate)
        if not self._limit:
            return Verdict.FINE
        if rate > self._limit:
            return Verdict.TOO_FAST
        warn = rate >= self._warning and not self._warned
        self._warned = rate >= self._warning
        return Verdict.WARN if warn else Verdict.FINE
