"""The part of MarketDataService that reads what was, and what is announced."""

from datetime import date

from msgspec.structs import replace

from brokerwire.v1 import market_data_service_pb2 as pb
from brokerwire_server.api.convert.enums import (
    ADJUSTMENT,
    BAR_UNIT,
    CORPORATE_ACTION_TYPE,
    OPTION_TYPE,
    SORT_ORDER,
    SortOrder,
)
from brokerwire_server.api.convert.market_data import action_message, bar_message, chain_message, day_message
from brokerwire_server.api.convert.values import invalid, optional_date, optional_decimal, optional_time, required
from brokerwire_server.api.methods import Call
from brokerwire_server.api.paging import Page
from brokerwire_server.api.reads import Reads
from brokerwire_server.api.sources import source_of
from brokerwire_server.domain.market import (
    ActionQuery,
    Adjustment,
    BarQuery,
    ChainEntry,
    ChainQuery,
    CorporateAction,
    TradingDay,
)
from brokerwire_server.engine.gateway import Gateway

MAX_SYMBOLS = 500
MAX_CONTRACTS = 20_000
MAX_DAYS = 20_000
CALENDAR = "XNYS"
"""The calendar that US brokers, and the paper broker, keep."""


class MarketHistory:
    """Bars, option chains, corporate actions and trading days."""

    def __init__(self, gateway: Gateway, reads: Reads) -> None:
        """Serve the market data of the brokers of `gateway`."""
        self._gateway = gateway
        self._reads = reads

    async def list_bars(self, request: pb.ListBarsRequest, call: Call) -> pb.ListBarsResponse:
        """List the bars of one instrument."""
        page = Page(request)
        query = _bar_query(request, page, self._gateway.seams.now())
        adapter = source_of(self._gateway, request)
        bars = await adapter.bars(query) if query.start < query.end else ()
        shown = bars[: page.size]
        result = pb.ListBarsResponse(
            bars=map(bar_message, shown),
            currency_code="USD",
            broker=adapter.broker,
            next_page_token=page.token(str(shown[-1].start)) if len(bars) > page.size else "",
        )
        self._reads.fill(result.read_info)
        return result

    async def get_option_chain(self, request: pb.GetOptionChainRequest, call: Call) -> pb.GetOptionChainResponse:
        """Read the listed options on an underlying."""
        page = Page(request)
        query = _chain_query(request)
        if page.cursor:
            query = replace(query, first_expiration=page.cursor.partition(" ")[0])
        adapter = source_of(self._gateway, request)
        found = await adapter.option_chain(query)
        if len(found) > MAX_CONTRACTS:
            text = f"more than {MAX_CONTRACTS} contracts match: narrow the expirations or strikes"
            raise invalid("end_expiration_date", text)
        shown, token = page.cut(sorted(found, key=_contract), _contract)
        contracts = [chain_message(entry, adapter.broker) for entry in shown]
        result = pb.GetOptionChainResponse(contracts=contracts, next_page_token=token)
        self._reads.fill(result.read_info)
        return result

    async def list_corporate_actions(
        self, request: pb.ListCorporateActionsRequest, call: Call
    ) -> pb.ListCorporateActionsResponse:
        """List dividends, splits, mergers and their like."""
        page = Page(request)
        query = _action_query(request)
        if page.cursor:
            query = replace(query, first_date=page.cursor.partition(" ")[0])
        found = await source_of(self._gateway, request).corporate_actions(query)
        shown, token = page.cut(sorted(found, key=_action), _action)
        result = pb.ListCorporateActionsResponse(corporate_actions=map(action_message, shown), next_page_token=token)
        self._reads.fill(result.read_info)
        return result

    async def list_trading_days(self, request: pb.ListTradingDaysRequest, call: Call) -> pb.ListTradingDaysResponse:
        """List the days on which a market trades."""
        page = Page(request)
        if request.exchange not in ("", CALENDAR):
            raise invalid("exchange", "no such calendar here", supported=[CALENDAR])
        first, last = optional_date(request, "start_date"), optional_date(request, "end_date")
        for name, day in (("start_date", first), ("end_date", last)):
            if not day:
                raise required(name, "which days")
        _in_order(first, last, "start_date", "end_date")
        if (date.fromisoformat(last) - date.fromisoformat(first)).days > MAX_DAYS:
            raise invalid("end_date", f"more than {MAX_DAYS} days after start_date")
        days = await source_of(self._gateway, request).trading_days(page.cursor or first, last)
        shown, token = page.cut(days, _date)
        result = pb.ListTradingDaysResponse(
            trading_days=map(day_message, shown), exchange=CALENDAR, next_page_token=token
        )
        self._reads.fill(result.read_info)
        return result


