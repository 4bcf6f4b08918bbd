"""`/v2/watchlists`, by id and by name."""

from typing import Any

from aiohttp import web
from msgspec import Struct

from brokerwire_sandbox.alpaca import errors
from brokerwire_sandbox.alpaca.assets import Asset, asset_json
from brokerwire_sandbox.alpaca.edge import RAW, json_response
from brokerwire_sandbox.alpaca.formats import rfc3339_micro
from brokerwire_sandbox.alpaca.market import Market
from brokerwire_sandbox.alpaca.requests import read_body

_ROOT = "/v2/watchlists"
_BY_NAME = "/v2/watchlists:by_name"


class Watchlist(Struct, kw_only=True):
    """A named list of assets."""

    id: str
    name: str
    created_at: int
    updated_at: int
    assets: list[Asset]


class WatchlistPaths:
    """The handlers and the lists. Each path exists twice: by id, and by name in the query."""

    def __init__(self, market: Market) -> None:
        """Begin without lists."""
        self._market = market
        self._lists: dict[str, Watchlist] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the route table."""
        by_id, with_symbol = _ROOT + "/{id}", _ROOT + "/{id}/{symbol:.+}"
        return [
            web.get(_ROOT, self.index),
            web.post(_ROOT, self.create),
            *(web.get(path, self.get) for path in (by_id, _BY_NAME)),
            *(web.put(path, self.update) for path in (by_id, _BY_NAME)),
            *(web.post(path, self.add) for path in (by_id, _BY_NAME)),
            *(web.delete(path, self.delete) for path in (by_id, _BY_NAME)),
            *(web.delete(path, self.remove) for path in (with_symbol, _BY_NAME + "/{symbol:.+}")),
        ]

    async def index(self, request: web.Request) -> web.Response:
        """List the watchlists, without their assets."""
        return json_response([self._shown(item, assets=False) for item in self._lists.values()])

    async def create(self, request: web.Request) -> web.Response:
        """Create a watchlist."""
        body = read_body(request[RAW])
        name = self._free_name(body.get("name"), None)
        now = self._market.state.stamp()
        item = Watchlist(
            id=self._market.state.ids.uuid(),
            name=name,
            created_at=now,
            updated_at=now,
            assets=self._assets(body.get("symbols") or []),
        )
        self._lists[item.id] = item
        return json_response(self._shown(item))

    async def get(self, request: web.Request) -> web.Response:
        """Return a watchlist."""
        return json_response(self._shown(self._find(request)))

    async def update(self, request: web.Request) -> web.Response:
        """Rename a watchlist, or give it other assets."""
        item, body = self._find(request), read_body(request[RAW])
        if body.get("name"):
            item.name = self._free_name(body["name"], item)
        if body.get("symbols") is not None:
            item.assets = self._assets(body["symbols"])
        item.updated_at = self._market.state.stamp()
        return json_response(self._shown(item))

    async def add(self, request: web.Request) -> web.Response:
        """Add an asset at the end."""
        item = self._find(request)
        for asset in self._assets([read_body(request[RAW]).get("symbol")]):
            if asset in item.assets:
                raise errors.invalid("duplicate symbol")
            item.assets.append(asset)
        item.updated_at = self._market.state.stamp()
        return json_response(self._shown(item))

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a watchlist."""
        del self._lists[self._find(request).id]
        return web.Response(status=204)

    async def remove(self, request: web.Request) -> web.Response:
        """Take an asset off."""
        item, symbol = self._find(request), request.match_info["symbol"]
        asset = self._market.state.assets.find(symbol)
        if asset is None or asset not in item.assets:
            raise errors.not_found(f"symbol not found for {symbol}")
        item.assets.remove(asset)
        item.updated_at = self._market.state.stamp()
        return json_response(self._shown(item))

    def _find(self, request: web.Request) -> Watchlist:
        wanted = request.match_info.get("id")
        if wanted is None:
            name = request.query.get("name", "")
            found = next((item for item in self._lists.values() if item.name == name), None)
        else:
            found = self._lists.get(wanted)
        if found is None:
            raise errors.not_found("watchlist not found")
        return found

    def _free_name(self, name: object, owner: Watchlist | None) -> str:
        if not isinstance(name, str) or not 1 <= len(name) <= 64:
            raise errors.invalid("name must be 1 to 64 characters")
        if any(item.name == name and item is not owner for item in self._lists.values()):
            raise errors.invalid("watchlist name must be unique")
        return name

    def _assets(self, symbols: object) -> list[Asset]:
        if not isinstance(symbols, list):
            raise errors.malformed()
        found: list[Asset] = []
        for symbol in symbols:
            asset = self._market.state.assets.find(str(symbol))
            if asset is None:
                raise errors.invalid(f'asset "{symbol}" not found')
            found.append(asset)
        return found

    def _shown(self, item: Watchlist, *, assets: bool = True) -> dict[str, Any]:
        body: dict[str, Any] = {
            "id": item.id,
            "account_id": self._market.state.account_id,
            "name": item.name,
            "created_at": rfc3339_micro(item.created_at),
            "updated_at": rfc3339_micro(item.updated_at),
        }
        if assets:
            body["assets"] = [asset_json(asset) for asset in item.assets]
        return body
