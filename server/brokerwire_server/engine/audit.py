"""The audit trail: what was asked, by whom, and what became of it, in the same hash-chained journal as all else."""

import logging
from collections.abc import Mapping

from brokerwire_server.domain.events import AuditOutcome, AuditRecorded
from brokerwire_server.engine.accounts import Accounts
from brokerwire_server.engine.acting import acting

_log = logging.getLogger(__name__)


class Audit:
    """Writes audit records. It never fails and never waits: a record is durable with the next commit."""

    def __init__(self, accounts: Accounts) -> None:
        """Write into the journals of `accounts`."""
        self._accounts = accounts

    def record(
        self,
        action: str,
        *,
        outcome: AuditOutcome = AuditOutcome.DONE,
        account_id: str = "",
        target: str = "",
        reason: str = "",
        details: Mapping[str, str] | None = None,
    ) -> None:
        """Record what was asked by whoever acts now. Without an account it concerns the gateway as a whole."""
        record = AuditRecorded(
            principal=acting().name,
            action=action,
            target=target,
            outcome=outcome,
            reason=reason,
            details=dict(details or {}),
        )
        account = self._accounts.find(account_id)
        if account is not None:
            account.book.stage(record, causation=f"principal:{record.principal}")
        else:
            _log.warning("audit: %s", record)
