"""The seams to the outside: time, ids, randomness and waiting.

Everything in `domain`, `engine`, `simulator` and `brokers` takes these from here, so that a test can run the whole
engine in virtual time from a seed.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

from msgspec import Struct

NANOS = 1_000_000_000


class Seams(Struct, frozen=True, kw_only=True):
    """`now` is wall-clock nanoseconds, `monotonic` seconds that never jump, `sleep` waits that many seconds."""

    now: Callable[[], int]
    monotonic: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    rng: random.Random


def system_seams() -> Seams:
    """Return the real clock and operating-system randomness."""
    return Seams(now=time.time_ns, monotonic=time.monotonic, sleep=asyncio.sleep, rng=random.SystemRandom())


class Ids:
    """Makes UUIDv7 texts: sortable by time, unique by 74 random bits."""

    __slots__ = ("_now", "_random_bits")

    def __init__(self, seams: Seams) -> None:
        """Draw time and randomness from `seams`."""
        self._now = seams.now
        # One system call fills the generator: an id is made for every order, and the operating system's is slower.
        self._random_bits = random.Random(seams.rng.getrandbits(256)).getrandbits  # noqa: S311

    def __call__(self) -> str:
        """Return a new id."""
        millis = self._now() // 1_000_000
        bits = self._random_bits(74)
        high = (millis << 16) | 0x7000 | (bits >> 62)
        low = (0b10 << 62) | (bits & 0x3FFF_FFFF_FFFF_FFFF)
        text = f"{high:016x}{low:016x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
