"""The control API under `/sandbox/...`: the Python object's methods over HTTP, for tests in any language.

A POST's JSON object gives the arguments by name; the answer is `{"result": ...}`. Errors are 400 with words.
"""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from brokerwire_sandbox.alpaca.edge import json_response
from brokerwire_sandbox.alpaca.errors import ApiError
from brokerwire_sandbox.alpaca.faults import FaultPlan
from brokerwire_server.domain.errors import BrokerwireError

if TYPE_CHECKING:
    from brokerwire_sandbox.alpaca.sandbox import AlpacaSandbox

READS = ("requests", "orders", "fills", "fault_counts", "info")
VERBS = (
    "set_quote",
    "advance",
    "set_time",
    "set_faults",
    "clear_faults",
    "clear_requests",
    "place_external_order",
    "bust",
    "correct",
    "reject_order",
    "expire_order",
    "cancel_order",
    "mark_order",
    "hold",
    "release",
    "fail_next",
    "add_activity",
    "add_announcement",
    "set_lookup_lag",
    "set_lag",
    "revoke_keys",
    "restore_keys",
    "rotate_keys",
    "exhaust_rate_limit",
    "set_rate_limit",
    "drop_stream",
    "mute_stream",
    "stall_stream",
    "withhold_pongs",
    "set_entitled",
    "send_raw_frame",
    "send_event",
)


class Control:
    """The handlers."""

    def __init__(self, sandbox: "AlpacaSandbox") -> None:
        """Control `sandbox`."""
        self._sandbox = sandbox

    def routes(self) -> list[web.RouteDef]:
        """Return the route table."""
        return [
            *(web.get(f"/sandbox/{name}", self._read(name)) for name in READS),
            *(web.post(f"/sandbox/{name}", self._call(name)) for name in VERBS),
            web.get("/sandbox/elsewhere", self._elsewhere),
        ]

    def _read(self, name: str) -> Callable[[web.Request], Any]:
        async def handler(_: web.Request) -> web.Response:
            if name == "info":
                return json_response({"result": self._info()})
            return json_response({"result": getattr(self._sandbox, name)()})

        return handler

    def _call(self, name: str) -> Callable[[web.Request], Any]:
        method = getattr(self._sandbox, name)

        async def handler(request: web.Request) -> web.Response:
            try:
                arguments = msgspec.json.decode(await request.read() or b"{}", type=dict[str, Any])
                if name == "set_faults":
                    arguments = {"plan": msgspec.convert(arguments, FaultPlan, strict=False)}
                elif name == "add_announcement":
                    arguments = {"announcement": arguments}
                result = method(**arguments)
                if inspect.isawaitable(result):
                    result = await result
            except ApiError as error:
                return json_response(error.body, error.status)
            except (TypeError, ValueError, msgspec.MsgspecError, BrokerwireError) as error:
                return json_response({"message": str(error)}, 400)
            return json_response({"result": result})

        return handler

    def _info(self) -> dict[str, Any]:
        sandbox = self._sandbox
        return {
            "url": sandbox.url,
            "stream_url": sandbox.stream_url,
            "time": sandbox.clock.now(),
            "stream": sandbox.stream,
            "account_id": sandbox.market.state.account_id,
            "account_number": sandbox.market.state.account_number,
        }

    async def _elsewhere(self, _: web.Request) -> web.Response:
        """Answer a request that followed a redirect, which a trading client must not do."""
        return json_response({"message": "you followed a redirect"})