def _bar_query(request: pb.ListBarsRequest, page: Page, now: int) -> BarQuery:
    if not request.symbol:
        raise required("symbol", "name the instrument, such as AAPL")
    unit = BAR_UNIT.need(request.timeframe.unit, "timeframe.unit")
    if request.timeframe.count < 0:
        raise invalid("timeframe.count", "1 or more")
    start, end = optional_time(request, "start_time"), optional_time(request, "end_time") or now
    if not start:
        raise required("start_time", "from when on")
    if start >= end:
        raise invalid("start_time", "must be before end_time")
    newest_first = SORT_ORDER.optional(request.sort_order, "sort_order") is SortOrder.NEWEST_FIRST
    if page.cursor:
        start, end = (start, int(page.cursor)) if newest_first else (int(page.cursor) + 1, end)
    return BarQuery(
        symbol=request.symbol,
        unit=unit,
        count=request.timeframe.count or 1,
        start=start,
        end=end,
        limit=page.size + 1,
        adjustment=ADJUSTMENT.optional(request.adjustment, "adjustment") or Adjustment.RAW,
        newest_first=newest_first,
    )


def _chain_query(request: pb.GetOptionChainRequest) -> ChainQuery:
    if not request.underlying_symbol:
        raise required("underlying_symbol", "what the options are on, such as AAPL")
    query = ChainQuery(
        underlying=request.underlying_symbol,
        type=OPTION_TYPE.optional(request.type, "type"),
        first_expiration=optional_date(request, "start_expiration_date"),
        last_expiration=optional_date(request, "end_expiration_date"),
        min_strike=optional_decimal(request, "min_strike_price", ""),
        max_strike=optional_decimal(request, "max_strike_price", ""),
    )
    _in_order(query.first_expiration, query.last_expiration, "start_expiration_date", "end_expiration_date")
    if query.min_strike is not None and query.max_strike is not None and query.min_strike > query.max_strike:
        raise invalid("min_strike_price", "must not be above max_strike_price")
    return query


def _action_query(request: pb.ListCorporateActionsRequest) -> ActionQuery:
    if len(request.symbols) > MAX_SYMBOLS:
        raise invalid("symbols", f"at most {MAX_SYMBOLS}")
    first, last = optional_date(request, "start_date"), optional_date(request, "end_date")
    if not first:
        raise required("start_date", "processed from when on")
    _in_order(first, last, "start_date", "end_date")
    types = (CORPORATE_ACTION_TYPE.need(n, f"types[{i}]") for i, n in enumerate(request.types))
    return ActionQuery(
        first_date=first,
        last_date=last,
        symbols=tuple(dict.fromkeys(request.symbols)),
        types=tuple(dict.fromkeys(types)),
    )


def _in_order(first: str, last: str, first_name: str, last_name: str) -> None:
    if first and last and first > last:
        raise invalid(first_name, f"must not be after {last_name}")


def _contract(entry: ChainEntry) -> str:
    option = entry.instrument.option
    return f"{option.expiration if option else ''} {entry.instrument.symbol}"


def _action(action: CorporateAction) -> str:
    return f"{action.process_date} {action.action_id}"


def _date(day: TradingDay) -> str:
    return day.date
