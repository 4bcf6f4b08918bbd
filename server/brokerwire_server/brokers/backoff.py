"""Pauses between attempts to reach a broker again."""

from collections.abc import Callable


class Backoff:
    """Full jitter: a random part of a bound that doubles from `base` to `cap` seconds, so that clients do not march."""

    def __init__(self, random: Callable[[], float], *, base: float = 0.5, cap: float = 30.0) -> None:
        """Draw from `random`, which returns 0 to 1."""
        self._random = random
        self._base = base
        self._cap = cap
        self._attempt = 0

    def next(self) -> float:
        """Return the seconds to wait before the next attempt."""
        bound = min(self._cap, self._base * float(1 << self._attempt))
        self._attempt = min(self._attempt + 1, 32)
        return self._random() * bound

    def reset(self) -> None:
        """Start over, after an attempt that went well."""
        self._attempt = 0
