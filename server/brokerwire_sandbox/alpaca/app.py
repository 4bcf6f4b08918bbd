"""The web application: which path goes where."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from brokerwire_sandbox.alpaca.data_stream import STREAMS
from brokerwire_sandbox.alpaca.edge import Edge

_MAX_BODY = 1 << 20
_NO_EDGE = ("/stream", "/sandbox")
_DATA_STREAMS = frozenset(STREAMS)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build(edge: Edge, stream: Handler, *tables: list[web.RouteDef]) -> web.Application:
    """Return the application: the stream, and the paths of `tables`; all but streams and control are behind `edge`."""

    @web.middleware
    async def behind_edge(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(_NO_EDGE) or request.path in _DATA_STREAMS:
            return await handler(request)
        return await edge.serve(request, handler)

    app = web.Application(middlewares=[behind_edge], client_max_size=_MAX_BODY)
    app.router.add_get("/stream", stream)
    for table in tables:
        app.router.add_routes(table)
    return app
