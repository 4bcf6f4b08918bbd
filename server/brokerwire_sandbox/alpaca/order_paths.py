"""`/v2/orders` and `/v2/orders:by_client_order_id`."""

from aiohttp import web
from msgspec import Struct

from brokerwire_sandbox.alpaca import errors
from brokerwire_sandbox.alpaca.edge import RAW, json_response
from brokerwire_sandbox.alpaca.formats import SECOND, parse_time
from brokerwire_sandbox.alpaca.market import Market
from brokerwire_sandbox.alpaca.records import OrderRecord
from brokerwire_sandbox.alpaca.requests import read_body, read_change, read_order

MAX_LIMIT = 500
_OPEN_ONLY = ("open", "")


class OrderQuery(Struct, frozen=True, kw_only=True):
    """What to list. `after` and `until` are nanoseconds, exclusive, on submitted_at."""

    status: str = "open"
    limit: int = 50
    after: int | None = None
    until: int | None = None
    ascending: bool = False
    nested: bool = False
    symbols: frozenset[str] = frozenset()
    side: str = ""
    asset_classes: frozenset[str] = frozenset()
    before_order_id: str = ""
    after_order_id: str = ""


class OrderPaths:
    """The handlers. None of them awaits, so that a request's events stay together."""

    def __init__(self, market: Market) -> None:
        """Serve `market`."""
        self._market = market
        self._lookups: dict[str, int] = {}
        settings = market.state.settings
        self.lookup_lag = settings.lookup_lag
        self.lookup_lag_reads = settings.lookup_lag_reads

    def routes(self) -> list[web.RouteDef]:
        """Return the route table."""
        return [
            web.post("/v2/orders", self.submit),
            web.get("/v2/orders", self.index),
            web.delete("/v2/orders", self.cancel_all),
            web.get("/v2/orders:by_client_order_id", self.by_client_order_id),
            web.get("/v2/orders/{order_id}", self.get),
            web.patch("/v2/orders/{order_id}", self.replace),
            web.delete("/v2/orders/{order_id}", self.cancel),
        ]

    async def submit(self, request: web.Request) -> web.Response:
        """Take an order."""
        return json_response(self._market.submit(read_order(read_body(request[RAW]))))

    async def index(self, request: web.Request) -> web.Response:
        """List orders."""
        self._market.tick()
        query = read_order_query(dict(request.query))
        return json_response([r.rest_json(nested=query.nested) for r in select(self._market, query)])

    async def cancel_all(self, request: web.Request) -> web.Response:
        """Cancel all open orders."""
        return json_response(self._market.cancel_all(), 207)

    async def by_client_order_id(self, request: web.Request) -> web.Response:
        """Return the order of a client order id, as soon as reads know of it."""
        self._market.tick()
        client_order_id = request.query.get("client_order_id", "")
        record = self._market.state.clients.get(client_order_id)
        if record is None or self._not_yet(record):
            raise errors.not_found(f"order not found for {client_order_id}")
        return json_response(record.rest_json(nested=_flag(request.query.get("nested", ""))))

    async def get(self, request: web.Request) -> web.Response:
        """Return an order."""
        self._market.tick()
        record = self._market.order(request.match_info["order_id"])
        return json_response(record.rest_json(nested=_flag(request.query.get("nested", ""))))

    async def replace(self, request: web.Request) -> web.Response:
        """Replace an order."""
        change = read_change(read_body(request[RAW]))
        return json_response(self._market.replace(request.match_info["order_id"], change))

    async def cancel(self, request: web.Request) -> web.Response:
        """Cancel an order."""
        self._market.cancel(request.match_info["order_id"])
        return web.Response(status=204)

    def _not_yet(self, record: OrderRecord) -> bool:
        if self.lookup_lag and self._market.state.now < record.created_at + int(self.lookup_lag * SECOND):
            return True
        reads = self._lookups.get(record.client_order_id, 0)
        if reads < self.lookup_lag_reads:
            self._lookups[record.client_order_id] = reads + 1
            return True
        return False


