"""What every read shares: waiting for a sequence, and saying what the answer is based on."""

import asyncio
import time
from collections.abc import Iterable, Mapping

from brokerwire.v1 import read_info_pb2
from brokerwire_server.api.convert.read_info import fill_sync
from brokerwire_server.api.convert.values import NANOS, invalid
from brokerwire_server.api.methods import Call
from brokerwire_server.domain.errors import OutOfRangeError
from brokerwire_server.engine.accounts import Journaled, ManagedAccount
from brokerwire_server.engine.gateway import Gateway

ANSWER_MARGIN = 0.05
"""Seconds before a caller's deadline at which waiting ends, so that the answer still arrives."""


class Reads:
    """Read-your-writes and ReadInfo."""

    def __init__(self, gateway: Gateway) -> None:
        """Serve the accounts of `gateway`."""
        self._gateway = gateway

    async def account(self, account_id: str, min_sequence: int, call: Call) -> ManagedAccount:
        """Return an account when it has reached a sequence."""
        account = self._gateway.accounts.get(account_id)
        await self._reach(account_id, min_sequence, call)
        return account

    async def journal(self, account_id: str, min_sequence: int, call: Call) -> Journaled:
        """Return a journal, the gateway's own included, when it has reached a sequence."""
        journal = self._gateway.accounts.journal(account_id)
        await self._reach(account_id, min_sequence, call)
        return journal

    async def _reach(self, account_id: str, min_sequence: int, call: Call) -> None:
        if min_sequence < 0:
            raise invalid("min_sequence", "0 or more")
        if min_sequence:
            await self.reached({account_id: min_sequence}, call)

    async def reached(self, minimum: Mapping[str, int], call: Call) -> None:
        """Wait until sequences are visible, at the longest until shortly before the call's deadline.

        Raises:
            OutOfRangeError: they did not arrive in time.
            NotFoundError: no such account.
        """
        if call.deadline is None:
            await self._gateway.reached(minimum)
            return
        try:
            async with asyncio.timeout(max(call.deadline - time.monotonic() - ANSWER_MARGIN, 0)):
                await self._gateway.reached(minimum)
        except TimeoutError:
            raise self._not_yet(minimum) from None

    def _not_yet(self, minimum: Mapping[str, int]) -> OutOfRangeError:
        heads = {account_id: self._gateway.accounts.journal(account_id).book.log.head for account_id in minimum}
        late = [account_id for account_id, sequence in minimum.items() if heads[account_id] < sequence]
        account_id = (late or list(minimum))[0]
        head, sequence = heads[account_id], minimum[account_id]
        metadata = {"account_id": account_id, "min_sequence": str(sequence), "sequence": str(head)}
        text = f"account {account_id} is at sequence {head}, not yet at {sequence}"
        return OutOfRangeError("SEQUENCE_NOT_YET_AVAILABLE", text, metadata=metadata)

    def fill(self, info: read_info_pb2.ReadInfo, accounts: Iterable[Journaled] = ()) -> None:
        """Write what an answer reflects."""
        t = info.as_of_time
        t.seconds, t.nanos = divmod(self._gateway.seams.now(), NANOS)
        for account in accounts:
            sequence = info.sequences.add()
            sequence.account_id = account.account_id
            sequence.sequence = account.book.log.head
            fill_sync(info.accounts.add(), account.sync())
