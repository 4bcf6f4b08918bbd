"""Guards: leases that renew themselves while a block runs, and fire if the process dies within it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, TypeVar

from brokerwire._reasons import ErrorReason
from brokerwire.errors import BrokerwireError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import TracebackType
    from typing import Any, Self

    from brokerwire.types.trading import GuardLease

T = TypeVar("T")

RENEWALS = 4
"""How often a lease is renewed within its time: some may fail."""


class _Held:
    """What both kinds of guard know. `lost` is set once the lease has fired, or is not known any more."""

    def __init__(self) -> None:
        self.lease: GuardLease | None = None
        self.lost: BrokerwireError | None = None

    def check(self) -> None:
        """Raises what `lost` holds, if anything: the lease has fired, and nothing is guarded any more."""
        if self.lost is not None:
            raise self.lost

    def _pause(self) -> float:
        assert self.lease is not None  # set before renewing begins  # noqa: S101
        return self.lease.ttl.total_seconds() / RENEWALS

    def _failed(self, error: BrokerwireError) -> bool:
        """Notes a failed renewal; true if there is no use in another one."""
        if error.reason == ErrorReason.LEASE_NOT_FOUND:
            self.lost = error
        return self.lost is not None


class Guard(_Held):
    """A lease that a thread renews while the block runs.

    A block that ends by itself releases the lease. One that ends with an exception does not: then nobody watches over
    what it left behind, and the lease fires.
    """

    def __init__(
        self,
        acquire: Callable[[], GuardLease],
        renew: Callable[[str], GuardLease],
        release: Callable[[str], GuardLease],
    ) -> None:
        super().__init__()
        self._acquire, self._renew, self._release = acquire, renew, release
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="brokerwire-guard", daemon=True)

    def __enter__(self) -> Self:
        self.lease = self._acquire()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        if kind is None and self.lost is None and self.lease is not None:
            self._release(self.lease.lease_id)

    def _keep(self) -> None:
        while not self._over.wait(self._pause()):
            try:
                self._renew(self.lease.lease_id)  # type: ignore[union-attr] # as in _pause
            except BrokerwireError as error:
                if self._failed(error):
                    return


class AsyncGuard(_Held):
    """The same for asyncio: a task renews the lease."""

    def __init__(
        self,
        acquire: Callable[[], Coroutine[Any, Any, GuardLease]],
        renew: Callable[[str], Coroutine[Any, Any, GuardLease]],
        release: Callable[[str], Coroutine[Any, Any, GuardLease]],
    ) -> None:
        super().__init__()
        self._acquire, self._renew, self._release = acquire, renew, release
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self.lease = await self._acquire()
        self._task = asyncio.get_running_loop().create_task(self._keep())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if kind is None and self.lost is None and self.lease is not None:
            await self._release(self.lease.lease_id)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self._pause())
            try:
                await self._renew(self.lease.lease_id)  # type: ignore[union-attr] # as in _pause
            except BrokerwireError as error:
                if self._failed(error):
                    return
