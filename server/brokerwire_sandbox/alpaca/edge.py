"""What stands before every path: keys, rate limit, faults, request log, and the order of answer and events."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web
from msgspec import Struct

from brokerwire_sandbox.alpaca import errors
from brokerwire_sandbox.alpaca.access import Access, RateLimit
from brokerwire_sandbox.alpaca.errors import ApiError
from brokerwire_sandbox.alpaca.events import EventLog, Gate
from brokerwire_sandbox.alpaca.faults import Dice, FaultPlan, FaultRule, Kind, targets_of
from brokerwire_sandbox.alpaca.settings import EventOrder, SandboxSettings, Unauthorized

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
RAW: web.RequestKey[bytes] = web.RequestKey("raw", bytes)
_HTML = "text/html"
_LOGGED_BODY = 16_384


class RequestRecord(Struct, frozen=True, kw_only=True):
    """One request: what came in, when (nanoseconds of the sandbox's clock), what was answered, what was spoilt."""

    number: int
    time: int
    method: str
    path: str
    query: str
    body: str
    client_order_id: str
    status: int
    fault: str
    request_id: str


class Spoilt(Exception):  # noqa: N818 - not an error: the answer was sent, or kept, on purpose
    """The fault plan has dealt with the request."""

    def __init__(self, response: web.StreamResponse) -> None:
        """Take what aiohttp is to believe was answered."""
        super().__init__()
        self.response = response


class Edge:
    """The middleware of the trading and data paths."""

    def __init__(
        self,
        settings: SandboxSettings,
        *,
        access: Access,
        limit: RateLimit,
        log: EventLog,
        clock: Callable[[], int],
        new_id: Callable[[], str],
    ) -> None:
        """Begin without faults and with an empty request log."""
        self.dice = Dice(FaultPlan())
        self.requests: list[RequestRecord] = []
        self._settings = settings
        self._access = access
        self._limit = limit
        self._log = log
        self._clock = clock
        self._new_id = new_id
        self._closing = asyncio.Event()

    def reopen(self) -> None:
        """Serve again after `close`."""
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Let go of every request that hangs on purpose."""
        self._closing.set()

    async def serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer one request."""
        raw = await request.read()
        request[RAW] = raw
        request_id = self._new_id()
        headers = {"X-Request-ID": request_id}
        gate = Gate(
            closed=self._settings.event_order is not EventOrder.EVENTS_FIRST,
            lifecycle_passes=self._settings.event_order is EventOrder.INTERLEAVED,
        )
        rule = None
        if self.dice.active:
            targets, named = targets_of(request.method, request.path), _client_order_id(request, raw)
            rule = self.dice.roll(targets, client_order_id=named)
        try:
            response = await self._answer(request, handler, rule, gate, headers)
        except Spoilt as spoilt:
            response = spoilt.response
        finally:
            self._log.open(gate)
        self._record(request, response.status, rule, request_id)
        return response

    async def _answer(
        self, request: web.Request, handler: Handler, rule: FaultRule | None, gate: Gate, headers: dict[str, str]
    ) -> web.StreamResponse:
        if rule is not None and rule.kind.startswith("request_"):
            await self._before(request, rule, headers)
        response: web.StreamResponse | None = self._gatekeeper(request, headers)
        if response is None:
            response = await self._carry_out(request, handler, gate)
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if rule is not None and rule.kind.startswith("answer_"):
            response = await self._spoil(request, response, rule, gate)
        if gate.closed or self._settings.event_order is EventOrder.EVENTS_FIRST:
            await self._in_order(request, response, gate)
        return response

    def _gatekeeper(self, request: web.Request, headers: dict[str, str]) -> web.Response | None:
        if not self._access.admits(request.headers):
            return refuse_keys(self._settings.unauthorized)
        allowed, limits = self._limit.take(self._clock())
        headers.update(limits)
        return None if allowed else error_response(errors.too_many_requests())

    async def _carry_out(self, request: web.Request, handler: Handler, gate: Gate) -> web.StreamResponse:
        try:
            if request.method == "GET":
                return await handler(request)
            with self._log.behind(gate):
                # No path that changes anything awaits, so all events in here are its own.
                return await handler(request)
        except ApiError as error:
            return error_response(error)
        except web.HTTPNotFound:
            return error_response(errors.ApiError(404, 40410000, "endpoint not found"))
        except web.HTTPMethodNotAllowed:
            return error_response(errors.ApiError(405, 0, "method not allowed"))

    async def _in_order(self, request: web.Request, response: web.StreamResponse, gate: Gate) -> None:
        if request.method == "GET":
            return
        if self._settings.event_order is not EventOrder.ANSWER_FIRST:
            await asyncio.sleep(self._settings.event_gap)
        if not gate.closed:
            return
        await response.prepare(request)
        await response.write_eof()
        self._log.open(gate)

    # --- faults ---

    async def _before(self, request: web.Request, rule: FaultRule, headers: dict[str, str]) -> None:
        match rule.kind:
            case Kind.REQUEST_DELAY:
                await asyncio.sleep(rule.delay)
                return
            case Kind.REQUEST_RESET:
                raise Spoilt(abort(request))
            case Kind.REQUEST_HANG:
                await self._hang(rule)
                raise Spoilt(abort(request))
        raise Spoilt(_fault_response(rule, headers))

    async def _spoil(
        self, request: web.Request, response: web.StreamResponse, rule: FaultRule, gate: Gate
    ) -> web.StreamResponse:
        self._log.open(gate)
        body = response.body if isinstance(response, web.Response) and isinstance(response.body, bytes) else b""
        match rule.kind:
            case Kind.ANSWER_RESET:
                raise Spoilt(abort(request))
            case Kind.ANSWER_HANG:
                await self._hang(rule)
                raise Spoilt(abort(request))
            case Kind.ANSWER_DELAY:
                await asyncio.sleep(rule.delay)
                return response
            case Kind.ANSWER_TRUNCATED | Kind.ANSWER_SLOW:
                raise Spoilt(await self._write_badly(request, response, body, rule))
            case Kind.ANSWER_BROKEN_JSON:
                text = body[: max(len(body) // 2, 1)].decode(errors="ignore")
                return web.Response(status=response.status, text=text, content_type="application/json")
            case Kind.ANSWER_UNKNOWN_VALUES:
                return web.Response(
                    status=response.status, body=_with_unknown_values(body), content_type="application/json"
                )
        return _fault_response(rule, {})

    async def _write_badly(
        self, request: web.Request, response: web.StreamResponse, body: bytes, rule: FaultRule
    ) -> web.StreamResponse:
        """Promise the whole body, and send half of it, or all of it slowly."""
        bad = web.StreamResponse(status=response.status, headers={"Content-Type": "application/json"})
        bad.content_length = len(body)
        bad.force_close()
        await bad.prepare(request)
        if rule.kind is Kind.ANSWER_TRUNCATED:
            await bad.write(body[: len(body) // 2])
            abort(request, politely=True)
            return bad
        step = max(len(body) // 20, 1)
        for start in range(0, len(body), step):
            await bad.write(body[start : start + step])
            await asyncio.sleep((rule.delay or 1.0) / 20)
        await bad.write_eof()
        return bad

    async def _hang(self, rule: FaultRule) -> None:
        try:
            async with asyncio.timeout(rule.delay or None):
                await self._closing.wait()
        except TimeoutError:
            return

    def _record(self, request: web.Request, status: int, rule: FaultRule | None, request_id: str) -> None:
        raw = request[RAW]
        self.requests.append(
            RequestRecord(
                number=len(self.requests) + 1,
                time=self._clock(),
                method=request.method,
                path=request.path,
                query=request.query_string,
                body=raw[:_LOGGED_BODY].decode(errors="replace"),
                client_order_id=_client_order_id(request, raw),
                status=status,
                fault=rule.kind.value if rule is not None else "",
                request_id=request_id,
            )
        )


def json_response(body: object, status: int = 200) -> web.Response:
    """Return a JSON answer; decimals are written as strings."""
    return web.Response(status=status, body=msgspec.json.encode(body), content_type="application/json", charset="utf-8")


def error_response(error: ApiError) -> web.Response:
    """Return an error's answer."""
    return json_response(error.body, error.status)


def refuse_keys(how: Unauthorized) -> web.Response:
    """Return the answer to wrong keys."""
    if how is Unauthorized.HTML:
        return web.Response(status=401, text=errors.NGINX_401, content_type=_HTML)
    return error_response(errors.wrong_host() if how is Unauthorized.FORBIDDEN else errors.unauthorized())


def abort(request: web.Request, *, politely: bool = False) -> web.StreamResponse:
    """Break the connection; the answer is for aiohttp to have one, and is never sent. 499: the client got nothing."""
    transport = request.transport
    if transport is not None:
        if politely:
            transport.close()
        else:
            transport.abort()
    return web.Response(status=499)


def _fault_response(rule: FaultRule, headers: dict[str, str]) -> web.Response:
    match rule.kind.partition("_")[2]:
        case "504":
            response = error_response(errors.timed_out())
        case "500":
            response = error_response(errors.server_error())
        case "502_html":
            response = web.Response(status=502, text=errors.NGINX_502, content_type=_HTML)
        case "html":
            response = web.Response(status=200, text=errors.PROXY_PAGE, content_type=_HTML)
        case "429":
            response = error_response(errors.too_many_requests())
        case "401":
            response = error_response(errors.unauthorized())
        case "403":
            response = error_response(errors.wrong_host())
        case "404":
            response = error_response(errors.not_found("order not found"))
        case "redirect":
            response = web.Response(status=302, headers={"Location": "/sandbox/elsewhere"})
        case _:
            response = web.Response(status=rule.status or 500, text=rule.body, content_type="application/json")
    response.headers.update(headers)
    return response


def _with_unknown_values(body: bytes) -> bytes:
    """Return an answer as a newer version of the service might give it: new fields, and an unknown status."""
    answer = msgspec.json.decode(body) if body else {}
    for item in answer if isinstance(answer, list) else [answer]:
        if isinstance(item, dict):
            item["a_field_of_tomorrow"] = {"nested": [1, "2"]}
            if "status" in item and "client_order_id" in item:
                item["status"] = "pending_review_of_tomorrow"
    return msgspec.json.encode(answer)


def _client_order_id(request: web.Request, raw: bytes) -> str:
    named = request.query.get("client_order_id")
    if named is not None or b"client_order_id" not in raw:
        return named or ""
    try:
        body = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return ""
    found = body.get("client_order_id") if isinstance(body, dict) else None
    return found if isinstance(found, str) else ""
