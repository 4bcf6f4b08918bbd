"""Market data over REST, for alpaca-py's historical clients: latest values, snapshots, bars, corporate actions.

Prices are the quotes that the sandbox's exchange has shown; bars are made of them. Historical quotes and trades, news
and screeners are not served.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from aiohttp import web

from brokerwire_sandbox.alpaca.assets import Asset
from brokerwire_sandbox.alpaca.data_formats import answer, bar_json, greeks_json, quote_json, trade_json
from brokerwire_sandbox.alpaca.data_tape import Bar, Tape, bucket_of
from brokerwire_sandbox.alpaca.errors import ApiError
from brokerwire_sandbox.alpaca.formats import new_york, parse_time, stable_uuid
from brokerwire_sandbox.alpaca.state import State
from brokerwire_server.domain.decimals import parse_decimal
from brokerwire_server.domain.errors import InvalidDecimalError
from brokerwire_server.domain.instruments import AssetClass

_STOCK = re.compile(r"[A-Z]{1,6}([.][A-Z]{1,3})?", re.ASCII)
_COIN = re.compile(r"[A-Z0-9]{2,10}/[A-Z]{3,5}", re.ASCII)
_CONTRACT = re.compile(r"[A-Z]{1,6}\d{6}[CP]\d{8}", re.ASCII)
_FORMS = {AssetClass.EQUITY: _STOCK, AssetClass.CRYPTO: _COIN, AssetClass.OPTION: _CONTRACT}
_MAX_LIMIT = 10_000
_PAID = {
    # Messages of answers 403 for feeds that the basic plan lacks.
    "sip": "subscription does not permit querying recent SIP data",
    "opra": "OPRA agreement is not signed",
}

Shown = Callable[[Asset], dict[str, Any] | None]


class DataPaths:
    """The handlers. None of them awaits. `plus` stands for the paid plan, with its `sip` and `opra` feeds."""

    def __init__(self, state: State, tape: Tape) -> None:
        """Serve what `state` quotes and `tape` has kept."""
        self.plus = False
        self.actions: list[tuple[str, dict[str, Any]]] = []
        self._state = state
        self._tape = tape

    def add_action(self, kind: str, **fields: object) -> dict[str, Any]:
        """Announce a corporate action; `kind` is the answer's key ("cash_dividends"), the fields are the service's."""
        action = {"id": stable_uuid(f"action:{len(self.actions)}:{kind}"), **fields}
        self.actions.append((kind, action))
        return action

    def routes(self) -> list[web.RouteDef]:
        """Return the route table."""
        table: list[web.RouteDef] = [
            web.get("/v1/corporate-actions", self.corporate_actions),
            web.get("/v1beta1/options/snapshots/{underlying}", self.chain),
        ]
        places = (
            ("/v2/stocks/{}", "/v2/stocks/{}/latest", AssetClass.EQUITY),
            ("/v1beta3/crypto/us/{}", "/v1beta3/crypto/us/latest/{}", AssetClass.CRYPTO),
            ("/v1beta1/options/{}", "/v1beta1/options/{}/latest", AssetClass.OPTION),
        )
        for plain, latest, kind in places:
            table += [
                web.get(plain.format("bars"), _of(self.bars, kind)),
                web.get(plain.format("snapshots"), _of(self.snapshots, kind)),
                web.get(latest.format("quotes"), _of(self.latest, kind, "quotes", self._quote)),
                web.get(latest.format("trades"), _of(self.latest, kind, "trades", self._trade)),
                web.get(latest.format("bars"), _of(self.latest, kind, "bars", self._minute)),
            ]
        return table

    # --- what is asked ---

    async def latest(self, request: web.Request, kind: AssetClass, key: str, show: Shown) -> web.Response:
        """Return the latest quote, trade or minute bar of each symbol that has one."""
        self._admit(request)
        shown = ((asset.symbol, show(asset)) for asset in self._assets(request, kind))
        return answer({key: {symbol: body for symbol, body in shown if body is not None}})

    async def snapshots(self, request: web.Request, kind: AssetClass) -> web.Response:
        """Return snapshots; those of stocks have no envelope."""
        self._admit(request)
        found = {asset.symbol: self._snapshot(asset) for asset in self._assets(request, kind)}
        if kind is AssetClass.EQUITY:
            return answer(found)
        return answer(
            {"snapshots": found, "next_page_token": None} if kind is AssetClass.OPTION else {"snapshots": found}
        )

    async def bars(self, request: web.Request, kind: AssetClass) -> web.Response:
        """Return bars by symbol, page by page."""
        self._admit(request)
        query = request.query
        try:
            bucket = bucket_of(query.get("timeframe", ""))
            start = parse_time(query["start"]) if "start" in query else self._state.start
            end = parse_time(query["end"]) if "end" in query else self._state.now
        except ValueError as error:
            raise _bad(str(error)) from None
        rows = []
        for asset in sorted(self._assets(request, kind), key=lambda a: a.symbol):
            made = [bar for bar in self._tape.bars(asset.symbol, bucket) if start <= bar.start <= end]
            ordered = made[::-1] if query.get("sort") == "desc" else made
            rows += [(asset, bar) for bar in ordered]
        page, token = _page(rows, request, _MAX_LIMIT, 1000)
        bars: dict[str, list[dict[str, Any]]] = {}
        for asset, bar in page:
            factor = self._factor(asset, bar) if query.get("adjustment") in ("split", "all") else Decimal(1)
            bars.setdefault(asset.symbol, []).append(bar_json(asset, bar, factor))
        return answer({"bars": bars, "next_page_token": token})

    async def chain(self, request: web.Request) -> web.Response:
        """Return snapshots of the options on a stock, page by page."""
        self._admit(request)
        state, query = self._state, dict(request.query)
        underlying = state.assets.find(request.match_info["underlying"])
        if underlying is None:
            raise _bad(f"invalid underlying symbol: {request.match_info['underlying']}")
        today = new_york(state.now).date()
        found = state.assets.chain(underlying.symbol, today, state.mark(underlying))
        kept = sorted((asset for asset in found if _fits(asset, query)), key=lambda a: a.symbol)
        page, token = _page(kept, request, 1000, 100)
        return answer({"snapshots": {a.symbol: self._snapshot(a) for a in page}, "next_page_token": token})

    async def corporate_actions(self, request: web.Request) -> web.Response:
        """Return the corporate actions that were announced, by the day on which they are processed."""
        query = request.query
        today = new_york(self._state.now).date().isoformat()
        first, last = query.get("start", today), query.get("end", today)
        symbols = set(filter(None, query.get("symbols", "").split(",")))
        kinds = set(filter(None, query.get("types", "").split(",")))
        kept = [
            (kind, action)
            for kind, action in self.actions
            if first <= action["process_date"] <= last
            and (not kinds or kind.removesuffix("s") in kinds)
            and (not symbols or symbols & {v for k, v in action.items() if k.endswith("symbol")})
        ]
        page, token = _page(sorted(kept, key=lambda row: row[1]["process_date"]), request, 1000, 100)
        grouped: dict[str, list[dict[str, Any]]] = {}
        for kind, action in page:
            grouped.setdefault(kind, []).append(action)
        return answer({"corporate_actions": grouped, "next_page_token": token})

    # --- inside ---

    def _admit(self, request: web.Request) -> None:
        words = _PAID.get(request.query.get("feed", ""))
        if words and not self.plus:
            raise ApiError(403, 0, words)

    def _assets(self, request: web.Request, kind: AssetClass) -> list[Asset]:
        names = [name for name in request.query.get("symbols", "").split(",") if name]
        if not names:
            raise _bad("symbol is required")
        for name in names:
            if not _FORMS[kind].fullmatch(name):
                raise _bad(f"invalid symbol: {name}")
        found = (self._state.assets.find(name) for name in names)
        return [asset for asset in found if asset is not None and asset.kind is kind]

    def _quote(self, asset: Asset) -> dict[str, Any] | None:
        quote = self._state.quote(asset)
        return None if quote is None else quote_json(asset, quote)

    def _trade(self, asset: Asset) -> dict[str, Any] | None:
        quote = self._state.quote(asset)
        return None if quote is None else trade_json(asset, quote)

    def _minute(self, asset: Asset) -> dict[str, Any] | None:
        bar = self._tape.latest(asset.symbol)
        return None if bar is None else bar_json(asset, bar)

    def _snapshot(self, asset: Asset) -> dict[str, Any]:
        days = self._tape.bars(asset.symbol, bucket_of("1Day"))[-2:]
        parts = {
            "latestQuote": self._quote(asset),
            "latestTrade": self._trade(asset),
            "minuteBar": self._minute(asset),
            "dailyBar": bar_json(asset, days[-1]) if days else None,
            "prevDailyBar": bar_json(asset, days[0]) if len(days) > 1 else None,
        }
        body: dict[str, Any] = {name: part for name, part in parts.items() if part is not None}
        if asset.kind is AssetClass.OPTION:
            underlying = self._state.assets.find(asset.contract.underlying)
            mark = None if underlying is None else self._state.mark(underlying)
            if mark is not None:
                body |= greeks_json(asset, mark, new_york(self._state.now).date())
        return body

    def _factor(self, asset: Asset, bar: Bar) -> Decimal:
        """Return what a split later than the bar makes of its price."""
        factor, day = Decimal(1), new_york(bar.start).date().isoformat()
        today = new_york(self._state.now).date().isoformat()
        for kind, action in self.actions:
            if kind not in ("forward_splits", "reverse_splits") or action["symbol"] != asset.symbol:
                continue
            if day < action["ex_date"] <= today:
                factor *= Decimal(str(action["old_rate"])) / Decimal(str(action["new_rate"]))
        return factor


def _of(handler: Callable[..., Any], *arguments: object) -> Callable[[web.Request], Any]:
    async def handle(request: web.Request) -> web.StreamResponse:
        response: web.StreamResponse = await handler(request, *arguments)
        return response

    return handle


def _page(rows: list[Any], request: web.Request, most: int, usual: int) -> tuple[list[Any], str | None]:
    try:
        limit, begin = int(request.query.get("limit") or usual), int(request.query.get("page_token") or 0)
    except ValueError:
        raise _bad("invalid limit or page_token") from None
    if not 1 <= limit <= most:
        raise _bad(f"limit must be between 1 and {most}")
    return rows[begin : begin + limit], str(begin + limit) if begin + limit < len(rows) else None


def _fits(asset: Asset, query: dict[str, str]) -> bool:
    contract = asset.contract
    try:
        low = parse_decimal(_number(query, "strike_price_gte", "0"), "strike_price_gte")
        high = parse_decimal(_number(query, "strike_price_lte", "999999999"), "strike_price_lte")
    except InvalidDecimalError as error:
        raise _bad(str(error)) from None
    return (
        low <= contract.strike <= high
        and query.get("type", "") in ("", contract.type.value.lower())
        and query.get("expiration_date", contract.expiration) == contract.expiration
        and query.get("expiration_date_gte", "") <= contract.expiration <= query.get("expiration_date_lte", "9999")
    )


def _number(query: dict[str, str], name: str, usual: str) -> str:
    return query.get(name) or usual


def _bad(message: str) -> ApiError:
    return ApiError(400, 0, message)
