"""A broker with market data and a history of its own, as a test sets them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from brokerwire_server.domain.accounts import AccountState, Balances
from tests.support.scripted_broker import ACCOUNT, ScriptedBroker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brokerwire_server.brokers.base import BrokerSnapshot, KnownAccount, ReportSink
    from brokerwire_server.domain.accounts import Account, PortfolioPoint
    from brokerwire_server.domain.market import ActionQuery, Bar, BarQuery, ChainEntry, ChainQuery, CorporateAction

DESK = replace(ACCOUNT, account_id="desk", connection_id="market", broker="market")
STATE = AccountState(account=DESK, balances=Balances(cash=Decimal(990), equity=Decimal(1000)))


class MarketBroker(ScriptedBroker):
    """Answers queries from what it holds, keeps the queries, and fails them all while `failure` is set."""

    broker = "market"
    connection_id = "market"

    def __init__(self) -> None:
        super().__init__()
        self.queries: list[object] = []
        self.failure: Exception | None = None
        self.stock: list[Bar] = []
        self.contracts: list[ChainEntry] = []
        self.announced: list[CorporateAction] = []
        self.past: list[PortfolioPoint] = []

    async def start(self, sink: ReportSink, known: Sequence[KnownAccount]) -> Sequence[Account]:
        await super().start(sink, known)
        return [DESK]

    async def snapshot(self, account_id: str, since: int) -> BrokerSnapshot:
        return replace(await super().snapshot(account_id, since), account=STATE)

    async def bars(self, query: BarQuery) -> Sequence[Bar]:
        self._asked(query)
        found = sorted((b for b in self.stock if query.start <= b.start < query.end), key=lambda b: b.start)
        return (found[::-1] if query.newest_first else found)[: query.limit]

    async def option_chain(self, query: ChainQuery) -> Sequence[ChainEntry]:
        self._asked(query)
        return [
            c
            for c in self.contracts
            if c.instrument.option and c.instrument.option.expiration >= query.first_expiration
        ]

    async def corporate_actions(self, query: ActionQuery) -> Sequence[CorporateAction]:
        self._asked(query)
        return [a for a in self.announced if a.process_date >= query.first_date]

    async def portfolio_history(self, account_id: str, start: int, end: int, step: int) -> Sequence[PortfolioPoint]:
        self._asked((account_id, start, end, step))
        return [p for p in self.past if start <= p.time < end]

    def _asked(self, query: object) -> None:
        self.queries.append(query)
        if self.failure is not None:
            raise self.failure
