"""Repeatable pseudo-random numbers: the same on every machine and every Python, unlike a library's generator."""

import hashlib

_MASK = (1 << 64) - 1


class Stream:
    """A SplitMix64 sequence, named by a text: streams of different names are independent."""

    __slots__ = ("_state",)

    def __init__(self, name: str) -> None:
        """Begin the stream of this name."""
        self._state = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")

    def below(self, bound: int) -> int:
        """Return the next whole number from 0 to `bound` - 1; `bound` is far below 2**64, so that bias is nil."""
        self._state = state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        return ((state ^ (state >> 31)) * bound) >> 64
