"""How long to wait before connecting again."""

import random

FIRST = 0.1
LONGEST = 2.0


class Backoff:
    """Doubles from 0.1 s to 2 s; half of it by chance, so that clients do not come back all at once."""

    def __init__(self) -> None:
        self._next = FIRST

    def reset(self) -> None:
        """The connection has proved itself."""
        self._next = FIRST

    def delay(self) -> float:
        """Seconds to wait this time."""
        longest, self._next = self._next, min(self._next * 2, LONGEST)
        return jittered(longest)


def jittered(seconds: float) -> float:
    """Between half of it and all of it."""
    return seconds * random.uniform(0.5, 1)  # noqa: S311 - no secret depends on it
