"""`/v2/account` with configurations, history and activities, and `/v2/positions`."""

from decimal import Decimal
from typing import Any

from aiohttp import web

from brokerwire_sandbox.alpaca import errors
from brokerwire_sandbox.alpaca.activities import read_query
from brokerwire_sandbox.alpaca.edge import RAW, json_response
from brokerwire_sandbox.alpaca.market import Market
from brokerwire_sandbox.alpaca.requests import read_body, read_decimal
from brokerwire_sandbox.alpaca.views import history_json, read_history
from brokerwire_server.domain.instruments import AssetClass


class AccountPaths:
    """The handlers. None of them awaits."""

    def __init__(self, market: Market) -> None:
        """Serve `market`."""
        self._market = market

    def routes(self) -> list[web.RouteDef]:
        """Return the route table."""
        return [
            web.get("/v2/account", self.account),
            web.get("/v2/account/configurations", self.configurations),
            web.patch("/v2/account/configurations", self.configure),
            web.get("/v2/account/portfolio/history", self.history),
            web.get("/v2/account/activities", self.activities),
            web.get("/v2/account/activities/{kind}", self.activities),
            web.get("/v2/positions", self.positions),
            web.delete("/v2/positions", self.close_all),
            web.get("/v2/positions/{key}", self.position),
            web.delete("/v2/positions/{key}", self.close),
            web.post("/v2/positions/{key}/exercise", self.exercise),
            web.post("/v2/positions/{key}/do-not-exercise", self.do_not_exercise),
        ]

    async def account(self, request: web.Request) -> web.Response:
        """Return the account."""
        self._market.tick()
        return json_response(self._market.views.account())

    async def configurations(self, request: web.Request) -> web.Response:
        """Return the account's configuration."""
        return json_response(self._market.state.configuration)

    async def configure(self, request: web.Request) -> web.Response:
        """Change the account's configuration."""
        configuration = self._market.state.configuration
        changes = {k: v for k, v in read_body(request[RAW]).items() if v is not None}
        for name, value in changes.items():
            known = configuration.get(name)
            if name not in configuration or (known is not None and type(value) is not type(known)):
                raise errors.invalid(f"invalid {name}")
        configuration.update(changes)
        return json_response(configuration)

    async def history(self, request: web.Request) -> web.Response:
        """Return the portfolio history."""
        self._market.tick()
        try:
            query = read_history(self._market.state.now, dict(request.query))
        except (ValueError, KeyError, IndexError):
            raise errors.invalid("invalid period, timeframe or range") from None
        flows = [(entry.kind, entry.time, entry.amount) for entry in self._market.activities.cash_flows()]
        return json_response(history_json(self._market.views, query, flows))

    async def activities(self, request: web.Request) -> web.Response:
        """Return a page of activities."""
        self._market.tick()
        kinds = request.match_info.get("kind") or request.query.get("activity_types", "")
        return json_response(self._market.activities.page(read_query(kinds.split(","), dict(request.query))))

    async def positions(self, request: web.Request) -> web.Response:
        """Return all positions."""
        self._market.tick()
        return json_response(self._market.views.positions())

    async def position(self, request: web.Request) -> web.Response:
        """Return one position."""
        self._market.tick()
        asset = self._market.state.assets.find(request.match_info["key"])
        shown = self._market.views.position_of(asset) if asset is not None else None
        if shown is None:
            raise errors.not_found("position does not exist")
        return json_response(shown)

    async def close(self, request: web.Request) -> web.Response:
        """Close one position, or a part of it."""
        asked: dict[str, Any] = {**read_body(request[RAW]), **request.query}
        return json_response(
            self._market.close_position(
                request.match_info["key"], quantity=_number(asked, "qty"), percentage=_number(asked, "percentage")
            )
        )

    async def close_all(self, request: web.Request) -> web.Response:
        """Close all positions."""
        asked: dict[str, Any] = {**read_body(request[RAW]), **request.query}
        cancel = str(asked.get("cancel_orders", "")).lower() == "true"
        return json_response(self._market.close_all(cancel_orders=cancel), 207)

    async def exercise(self, request: web.Request) -> web.Response:
        """Exercise an option position."""
        asset = self._market.held_asset(request.match_info["key"])
        if asset.kind is not AssetClass.OPTION:
            raise errors.unprocessable("only option contracts can be exercised")
        self._market.script.exercise(asset)
        return web.Response(status=200)

    async def do_not_exercise(self, request: web.Request) -> web.Response:
        """Take the wish that an option is not exercised at expiry."""
        asset = self._market.held_asset(request.match_info["key"])
        if asset.kind is not AssetClass.OPTION:
            raise errors.unprocessable("only option contracts can be exercised")
        return web.Response(status=200)


def _number(asked: dict[str, Any], field: str) -> Decimal | None:
    value = asked.get(field)
    if value is None or value == "":
        return None
    number = read_decimal(value, field)
    if number <= 0:
        raise errors.invalid(f"{field} must be > 0")
    return number
