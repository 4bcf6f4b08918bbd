"""The simulation's clock: real time, faster or slower, standing still, or moved by hand."""

from collections.abc import Callable


class SimulationClock:
    """Virtual time over a real clock. It never goes back.

    At `speed` 1 it runs along with real time, at N it runs N times as fast; at 0 it moves only through `advance_to`.
    It is `virtual` as soon as it can differ from real time.
    """

    def __init__(self, real: Callable[[], int], *, start: int | None = None, speed: float = 1.0) -> None:
        """Start at `start` (nanoseconds; default: now) with `real` as the source of passing time."""
        self._real = real
        self._real_base = real()
        self._base = self._real_base if start is None else start
        self._speed = speed
        self.paused = False
        self.virtual = start is not None or speed != 1.0

    @property
    def speed(self) -> float:
        """Virtual seconds per real second; 0: moved by `advance_to` only."""
        return self._speed

    @property
    def following(self) -> bool:
        """Whether time passes by itself."""
        return not self.paused and self._speed > 0

    def now(self) -> int:
        """Return the virtual time in nanoseconds."""
        if self.paused or self._speed == 0:
            return self._base
        elapsed = self._real() - self._real_base
        if self._speed == 1.0:
            return max(self._base, self._base + elapsed)
        return self._base + max(0, int(elapsed * self._speed))

    def real_now(self) -> int:
        """Return real time in nanoseconds."""
        return self._real()

    def pause(self) -> None:
        """Stop time."""
        self._rebase()
        self.paused = True
        self.virtual = True

    def resume(self) -> None:
        """Let time pass again, from where it stopped."""
        self._rebase()
        self.paused = False

    def set_speed(self, speed: float) -> None:
        """Change the speed from now on.

        Raises:
            ValueError: `speed` is negative or not a number.
        """
        if not 0 <= speed < float("inf"):
            raise ValueError("the speed is 0 (as fast as possible) or a positive number")
        self._rebase()
        self._speed = speed
        self.virtual = self.virtual or speed != 1.0

    def advance_to(self, time: int) -> None:
        """Move time on to `time`; a time in the past changes nothing."""
        self._rebase()
        if time > self._base:
            self._base = time
            self.virtual = True

    def _rebase(self) -> None:
        self._base, self._real_base = self.now(), self._real()
