"""alpaca-py, as the market data threads use it. Importing this costs 0.6 s (pandas): do so in such a thread.

alpaca-py's own transport waits for ever, sleeps between retries and reads numbers as floats; the session that is put in
its place does neither. Nothing here trades: every call is a GET.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
from alpaca.common.enums import Sort
from alpaca.common.exceptions import APIError
from alpaca.common.rest import RESTClient
from alpaca.data.enums import Adjustment, CorporateActionsType, DataFeed, OptionsFeed
from alpaca.data.historical.corporate_actions import CorporateActionsClient
from alpaca.data.historical.crypto import CryptoHistoricalDataClient
from alpaca.data.historical.option import OptionHistoricalDataClient
from alpaca.data.historical.stock import StockHistoricalDataClient
from alpaca.data.requests import (
    CorporateActionsRequest,
    CryptoBarsRequest,
    CryptoSnapshotRequest,
    OptionBarsRequest,
    OptionChainRequest,
    OptionSnapshotRequest,
    StockBarsRequest,
    StockSnapshotRequest,
)
from alpaca.data.timeframe import TimeFrame, TimeFrameUnit
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import ContractType
from alpaca.trading.requests import GetCalendarRequest, GetOptionContractsRequest, GetPortfolioHistoryRequest
from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException, Timeout

from brokerwire_server.brokers.alpaca import market_mapping as mapping
from brokerwire_server.brokers.alpaca.market_errors import RefusedError, UnreachedError
from brokerwire_server.domain.market import ActionQuery, BarQuery, ChainQuery
from brokerwire_server.domain.secrets import Secret

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
CALL_SECONDS = 45.0
"""One call may read many pages: this ends it."""

_CONTRACTS_PER_PAGE = 10_000

_decode = msgspec.json.Decoder(float_hook=mapping.exact).decode


class _ExactResponse(Response):
    """An answer whose numbers keep every digit that was sent: no float is made on the way."""

    def json(self, **_: object) -> Any:  # noqa: ANN401 - as in requests
        """Return the decoded body; numbers with a point or an exponent are `Decimal`."""
        return _decode(self.content)


class _Transport(HTTPAdapter):
    """Puts an end to every wait."""

    def __init__(self, left: Callable[[], float]) -> None:
        """Ask `left` for the seconds that the present call still has."""
        self._left = left
        super().__init__(max_retries=0)

    def send(self, request: PreparedRequest, *arguments: Any, **options: Any) -> Response:  # noqa: ANN401 - requests'
        """Send with time limits; the caller's own are ignored, for alpaca-py has none."""
        left = self._left()
        if left <= 0:
            raise Timeout("the pages of one answer took too long")
        options["timeout"] = (min(CONNECT_SECONDS, left), min(READ_SECONDS, left))
        return super().send(request, *arguments, **options)

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:  # noqa: ANN401 - urllib3's
        """Return the answer, decoded exactly and as UTF-8, which spares a guess at large bodies."""
        response = super().build_response(req, resp)
        response.__class__ = _ExactResponse
        response.encoding = "utf-8"
        return response


