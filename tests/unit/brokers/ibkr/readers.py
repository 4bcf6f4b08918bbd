"""What reads at the broker, on a session with a sandbox."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from brokerwire_sandbox.tws import TwsSandbox, TwsSettings
from brokerwire_server.brokers.base import PassingNotes, Tools
from brokerwire_server.brokers.ibkr.accounts import Accounts
from brokerwire_server.brokers.ibkr.history import History
from brokerwire_server.brokers.ibkr.ids import Ids
from brokerwire_server.brokers.ibkr.instruments import Instruments
from brokerwire_server.brokers.ibkr.market_data import MarketData
from brokerwire_server.brokers.ibkr.pacing import Pacer
from brokerwire_server.brokers.ibkr.positions import Marks, Positions
from brokerwire_server.brokers.ibkr.previews import Previews
from brokerwire_server.brokers.ibkr.reference import Reference
from brokerwire_server.brokers.ibkr.session import Session
from brokerwire_server.domain.connections import ConnectionSpec, Environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from brokerwire_sandbox.tws.contracts import ContractBook

ACCOUNT = "DU1234567"
ACCOUNT_ID = "ibkr-paper-du1234567"
TOOLS = Tools(now=time.time_ns, monotonic=time.monotonic, sleep=asyncio.sleep, random=random.Random(7).random)
SPEC = ConnectionSpec(connection_id="ibkr-paper", broker="ibkr", environment=Environment.PAPER)


@dataclass
class Readers:
    """One of each."""

    sandbox: TwsSandbox
    session: Session
    instruments: Instruments
    accounts: Accounts
    positions: Positions
    marks: Marks
    market: MarketData
    history: History
    reference: Reference
    previews: Previews

    @property
    def contracts(self) -> ContractBook:
        """What the sandbox lists."""
        return self.sandbox.state.contracts

    async def reconnect(self) -> None:
        self.session.disconnect("the test says so")
        await self.session.connect(5.0)

    def asked(self, name: str) -> int:
        """Return how often the sandbox was asked something, by the name of the message."""
        return sum(1 for _, asked in self.sandbox.requests() if asked == name)


@asynccontextmanager
async def readers(**settings: Any) -> AsyncIterator[Readers]:
    sandbox = TwsSandbox(TwsSettings(**settings))
    await sandbox.start()
    pacer = Pacer(45, TOOLS.monotonic, TOOLS.sleep)
    session = Session(sandbox.host, sandbox.port, 17, Ids(PassingNotes(), 17), pacer)
    instruments = Instruments(session, monotonic=TOOLS.monotonic, now=TOOLS.now)
    marks = Marks(session, instruments, TOOLS.now, patience=0.5)
    made = Readers(
        sandbox=sandbox,
        session=session,
        instruments=instruments,
        accounts=Accounts(session, SPEC),
        positions=Positions(session, instruments, marks),
        marks=marks,
        market=MarketData(session, instruments, TOOLS),
        history=History(session, instruments),
        reference=Reference(session, instruments, TOOLS.now),
        previews=Previews(session, instruments, patience=1.0),
    )
    try:
        await session.connect(5.0)
        yield made
    finally:
        made.market.close()
        made.accounts.close()
        await session.close()
        await sandbox.stop()
