"""OrderSession: commands in, results out, many under way at once.

Each command runs as soon as it is read, but commands on the same order wait for each other. Results are collected while
the former response is being written, so that a busy session sends few and large ones.
"""

import asyncio
from collections.abc import AsyncIterator

from brokerwire.v1 import order_service_pb2 as pb
from brokerwire_server.api import errors, order_answers
from brokerwire_server.api.auditing import refused
from brokerwire_server.api.convert.order_requests import order_request
from brokerwire_server.api.convert.streams import control_message
from brokerwire_server.api.convert.values import invalid, required
from brokerwire_server.api.errors import describe
from brokerwire_server.api.streaming import varint
from brokerwire_server.engine.gateway import Gateway
from brokerwire_server.engine.streams import RECONNECT_AFTER, Goodbye

MAX_COMMANDS = 1_000
"""Most commands in one batch."""

MAX_PENDING = 5_000
"""Commands under way at which a session reads no further."""

DRAIN_SECONDS = 5.0
"""How long a session that must end waits for its commands."""

_RESULTS = b"\x0a"

Key = tuple[str, str]


class CommandIds:
    """The command ids used so far, which are an unbroken run as a rule and then cost nothing."""

    __slots__ = ("_end", "_others", "_start")

    def __init__(self) -> None:
        """Start with none."""
        self._start = self._end = 0
        self._others: set[int] = set()

    def use(self, number: int) -> bool:
        """Note an id; false where it was used before."""
        if self._start <= number < self._end or number in self._others:
            return False
        if self._start == self._end:
            self._start, self._end = number, number + 1
        elif number == self._end:
            self._end += 1
        else:
            self._others.add(number)
        return True


class OrderSession:
    """One session."""

    def __init__(self, gateway: Gateway) -> None:
        """Give commands to the desk of `gateway`."""
        self._gateway = gateway
        self._ids = CommandIds()
        self._ready: list[bytes] = []
        self._running: dict[Key, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    async def run(self, requests: AsyncIterator[pb.OrderSessionRequest]) -> AsyncIterator[bytes]:
        """Yield batches of results until the caller has ended its side and has them all, or the server drains."""
        drain = self._gateway.drain
        drain.enter(self._wake)
        reader = asyncio.ensure_future(self._read(requests))
        reader.add_done_callback(lambda _: self._wake.set())
        try:
            while True:
                self._wake.clear()
                if self._ready:
                    yield self._response()
                    continue
                if reader.done():
                    reader.result()
                    if not self._tasks:
                        return
                elif drain.reason:
                    break
                await self._wake.wait()
            reader.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=DRAIN_SECONDS)
            yield self._response(Goodbye(drain.reason, RECONNECT_AFTER))
        finally:
            drain.leave(self._wake)
            for task in (reader, *self._tasks):
                task.cancel()
            await asyncio.gather(reader, *self._tasks, return_exceptions=True)

    def _response(self, goodbye: Goodbye | None = None) -> bytes:
        parts, self._ready = self._ready, []
        if goodbye is not None:
            parts.append(pb.OrderSessionResponse(control=control_message(goodbye)).SerializeToString())
        return b"".join(parts)

    async def _read(self, requests: AsyncIterator[pb.OrderSessionRequest]) -> None:
        async for request in requests:
            if len(request.commands) > MAX_COMMANDS:
                raise errors.too_large(MAX_COMMANDS, "the batch of commands")
            for index, command in enumerate(request.commands):
                if not self._ids.use(command.command_id):
                    raise invalid(f"commands[{index}].command_id", f"{command.command_id} was used before")
                self._start(command)
            if len(self._tasks) >= MAX_PENDING:
                self._room.clear()
                await self._room.wait()

    def _start(self, command: pb.OrderCommand) -> None:
        key = self._key(command)
        before = self._running.get(key)
        task = asyncio.ensure_future(self._carry_out(command, before))
        self._tasks.add(task)
        self._running[key] = task
        task.add_done_callback(lambda done: self._ended(done, key))

    def _ended(self, task: "asyncio.Task[None]", key: Key) -> None:
        self._tasks.discard(task)
        if self._running.get(key) is task:
            del self._running[key]
        if len(self._tasks) < MAX_PENDING:
            self._room.set()
        self._wake.set()

    def _key(self, command: pb.OrderCommand) -> Key:
        """Return what commands on the same order share: the caller's id, where it is at hand."""
        match command.WhichOneof("command"):
            case "submit":
                return command.submit.account_id, command.submit.client_order_id
            case "replace":
                target: pb.ReplaceOrderRequest | pb.CancelOrderRequest = command.replace
            case "cancel":
                target = command.cancel
            case _:
                return "", f"\n{command.command_id}"
        if target.client_order_id:
            return target.account_id, target.client_order_id
        account = self._gateway.accounts.find(target.account_id)
        order = account.book.orders.by_id.get(target.order_id) if account else None
        return target.account_id, order.client_order_id if order else f"\n{target.order_id}"

    async def _carry_out(self, command: pb.OrderCommand, before: "asyncio.Task[None] | None") -> None:
        if before is not None:
            await asyncio.wait((before,))
        result = pb.OrderResult(command_id=command.command_id)
        try:
            await self._fill(result, command)
        except Exception as error:
            described = describe(error, mutates=True)
            which = command.WhichOneof("command")
            asked = getattr(command, which) if which else None
            refused(self._gateway.audit, f"OrderService/OrderSession.{which or 'none'}", asked, described)
            result.error.CopyFrom(described.command_error())
        data = result.SerializeToString()
        self._ready.append(_RESULTS + varint(len(data)) + data)

    async def _fill(self, result: pb.OrderResult, command: pb.OrderCommand) -> None:
        drain = self._gateway.drain
        if drain.reason:
            raise errors.draining(drain.reason)
        match command.WhichOneof("command"):
            case "submit":
                order_answers.check_currency(self._gateway, command.submit, "submit.")
                order = order_request(command.submit, "submit.")
                await order_answers.submit(self._gateway, order, "submit.", result.submit)
            case "replace":
                result.replace.CopyFrom(await order_answers.replace(self._gateway, command.replace, "replace."))
            case "cancel":
                result.cancel.CopyFrom(await order_answers.cancel(self._gateway, command.cancel, "cancel."))
            case _:
                raise required("command", "set submit, replace or cancel")