def read_order_query(parameters: dict[str, str]) -> OrderQuery:
    """Read the query of the list.

    Raises:
        ApiError: 422, a parameter is wrong, or two exclude each other.
    """
    status = parameters.get("status") or "open"
    if status not in ("open", "closed", "all"):
        raise errors.invalid("invalid status")
    cursor = parameters.get("before_order_id", ""), parameters.get("after_order_id", "")
    after, until = parameters.get("after"), parameters.get("until")
    if any(cursor) and (after or until):
        raise errors.invalid("before_order_id and after_order_id cannot be combined with after and until")
    if all(cursor):
        raise errors.invalid("only one of before_order_id or after_order_id is accepted")
    try:
        limit = int(parameters.get("limit") or 50)
        times = parse_time(after) if after else None, parse_time(until) if until else None
    except ValueError:
        raise errors.invalid("invalid query parameter") from None
    if not 1 <= limit <= MAX_LIMIT:
        raise errors.invalid(f"limit must be between 1 and {MAX_LIMIT}")
    return OrderQuery(
        status=status,
        limit=limit,
        after=times[0],
        until=times[1],
        ascending=parameters.get("direction") == "asc",
        nested=_flag(parameters.get("nested", "")),
        symbols=frozenset(s.replace("/", "") for s in parameters.get("symbols", "").split(",") if s),
        side=parameters.get("side", ""),
        asset_classes=frozenset(a for a in parameters.get("asset_class", "").split(",") if a),
        before_order_id=cursor[0],
        after_order_id=cursor[1],
    )


def select(market: Market, query: OrderQuery) -> list[OrderRecord]:
    """Return the orders that a query is for."""
    state = market.state
    source = state.open.values() if query.status in _OPEN_ONLY else state.records.values()
    found = sorted((r for r in source if _matches(r, query)), key=lambda r: (r.submitted_at, r.sequence))
    if not query.ascending:
        found.reverse()
    cursor = query.after_order_id or query.before_order_id
    if cursor:
        found = _beyond(market, found, query, cursor)
    return found[: query.limit]


def _beyond(market: Market, found: list[OrderRecord], query: OrderQuery, cursor: str) -> list[OrderRecord]:
    mark = market.order(cursor)
    key = (mark.submitted_at, mark.sequence)
    if query.after_order_id:
        return [r for r in found if (r.submitted_at, r.sequence) > key]
    return [r for r in found if (r.submitted_at, r.sequence) < key]


def _matches(record: OrderRecord, query: OrderQuery) -> bool:
    return (
        _is_shown(record, query)
        and (query.after is None or record.submitted_at > query.after)
        and (query.until is None or record.submitted_at < query.until)
        and (not query.symbols or record.symbol.replace("/", "") in query.symbols or _has_leg(record, query.symbols))
        and query.side in ("", record.side)
        and (not query.asset_classes or _asset_class(record) in query.asset_classes)
    )


def _is_shown(record: OrderRecord, query: OrderQuery) -> bool:
    if query.status == "open" and (record.terminal or (record.status == "held" and not query.nested)):
        return False
    if query.status == "closed" and not record.terminal:
        return False
    if record.parent is None:
        return True
    if record.ratio is not None:
        return False
    # Inside its parent a leg is shown already, unless the parent itself is not in the list of open orders any more.
    return not query.nested or (query.status == "open" and record.parent.terminal and record.status != "held")


def _asset_class(record: OrderRecord) -> str:
    return record.asset.asset_class if record.asset is not None else "us_option"


def _has_leg(record: OrderRecord, symbols: frozenset[str]) -> bool:
    return any(leg.symbol in symbols for leg in record.legs if leg.ratio is not None)


def _flag(text: str) -> bool:
    return text.lower() in ("true", "1")
