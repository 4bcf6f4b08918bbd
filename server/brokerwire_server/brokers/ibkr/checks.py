"""What `connections test` tries: each thing that a connection is for, with what to do where it fails."""

from collections.abc import Sequence

from brokerwire_server.brokers.ibkr import library, readonly
from brokerwire_server.brokers.ibkr.asking import FAILURES
from brokerwire_server.brokers.ibkr.health import Health
from brokerwire_server.brokers.ibkr.pacing import Pacer
from brokerwire_server.brokers.ibkr.session import Session
from brokerwire_server.brokers.ibkr.sweeps import Sweeps
from brokerwire_server.domain.connections import Check, LinkState


async def run_checks(
    session: Session, health: Health, sweeps: Sweeps, pacer: Pacer, *, read_only: bool
) -> Sequence[Check]:
    """Try everything, change nothing."""
    up = health.state is LinkState.UP
    checks = [Check(name="link", ok=up, detail=health.detail or f"connected through {library.name}")]
    if not up:
        return checks
    words = f"{', '.join(session.accounts)}, client id {session.client_id}"
    checks.append(Check(name="login", ok=True, detail=words))
    checks.append(Check(name="trading", ok=not read_only, detail=readonly.WORDS if read_only else "orders are taken"))
    if not read_only:
        checks.append(await _orders(sweeps))
    detail = f"at most {pacer.limit} messages a second are sent; {pacer.most_in_a_window} were so far"
    return [*checks, Check(name="pace", ok=True, detail=detail)]


async def _orders(sweeps: Sweeps) -> Check:
    try:
        found = await sweeps.read()
    except FAILURES as error:
        return Check(name="orders", ok=False, detail=f"TWS does not list its orders: {error!s}")
    return Check(name="orders", ok=True, detail=f"{len(found.open)} open, {len(found.fills)} executions today")
