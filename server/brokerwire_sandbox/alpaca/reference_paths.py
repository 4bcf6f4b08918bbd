"""Assets, option contracts, clock, calendar, corporate announcements."""

from datetime import date, timedelta
from typing import Any

from aiohttp import web

from brokerwire_sandbox.alpaca import errors
from brokerwire_sandbox.alpaca.assets import Asset, asset_json, contract_json, option_price
from brokerwire_sandbox.alpaca.edge import json_response
from brokerwire_sandbox.alpaca.formats import SECOND, new_york, offset_time
from brokerwire_sandbox.alpaca.market import Market
from brokerwire_server.domain.decimals import parse_decimal
from brokerwire_server.domain.errors import InvalidDecimalError
from brokerwire_server.domain.instruments import AssetClass
from brokerwire_server.domain.market import Session

_DAY = 86_400 * SECOND
_MAX_DAYS = 5_000
_PHASES = {Session.CLOSED: "closed", Session.PRE_MARKET: "pre", Session.REGULAR: "core", Session.POST_MARKET: "post"}


class ReferencePaths:
    """The handlers. None of them awaits."""

    def __init__(self, market: Market) -> None:
        """Serve `market`."""
        self._market = market
        self.announcements: list[dict[str, Any]] = []

    def routes(self) -> list[web.RouteDef]:
        """Return the route table."""
        return [
            web.get("/v2/assets", self.assets),
            web.get("/v2/assets/{key:.+}", self.asset),
            web.get("/v2/options/contracts", self.contracts),
            web.get("/v2/options/contracts/{key}", self.contract),
            web.get("/v2/clock", self.clock),
            web.get("/v3/clock", self.clock_v3),
            web.get("/v2/calendar", self.calendar),
            web.get("/v3/calendar/{market}", self.calendar_v3),
            web.get("/v2/corporate_actions/announcements", self.list_announcements),
            web.get("/v2/corporate_actions/announcements/{id}", self.announcement),
        ]

    async def assets(self, request: web.Request) -> web.Response:
        """List assets."""
        query = request.query
        if query.get("status", "active") not in ("active", ""):
            return json_response([])
        wanted = query.get("asset_class", "us_equity")
        exchange, attributes = query.get("exchange", ""), set(filter(None, query.get("attributes", "").split(",")))
        found = [
            asset_json(asset)
            for asset in self._market.state.assets.listed
            if asset.asset_class == wanted
            and (not exchange or asset.exchange == exchange)
            and (not attributes or attributes & set(asset.attributes))
        ]
        return json_response(found)

    async def asset(self, request: web.Request) -> web.Response:
        """Return one asset, by symbol or id."""
        key = request.match_info["key"]
        asset = self._market.state.assets.find(key)
        if asset is None:
            raise errors.not_found(f"asset not found for {key}")
        return json_response(asset_json(asset))

    async def contracts(self, request: web.Request) -> web.Response:
        """List option contracts, page by page."""
        query = dict(request.query)
        try:
            limit = int(query.get("limit") or 100)
            start = int(query.get("page_token") or 0)
        except ValueError:
            raise errors.invalid("invalid query parameter") from None
        if not 1 <= limit <= 10_000:
            raise errors.invalid("limit must be between 1 and 10000")
        found = self._listed(query)
        following = str(start + limit) if start + limit < len(found) else None
        page = [self._contract(asset) for asset in found[start : start + limit]]
        return json_response({"option_contracts": page, "next_page_token": following})

    async def contract(self, request: web.Request) -> web.Response:
        """Return one option contract, by symbol or id."""
        key = request.match_info["key"]
        asset = self._market.state.assets.find(key)
        if asset is None or asset.kind is not AssetClass.OPTION:
            raise errors.not_found(f"option contract {key} not found")
        return json_response(self._contract(asset))

    async def clock(self, request: web.Request) -> web.Response:
        """Return the market's clock."""
        self._market.tick()
        clock = self._market.state.exchange.clock()
        return json_response(
            {
                "timestamp": offset_time(self._market.state.now),
                "is_open": clock.is_open,
                "next_open": offset_time(clock.next_open),
                "next_close": offset_time(clock.next_close),
            }
        )

    async def clock_v3(self, request: web.Request) -> web.Response:
        """Return the clocks of markets: here New York's alone."""
        self._market.tick()
        clock = self._market.state.exchange.clock()
        market = {
            "market": {
                "acronym": "NYSE",
                "mic": "XNYS",
                "name": "New York Stock Exchange",
                "timezone": "America/New_York",
            },
            "timestamp": offset_time(self._market.state.now),
            "is_market_day": True,
            "phase": _PHASES[clock.session],
            "next_market_open": offset_time(clock.next_open),
            "next_market_close": offset_time(clock.next_close),
        }
        return json_response({"clocks": [market]})

    async def calendar(self, request: web.Request) -> web.Response:
        """Return trading days with their hours in New York time."""
        days = self._days(request.query.get("start", ""), request.query.get("end", ""))
        return json_response(days)

    async def calendar_v3(self, request: web.Request) -> web.Response:
        """Return trading days of a market."""
        days = self._days(request.query.get("start", ""), request.query.get("end", ""))
        shown = [
            {
                "date": d["date"],
                "core_start": d["open"],
                "core_end": d["close"],
                "settlement_date": d["settlement_date"],
            }
            for d in days
        ]
        return json_response({"market": {"mic": "XNYS", "timezone": "America/New_York"}, "calendar": shown})

    async def list_announcements(self, request: web.Request) -> web.Response:
        """List the corporate announcements that the control API added."""
        query = request.query
        kinds = set(filter(None, query.get("ca_types", "").lower().split(",")))
        symbol, since, until = query.get("symbol", ""), query.get("since", ""), query.get("until", "9999")
        if not kinds:
            raise errors.invalid("ca_types is required")
        return json_response(
            [
                a
                for a in self.announcements
                if a["ca_type"] in kinds
                and symbol in ("", a["initiating_symbol"], a["target_symbol"])
                and since <= a["ex_date"] <= until
            ]
        )

    async def announcement(self, request: web.Request) -> web.Response:
        """Return one corporate announcement."""
        wanted = request.match_info["id"]
        found = next((a for a in self.announcements if a["id"] == wanted), None)
        if found is None:
            raise errors.not_found(f"announcement not found for {wanted}")
        return json_response(found)

    def _listed(self, query: dict[str, str]) -> list[Asset]:
        state = self._market.state
        today = new_york(state.now).date()
        names = [n for n in query.get("underlying_symbols", "").split(",") if n] or ["AAPL", "SPY"]
        found: list[Asset] = []
        for name in names:
            underlying = state.assets.find(name)
            if underlying is not None:
                found += state.assets.chain(name, today, state.mark(underlying))
        return [asset for asset in found if _fits(asset, query)]

    def _contract(self, asset: Asset) -> dict[str, Any]:
        state = self._market.state
        underlying = state.assets.find(asset.contract.underlying)
        if underlying is None:
            raise errors.not_found(f"option contract {asset.symbol} not found")
        today, mark = new_york(state.now).date(), state.mark(underlying)
        close = option_price(asset, mark, today - timedelta(days=1)) if mark is not None else None
        return contract_json(asset, underlying, close, today)

    def _days(self, start: str, end: str) -> list[dict[str, str]]:
        calendar, now = self._market.state.calendar, self._market.state.now
        today = new_york(now).date()
        try:
            first = date.fromisoformat(start[:10]) if start else today
            last = date.fromisoformat(end[:10]) if end else (first if start else today) + timedelta(days=365)
        except ValueError:
            raise errors.invalid("invalid start or end") from None
        found: list[dict[str, str]] = []
        moment = int((first - date(1970, 1, 1)).days) * _DAY
        while len(found) < _MAX_DAYS:
            day = calendar.day_at(moment)
            if day.date > last.isoformat():
                break
            following = calendar.day_at(day.post_close)
            if day.date >= first.isoformat():
                hours = (new_york(day.open), new_york(day.close - (SECOND if calendar.continuous else 0)))
                found.append(
                    {
                        "date": day.date,
                        "open": "00:00" if calendar.continuous else f"{hours[0]:%H:%M}",
                        "close": "23:59" if calendar.continuous else f"{hours[1]:%H:%M}",
                        "session_open": "0400",
                        "session_close": "2000" if day.close != day.post_close else "2359",
                        "settlement_date": following.date,
                    }
                )
            moment = day.post_close
        return found


def _fits(asset: Asset, query: dict[str, str]) -> bool:
    contract = asset.contract
    try:
        low = parse_decimal(query.get("strike_price_gte") or "0", "strike_price_gte")
        high = parse_decimal(query.get("strike_price_lte") or "999999999", "strike_price_lte")
    except InvalidDecimalError:
        raise errors.invalid("invalid strike price") from None
    wanted = query.get("type", "").lower()
    return (
        low <= contract.strike <= high
        and wanted in ("", contract.type.value.lower())
        and query.get("expiration_date", contract.expiration) == contract.expiration
        and query.get("expiration_date_gte", "") <= contract.expiration
        and contract.expiration <= query.get("expiration_date_lte", "9999")
    )