class Clients:
    """alpaca-py's clients of one thread: its sessions are not made for more."""

    def __init__(
        self,
        api_key: Secret,
        secret_key: Secret,
        *,
        base_url: str,
        data_url: str,
        monotonic: Callable[[], float],
        wall: Callable[[], int],
    ) -> None:
        """Reach the trading host at `base_url` and the data host at `data_url`, both without a path."""
        self._monotonic = monotonic
        self._wall = wall
        self._ends = 0.0
        keys: dict[str, Any] = {"api_key": api_key.reveal(), "secret_key": secret_key.reveal(), "raw_data": True}
        # The broken URL that a trailing slash makes is answered with 404.
        data, base = data_url.rstrip("/"), base_url.rstrip("/")
        self.stocks = self._fitted(StockHistoricalDataClient(**keys, url_override=data))
        self.crypto = self._fitted(CryptoHistoricalDataClient(**keys, url_override=data))
        self.options = self._fitted(OptionHistoricalDataClient(**keys, url_override=data))
        self.actions = self._fitted(CorporateActionsClient(**keys, url_override=data))
        self.trading = self._fitted(TradingClient(**keys, url_override=base))

    # --- what is asked ---

    def snapshots(self, kind: str, symbols: Sequence[str], feed: str) -> Mapping[str, Any]:
        """Return quote and trade by symbol."""
        asked = list(symbols)
        match kind:
            case mapping.CRYPTO:
                return self._read(self.crypto.get_crypto_snapshot, CryptoSnapshotRequest(symbol_or_symbols=asked))
            case mapping.OPTION:
                options = OptionSnapshotRequest(symbol_or_symbols=asked, feed=OptionsFeed(feed))
                return self._read(self.options.get_option_snapshot, options)
        stocks = StockSnapshotRequest(symbol_or_symbols=asked, feed=DataFeed(feed))
        return self._read(self.stocks.get_stock_snapshot, stocks)

    def bars(self, kind: str, unit: str, query: BarQuery, feed: str) -> Mapping[str, Any]:
        """Return bars by symbol."""
        terms: dict[str, Any] = {
            "symbol_or_symbols": query.symbol,
            "timeframe": TimeFrame(query.count, TimeFrameUnit(unit)),
            "start": mapping.moment_from(query.start),
            "end": mapping.moment_before(query.end),
            "limit": query.limit,
            "sort": Sort.DESC if query.newest_first else Sort.ASC,
        }
        match kind:
            case mapping.CRYPTO:
                return self._read(self.crypto.get_crypto_bars, CryptoBarsRequest(**terms))
            case mapping.OPTION:
                return self._read(self.options.get_option_bars, OptionBarsRequest(**terms))
        adjustment = Adjustment(mapping.ADJUSTMENTS[query.adjustment])
        stocks = StockBarsRequest(**terms, feed=DataFeed(feed), adjustment=adjustment)
        return self._read(self.stocks.get_stock_bars, stocks)

    def chain(self, query: ChainQuery, feed: str) -> tuple[list[Mapping[str, Any]], Mapping[str, Any]]:
        """Return the active contracts, and what they trade at by symbol."""
        kind = ContractType(query.type.lower()) if query.type else None
        low, high = query.min_strike, query.max_strike
        # Without a last day Alpaca lists the contracts of this week alone.
        last = query.last_expiration or "2099-12-31"
        contracts = self._contracts(
            GetOptionContractsRequest(
                underlying_symbols=[query.underlying],
                type=kind,
                expiration_date_gte=query.first_expiration,
                expiration_date_lte=last,
                strike_price_gte=None if low is None else f"{low:f}",
                strike_price_lte=None if high is None else f"{high:f}",
                limit=_CONTRACTS_PER_PAGE,
            )
        )
        if not contracts:
            return [], {}
        snapshots = self._read(
            self.options.get_option_chain,
            OptionChainRequest(
                underlying_symbol=query.underlying,
                feed=OptionsFeed(feed),
                type=kind,
                # alpaca-py takes floats here: a filter alone, and what it lets through too much is not in `contracts`.
                strike_price_gte=None if low is None else float(low),
                strike_price_lte=None if high is None else float(high),
                expiration_date_gte=query.first_expiration,
                expiration_date_lte=last,
            ),
        )
        return contracts, snapshots

    def _contracts(self, request: GetOptionContractsRequest) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        while True:
            page = self._read(self.trading.get_option_contracts, request, fresh=not found)
            found += page["option_contracts"]
            token = page.get("next_page_token")
            if not token:
                return found
            request = request.model_copy(update={"page_token": token})

    def corporate_actions(self, query: ActionQuery, last: date) -> Mapping[str, Any]:
        """Return corporate actions by type."""
        kinds = [CorporateActionsType(t.lower()) for t in query.types]
        request = CorporateActionsRequest(
            symbols=list(query.symbols) or None,
            types=kinds or None,
            start=date.fromisoformat(query.first_date),
            end=last,
            # alpaca-py takes the limit for the whole answer, over all pages.
            limit=None,
        )
        return self._read(self.actions.get_corporate_actions, request)

    def portfolio_history(self, start: int, end: int, timeframe: str) -> Mapping[str, Any]:
        """Return the account's past values."""
        request = GetPortfolioHistoryRequest(
            start=mapping.moment_from(start),
            end=mapping.moment_before(end),
            timeframe=timeframe,
            intraday_reporting="continuous",
            cashflow_types="ALL",
        )
        return self._read(self.trading.get_portfolio_history, request)

    def calendar(self, first: date, last: date) -> Sequence[Mapping[str, Any]]:
        """Return the days on which the market opens."""
        days = self._ask(self.trading.get_calendar, GetCalendarRequest(start=first, end=last))
        if not isinstance(days, list):
            raise TypeError(f"{type(days).__name__} instead of a list")
        return days

    def clock(self) -> Mapping[str, Any]:
        """Return the market's clock."""
        return self._read(self.trading.get_clock)

    # --- how ---

    def _read(self, method: Callable[..., Any], *arguments: object, fresh: bool = True) -> Mapping[str, Any]:
        """Carry out a call whose answer is an object."""
        found = self._ask(method, *arguments, fresh=fresh)
        if not isinstance(found, dict):
            raise TypeError(f"{type(found).__name__} instead of an object")
        return found

    def _ask(self, method: Callable[..., Any], *arguments: object, fresh: bool = True) -> object:
        """Carry out one call of alpaca-py, within the time of the one before unless it is `fresh`.

        Raises:
            RefusedError: Alpaca said no.
            UnreachedError: no answer came in time.
        """
        if fresh:
            self._ends = self._monotonic() + CALL_SECONDS
        try:
            return method(*arguments)
        except APIError as error:
            raise self._refusal(error) from error
        except RequestException as error:
            raise UnreachedError(_words(error)) from error

    def close(self) -> None:
        """Close the connections. Called in the thread that uses them."""
        for client in (self.stocks, self.crypto, self.options, self.actions, self.trading):
            client._session.close()

    def _fitted(self, client: Any) -> Any:  # noqa: ANN401 - any client of alpaca-py
        assert isinstance(client, RESTClient)  # noqa: S101 - for the type checker
        session = Session()
        # Neither a proxy nor a netrc file may come between the keys and the host that was checked.
        session.trust_env = False
        transport = _Transport(lambda: self._ends - self._monotonic())
        session.mount("https://", transport)
        session.mount("http://", transport)
        # alpaca-py has no public way to either: it would sleep 3 s between retries and wait for ever.
        client._session = session
        client._retry = 0
        return client

    def _refusal(self, error: APIError) -> RefusedError:
        response: Any = error.response
        status = int(getattr(response, "status_code", 0) or 0)
        headers: Mapping[str, str] = getattr(response, "headers", {})
        resets = headers.get("X-RateLimit-Reset", "")
        wait = int(resets) - self._wall() / 1e9 if resets.isdecimal() else None
        return RefusedError(
            status, _message(getattr(response, "content", b"")), None if wait is None else max(wait, 0.0)
        )


def _message(body: bytes) -> str:
    """Return Alpaca's words, or, of a page that some proxy made, only that it is one."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "an answer that is not Alpaca's"
    message = found.get("message") if isinstance(found, dict) else None
    return str(message)[:300] if message else "no reason given"


def _words(error: RequestException) -> str:
    return "no answer in time" if isinstance(error, Timeout) else f"no connection ({type(error).__name__})"
