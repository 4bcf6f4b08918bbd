"""PositionService."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal

from brokerwire.v1 import position_service_pb2 as pb
from brokerwire.v1 import positions_pb2
from brokerwire_server.api.convert.order_requests import tags_from
from brokerwire_server.api.convert.orders import fill_order
from brokerwire_server.api.convert.positions import position_message
from brokerwire_server.api.convert.read_info import sequences_from
from brokerwire_server.api.convert.signatures import signature_of
from brokerwire_server.api.convert.values import invalid, optional_decimal, positive, required, set_time
from brokerwire_server.api.errors import describe, within
from brokerwire_server.api.methods import Call
from brokerwire_server.api.paging import Page
from brokerwire_server.api.reads import Reads
from brokerwire_server.api.streaming import (
    View,
    encode,
    encode_with_rounds,
    event_item,
    stream_request,
    with_rounds,
)
from brokerwire_server.domain.connections import LinkState
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.errors import BrokerwireError, InvalidRequestError, NotFoundError, PreconditionError
from brokerwire_server.domain.events import Event, FillRecorded, PositionChanged
from brokerwire_server.domain.positions import Position, Valuation, value_position
from brokerwire_server.domain.signing import Signature
from brokerwire_server.engine.accounts import ManagedAccount
from brokerwire_server.engine.desk import Submission
from brokerwire_server.engine.gateway import Gateway

MAX_REQUEST_ID = 32


class PositionService:
    """Reads, streams and closes positions."""

    def __init__(self, gateway: Gateway, reads: Reads) -> None:
        """Serve the positions of `gateway`."""
        self._gateway = gateway
        self._reads = reads
        self._view = View(
            name="positions",
            event=lambda event: self._event(event).SerializeToString(),
            snapshot=lambda message: message.SerializeToString(),
        )

    # --- reads ---------------------------------------------------------------------------------------------------

    async def list_positions(self, request: pb.ListPositionsRequest, call: Call) -> pb.ListPositionsResponse:
        """List open positions, by account and symbol."""
        page = Page(request)
        accounts = self._gateway.accounts.select(request.account_ids)
        await self._reads.reached(sequences_from(request.min_sequences, "min_sequences"), call)
        symbols = frozenset(request.symbols)
        held = sorted(
            (
                (account, position.instrument.symbol)
                for account in accounts
                for position in account.book.positions.values()
                if not position.closed and (not symbols or position.instrument.symbol in symbols)
            ),
            key=_key,
        )
        shown, token = page.cut(held, _key)
        response = pb.ListPositionsResponse(next_page_token=token)
        response.positions.extend(self._message(account, symbol) for account, symbol in shown)
        self._reads.fill(response.read_info, accounts)
        return response

    async def get_position(self, request: pb.GetPositionRequest, call: Call) -> pb.GetPositionResponse:
        """Read one open position."""
        account = await self._reads.account(request.account_id, request.min_sequence, call)
        self._held(account, request.symbol)
        response = pb.GetPositionResponse(position=self._message(account, request.symbol))
        self._reads.fill(response.read_info, [account])
        return response

    def _held(self, account: ManagedAccount, symbol: str) -> Position:
        if not symbol:
            raise required("symbol", "name the instrument")
        position = account.book.positions.get(symbol)
        if position is None or position.closed:
            metadata = {"account_id": account.account_id, "symbol": symbol[:64]}
            text = f"account {account.account_id} holds no {symbol[:64]!r}"
            raise NotFoundError("POSITION_NOT_FOUND", text, metadata=metadata)
        return position

    def _message(self, account: ManagedAccount, symbol: str) -> positions_pb2.Position:
        valuation = self._gateway.value(account, symbol)
        return position_message(valuation, broker=account.adapter.broker, sequence=account.book.log.head)

    # --- closing -------------------------------------------------------------------------------------------------

    async def close_position(self, request: pb.ClosePositionRequest, call: Call) -> pb.ClosePositionResponse:
        """Close a position, or part of it."""
        if not request.account_id:
            raise required("account_id", "name the account")
        if not request.client_order_id:
            raise required("client_order_id", "your id for the closing order: it makes sending this again safe")
        if not request.symbol:
            raise required("symbol", "name the instrument")
        tags = tags_from(request.tags, "tags")
        quantity = optional_decimal(request, "quantity", "")
        percent = optional_decimal(request, "percentage", "")
        if quantity is not None:
            positive(quantity, "quantity")
        signature = signature_of(request)
        self._gateway.signing.check([request.account_id], signature)
        submission = await self._close(
            request.account_id,
            request.symbol,
            request.client_order_id,
            quantity=quantity,
            percent=percent,
            tags=tags,
            signature=signature,
        )
        response = pb.ClosePositionResponse(deduplicated=submission.deduplicated)
        fill_order(response.order, submission.order)
        self._reads.fill(response.read_info, [self._gateway.accounts.get(request.account_id)])
        return response

    async def close_positions(self, request: pb.ClosePositionsRequest, call: Call) -> pb.ClosePositionsResponse:
        """Close all positions within a scope."""
        if not request.account_ids:
            raise required("account_ids", "name the accounts: there is no 'everywhere' by omission")
        if not request.request_id:
            raise required("request_id", "your id for this request: it makes sending it again safe")
        if len(request.request_id) > MAX_REQUEST_ID:
            raise invalid("request_id", f"at most {MAX_REQUEST_ID} characters")
        accounts = self._gateway.accounts.select(request.account_ids)
        signature = signature_of(request)
        self._gateway.signing.check(request.account_ids, signature)
        if request.cancel_orders:
            await self._free(request, accounts)
        wanted = [
            (account, position.instrument.symbol)
            for account in accounts
            for position in account.book.positions.values()
            if not position.closed and (not request.symbols or position.instrument.symbol in request.symbols)
        ]
        response = pb.ClosePositionsResponse()
        work = [
            self._close(a.account_id, symbol, f"{request.request_id}.{symbol}", signature=signature)
            for a, symbol in wanted
        ]
        for (account, symbol), result in zip(wanted, await asyncio.gather(*work, return_exceptions=True), strict=True):
            entry = response.results.add(account_id=account.account_id, symbol=symbol)
            if isinstance(result, BaseException):
                entry.error.CopyFrom(describe(result, mutates=True).command_error())
            else:
                fill_order(entry.order, result.order)
        response.unreachable.extend(a.account_id for a in accounts if a.link.connection.link is LinkState.DOWN)
        self._reads.fill(response.read_info, accounts)
        return response

    async def _free(self, request: pb.ClosePositionsRequest, accounts: Sequence[ManagedAccount]) -> None:
        """Cancel the open orders on the symbols that are to be closed."""
        symbols = request.symbols or [s for a in accounts for s, p in a.book.positions.items() if not p.closed]
        if symbols:
            await self._gateway.actions.cancel_all(request.account_ids, tuple(symbols))

    async def _close(
        self,
        account_id: str,
        symbol: str,
        client_order_id: str,
        *,
        quantity: Decimal | None = None,
        percent: Decimal | None = None,
        tags: dict[str, str] | None = None,
        signature: Signature | None = None,
    ) -> Submission:
        try:
            return await self._gateway.desk.close_position(
                account_id,
                symbol,
                client_order_id=client_order_id,
                quantity=quantity,
                percent=percent,
                tags=tags,
                signature=signature,
            )
        except InvalidRequestError as error:
            if error.reason == "INSUFFICIENT_POSITION":
                raise self._too_much(account_id, symbol, quantity) from error
            raise within(error, "", account_id=account_id, client_order_id=client_order_id) from error
        except BrokerwireError as error:
            raise within(error, "", account_id=account_id, client_order_id=client_order_id) from error

    def _too_much(self, account_id: str, symbol: str, quantity: Decimal | None) -> PreconditionError:
        held = abs(self._gateway.accounts.get(account_id).book.positions[symbol].quantity)
        metadata = {
            "account_id": account_id,
            "symbol": symbol,
            "required": f"{quantity or ZERO:f}",
            "available": f"{held:f}",
        }
        text = f"account {account_id} holds {held:f} of {symbol}"
        return PreconditionError("INSUFFICIENT_POSITION", text, metadata=metadata)

    # --- streams -------------------------------------------------------------------------------------------------

    async def stream_positions(self, request: pb.StreamPositionsRequest, call: Call) -> AsyncIterator[bytes]:
        """Stream positions: absolute state per account and symbol."""
        asked = stream_request("positions", request.options, request.account_ids, request)
        symbols = frozenset(request.symbols)
        await self._reads.reached(sequences_from(request.options.min_sequences, "options.min_sequences"), call)

        def wants(event: Event) -> bool:
            position = _position_of(event)
            return position is not None and (not symbols or position.instrument.symbol in symbols)

        def snapshot(account: ManagedAccount) -> Sequence[positions_pb2.Position]:
            held = [s for s, p in account.book.positions.items() if not p.closed and (not symbols or s in symbols)]
            return [self._message(account, symbol) for symbol in held]

        batches = self._gateway.streams.open(asked, wants, snapshot)
        now = self._gateway.seams.now
        if request.include_price_changes:
            rounds = _PriceRounds(self._gateway, self._gateway.accounts.select(request.account_ids), symbols)
            responses = encode_with_rounds(self._view, with_rounds(batches, rounds), now)
        else:
            responses = encode(self._view, batches, now)
        async for response in responses:
            yield response

    def _event(self, event: Event) -> positions_pb2.PositionEvent:
        position = _position_of(event)
        if position is None:
            raise TypeError(event.type)
        account = self._gateway.accounts.get(event.account_id)
        m = positions_pb2.PositionEvent(account_id=event.account_id, sequence=event.sequence)
        m.position.CopyFrom(
            position_message(_valued(account, position), broker=account.adapter.broker, sequence=event.sequence)
        )
        set_time(m.time, event.time)
        if isinstance(event.payload, FillRecorded):
            m.fill_id = event.payload.fill.fill_id
        return m


class _PriceRounds:
    """Finds the positions whose price has changed since the last round."""

    def __init__(self, gateway: Gateway, accounts: Sequence[ManagedAccount], symbols: frozenset[str]) -> None:
        self._gateway = gateway
        self._accounts = accounts
        self._symbols = symbols
        self._last: dict[tuple[str, str], Decimal] = {}

    async def __call__(self) -> list[bytes]:
        return [event_item(self._event(account, v)) for account in self._accounts for v in self._changed(account)]

    def _changed(self, account: ManagedAccount) -> list[Valuation]:
        changed = []
        for valuation in self._gateway.positions(account):
            symbol = valuation.position.instrument.symbol
            if self._symbols and symbol not in self._symbols:
                continue
            key = account.account_id, symbol
            if valuation.price_time and self._last.get(key) != valuation.price:
                self._last[key] = valuation.price
                changed.append(valuation)
        return changed

    def _event(self, account: ManagedAccount, valuation: Valuation) -> positions_pb2.PositionEvent:
        head = account.book.log.head
        m = positions_pb2.PositionEvent(account_id=account.account_id, sequence=head)
        m.position.CopyFrom(position_message(valuation, broker=account.adapter.broker, sequence=head))
        set_time(m.time, valuation.price_time)
        return m


def _position_of(event: Event) -> Position | None:
    payload = event.payload
    return payload.position if isinstance(payload, FillRecorded | PositionChanged) else None


def _valued(account: ManagedAccount, position: Position) -> Valuation:
    """Value a position as of an event at the latest price at hand; what is reserved is not looked up for each event."""
    quote = account.adapter.last_quote(position.instrument.symbol)
    mark = quote.mark if quote is not None else None
    return value_position(position, mark, ZERO, quote.time if quote is not None and mark is not None else 0)


def _key(held: tuple[ManagedAccount, str]) -> str:
    return f"{held[0].account_id} {held[1]}"
