"""Keys and the rate limit."""

import base64
import binascii
from collections.abc import Mapping

from brokerwire_sandbox.alpaca.formats import SECOND
from brokerwire_server.simulator.prng import Stream

_WINDOW = 60
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Access:
    """The key pairs in force. A revoked pair stays known, so that it can be restored."""

    def __init__(self, key: str, secret: str, *, seed: int) -> None:
        """Begin with one pair."""
        self.key = key
        self.secret = secret
        self.revoked = False
        self._below = Stream(f"keys:{seed}").below

    def rotate(self) -> tuple[str, str]:
        """Put a new pair in force; the old one is refused from now on."""
        self.key = self.key[:2] + self._letters(18)
        self.secret = self._letters(40)
        self.revoked = False
        return self.key, self.secret

    def check(self, key: str, secret: str) -> bool:
        """Tell whether a pair is in force."""
        return not self.revoked and key == self.key and secret == self.secret

    def admits(self, headers: Mapping[str, str]) -> bool:
        """Tell whether a request's headers carry the pair: APCA headers, HTTP Basic, or the secret as bearer token."""
        key, secret = headers.get("APCA-API-KEY-ID"), headers.get("APCA-API-SECRET-KEY")
        if key is not None or secret is not None:
            return self.check(key or "", secret or "")
        scheme, _, value = headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.check(self.key, value)
        if scheme.lower() != "basic":
            return False
        try:
            key, _, secret = base64.b64decode(value).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        return self.check(key, secret)

    def _letters(self, count: int) -> str:
        return "".join(_LETTERS[self._below(len(_LETTERS))] for _ in range(count))


class RateLimit:
    """So many requests in each minute from the first one on; 0 is without limit."""

    def __init__(self, per_minute: int) -> None:
        """Begin with a full minute."""
        self.per_minute = per_minute
        self._reset = 0
        self._used = 0

    def take(self, now: int) -> tuple[bool, dict[str, str]]:
        """Count a request; return whether it is within the limit, and the headers that say so."""
        second = now // SECOND
        if second >= self._reset:
            self._reset, self._used = second + _WINDOW, 0
        allowed = not self.per_minute or self._used < self.per_minute
        self._used += allowed
        shown = self.per_minute or 1_000_000
        headers = {
            "X-Ratelimit-Limit": str(shown),
            "X-Ratelimit-Remaining": str(max(shown - self._used, 0)),
            "X-Ratelimit-Reset": str(self._reset),
        }
        return allowed, headers

    def exhaust(self, now: int) -> None:
        """Use the present minute up."""
        self.take(now)
        self._used = max(self._used, self.per_minute)
