"""Live accounts trade only while they are armed: by a person, for a time, and never across a restart."""

import logging
from collections.abc import Sequence

from brokerwire_server.domain.connections import Environment
from brokerwire_server.domain.trading import Arming
from brokerwire_server.engine.accounts import Accounts
from brokerwire_server.engine.acting import acting
from brokerwire_server.engine.seams import NANOS, Seams

DEFAULT_TTL = 12 * 3600
LONGEST_TTL = 24 * 3600
"""Seconds that an account stays armed."""

_log = logging.getLogger(__name__)


class Armings:
    """Which live accounts are armed. Kept in memory alone: a gateway that starts has none."""

    def __init__(self, accounts: Accounts, seams: Seams) -> None:
        """Tell paper from live by `accounts`."""
        self._accounts = accounts
        self._seams = seams
        self._armed: dict[str, tuple[Arming, float]] = {}

    def armed(self, account_id: str) -> bool:
        """Whether an account may trade: it is on paper, or armed now. One that nobody knows may not."""
        account = self._accounts.find(account_id)
        if account is None:
            return False
        return account.adapter.environment is Environment.PAPER or self.of(account_id) is not None

    def of(self, account_id: str) -> Arming | None:
        """Return the arming that holds now. It ends by a clock that never jumps."""
        arming, ends = self._armed.get(account_id, (None, 0.0))
        return arming if self._seams.monotonic() < ends else None

    def arm(self, account_id: str, ttl: float) -> Arming:
        """Arm an account for `ttl` seconds from now, in place of what held before."""
        now = self._seams.now()
        until = now + int(ttl * NANOS)
        arming = Arming(account_id=account_id, principal=acting().name, time=now, until=until)
        self._armed[account_id] = (arming, self._seams.monotonic() + ttl)
        _log.warning("armed", extra={"account_id": account_id, "principal": arming.principal, "seconds": ttl})
        return arming

    def disarm(self, account_id: str) -> bool:
        """End an arming; false where there was none."""
        was = self.of(account_id) is not None
        self._armed.pop(account_id, None)
        if was:
            _log.warning("disarmed", extra={"account_id": account_id, "principal": acting().name})
        return was

    def expired(self) -> Sequence[Arming]:
        """Forget the armings whose time is over, and return them."""
        now = self._seams.monotonic()
        over = [arming for arming, ends in self._armed.values() if now >= ends]
        for arming in over:
            del self._armed[arming.account_id]
        return over
