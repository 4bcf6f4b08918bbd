"""A trial: an adapter is started on its own, shows what its credential reaches, and is stopped.

Nothing is kept of it.
"""

import asyncio
import logging

from msgspec import Struct

from brokerwire_server.brokers.base import BrokerAdapter, KeyPermissions, TellsPermissions
from brokerwire_server.domain.accounts import Account
from brokerwire_server.domain.connections import LinkState
from brokerwire_server.domain.reports import AccountsReport, AnyReport, LinkReport

TRIAL_TIMEOUT = 15.0
_STOP_TIMEOUT = 5.0

_log = logging.getLogger(__name__)


class Finding(Struct, frozen=True, kw_only=True):
    """What a trial showed. `accounts` is empty where the broker could not be reached, or refused."""

    accounts: tuple[Account, ...] = ()
    refused: bool = False
    detail: str = ""


async def trial(adapter: BrokerAdapter) -> Finding:
    """Start `adapter`, wait until it reaches its accounts, is refused or finds nobody, and stop it."""
    witness = _Witness()
    try:
        async with asyncio.timeout(TRIAL_TIMEOUT):
            witness.accounts = tuple(await adapter.start(witness, ()))
            witness.started = True
            while not witness.decided:
                witness.news.clear()
                await witness.news.wait()
    except TimeoutError:
        witness.detail = witness.detail or f"no answer within {TRIAL_TIMEOUT:g} s"
    except Exception as error:  # whatever an adapter does, it has not shown that it reaches an account
        _log.warning("a trial of a connection failed", extra={"connection_id": adapter.connection_id}, exc_info=error)
        witness.accounts, witness.detail = (), f"its adapter did not start ({type(error).__name__})"
    finally:
        await _stop(adapter)
    refused = witness.link is LinkState.AUTH_REQUIRED
    return Finding(accounts=() if refused else witness.accounts, refused=refused, detail=witness.detail)


async def permissions_of(adapter: BrokerAdapter) -> KeyPermissions | None:
    """Ask what the key of an adapter that was not started may do; `None` where its broker does not tell.

    Raises whatever the adapter raises, and `TimeoutError`.
    """
    if not isinstance(adapter, TellsPermissions):
        return None
    try:
        async with asyncio.timeout(TRIAL_TIMEOUT):
            return await adapter.key_permissions()
    finally:
        await _stop(adapter)


async def _stop(adapter: BrokerAdapter) -> None:
    try:
        async with asyncio.timeout(_STOP_TIMEOUT):
            await adapter.stop()
    except Exception as error:  # it is dropped in any case
        extra = {"connection_id": adapter.connection_id, "reason": type(error).__name__}
        _log.warning("an adapter on trial did not stop in order", extra=extra)


class _Witness:
    """Takes an adapter's reports for what they say of its link and its accounts."""

    def __init__(self) -> None:
        self.accounts: tuple[Account, ...] = ()
        self.link: LinkState | None = None
        self.detail = ""
        self.started = False
        self.news = asyncio.Event()

    @property
    def decided(self) -> bool:
        failed = self.link in {LinkState.AUTH_REQUIRED, LinkState.DOWN, LinkState.MAINTENANCE}
        return self.started and (bool(self.accounts) or failed)

    def __call__(self, report: AnyReport) -> None:
        match report:
            case LinkReport():
                self.link, self.detail = report.state, report.detail
            case AccountsReport():
                self.accounts = report.accounts
            case _:
                return
        self.news.set()
