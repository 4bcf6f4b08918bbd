"""EventService: the journal itself."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from msgspec.structs import replace

from brokerwire.v1 import event_service_pb2 as pb
from brokerwire.v1 import events_pb2
from brokerwire_server.api.convert.enums import EVENT_TYPE, SORT_ORDER, SortOrder
from brokerwire_server.api.convert.events import event_message
from brokerwire_server.api.convert.read_info import sequences_from
from brokerwire_server.api.convert.values import invalid, required, set_time
from brokerwire_server.api.export import Export
from brokerwire_server.api.methods import Call
from brokerwire_server.api.paging import Page
from brokerwire_server.api.reads import Reads
from brokerwire_server.api.streaming import View, encode, stream_request
from brokerwire_server.domain.errors import InvalidRequestError, Violation
from brokerwire_server.domain.events import AuditOutcome, Event, EventType, FillRecorded, OrderChanged
from brokerwire_server.engine.accounts import Journaled
from brokerwire_server.engine.acting import acting
from brokerwire_server.engine.gateway import Gateway
from brokerwire_server.store.base import StoreError

READ = 1_000

CHECKPOINTS = "@checkpoints"
"""The id of the result that says what is wrong with the checkpoints themselves; there is none if nothing is."""

VIEW = View(
    name="events",
    event=lambda event: event_message(event).SerializeToString(),
    snapshot=lambda _: b"",
)


def _narrowed(event: Event) -> events_pb2.Event:
    """Return an event as a reader may see it who does not reach all accounts: a connection names those it serves."""
    message = event_message(event)
    if message.HasField("connection"):
        del message.connection.account_ids[:]
        message.connection.account_ids.append(event.account_id)
    return message


# A name of its own: readers of one view share what was encoded for the first of them.
_NARROW_VIEW = View(
    name="events narrowed",
    event=lambda event: _narrowed(event).SerializeToString(),
    snapshot=lambda _: b"",
)


class EventService:
    """Reads, streams and verifies journals."""

    def __init__(self, gateway: Gateway, reads: Reads) -> None:
        """Serve the journals of `gateway`."""
        self._gateway = gateway
        self._reads = reads
        self._export = Export(gateway, reads)

    async def list_events(self, request: pb.ListEventsRequest, call: Call) -> pb.ListEventsResponse:
        """List an account's journal entries, by sequence."""
        if not request.account_id:
            raise required("account_id", "name the account")
        if request.after_sequence < 0:
            raise invalid("after_sequence", "0 or more")
        page = Page(request)
        wants = _Wants(_types(request.types), request.order_id)
        account = await self._reads.journal(request.account_id, request.min_sequence, call)
        newest_first = SORT_ORDER.optional(request.sort_order, "sort_order") is SortOrder.NEWEST_FIRST
        scan = self._backward if newest_first else self._forward
        events, cursor = await scan(account, request.after_sequence, page)
        found, left = [], 0
        for event in events:
            left = event.sequence
            if wants(event):
                found.append(event)
                if len(found) == page.size:
                    break
        more = cursor or (bool(events) and left != events[-1].sequence)
        token = page.token(str(left)) if more and left else ""
        response = pb.ListEventsResponse(events=map(_seen(), found), next_page_token=token)
        self._reads.fill(response.read_info, [account])
        return response

    async def _forward(self, account: Journaled, after: int, page: Page) -> tuple[list[Event], bool]:
        """Return what comes next, in order, and whether there is more."""
        after = max(after, _position(page))
        events = await self._read(account, after, max(page.size, READ))
        return events, bool(events) and events[-1].sequence < account.book.log.head

    async def _backward(self, account: Journaled, after: int, page: Page) -> tuple[list[Event], bool]:
        """Return what comes before, newest first, and whether there is more."""
        end = (_position(page) or account.book.log.head + 1) - 1
        start = max(end - max(page.size, READ), after)
        events = await self._read(account, start, end - start) if end > start else []
        return events[::-1], start > after

    async def _read(self, account: Journaled, after: int, limit: int) -> list[Event]:
        head = account.book.log.head
        events = await self._gateway.store.read(account.account_id, after, limit)
        return [event for event in events if event.sequence <= head]

    async def stream_events(self, request: pb.StreamEventsRequest, call: Call) -> AsyncIterator[bytes]:
        """Stream journal entries of any number of accounts."""
        start = dict(sequences_from(request.after_sequences, "after_sequences"))
        self._gateway.accounts.journals(start)
        asked = replace(
            stream_request("events", request.options, request.account_ids, request, start=start), journals=True
        )
        wants = _Wants(_types(request.types), "")
        await self._reads.reached(sequences_from(request.options.min_sequences, "options.min_sequences"), call)
        batches = self._gateway.streams.open(asked, wants, lambda _: ())
        view = _NARROW_VIEW if acting().accounts else VIEW
        async for response in encode(view, batches, self._gateway.seams.now):
            yield response

    async def export_journal(self, request: pb.ExportJournalRequest, call: Call) -> pb.ExportJournalResponse:
        """Write out journals as lines of text."""
        return await self._export.piece(request)

    async def get_broker_payload(self, request: pb.GetBrokerPayloadRequest, call: Call) -> pb.GetBrokerPayloadResponse:
        """Return what a broker sent."""
        if not request.payload_id:
            raise required("payload_id", "an entry's causation names it")
        found = await self._gateway.payload(request.payload_id)
        payload = pb.BrokerPayload(
            payload_id=found.payload_id,
            connection_id=found.connection_id,
            about=found.about,
            content=found.content,
            original_length=found.original_length,
        )
        set_time(payload.time, found.time)
        response = pb.GetBrokerPayloadResponse(payload=payload)
        self._reads.fill(response.read_info)
        return response

    async def verify_journal(self, request: pb.VerifyJournalRequest, call: Call) -> pb.VerifyJournalResponse:
        """Check sequences and hash chains."""
        served = self._gateway.accounts
        accounts = served.journals(request.account_ids or served.every_journal())
        response = pb.VerifyJournalResponse(ok=True)
        marks: Mapping[str, Mapping[int, bytes]] = {}
        try:
            marks = await self._gateway.checkpoints.marks()
        except (StoreError, OSError) as error:
            response.ok = False
            response.results.add(account_id=CHECKPOINTS, problem=str(error))
        for account in accounts:
            result = await self._gateway.store.verify(account.account_id, marks.get(account.account_id))
            response.results.add(
                account_id=result.account_id,
                ok=result.ok,
                verified_count=result.verified,
                head_sequence=result.head_sequence,
                head_hash=result.head_hash,
                first_bad_sequence=result.bad_sequence,
                problem=result.problem,
            )
            response.ok = response.ok and result.ok
        outcome = AuditOutcome.DONE if response.ok else AuditOutcome.FAILED
        bad = {r.account_id: f"{r.first_bad_sequence}: {r.problem}" for r in response.results if not r.ok}
        self._gateway.audit.record("journal.verify", outcome=outcome, details=bad, repeats=True)
        self._reads.fill(response.read_info, accounts)
        return response


def _seen() -> Callable[[Event], events_pb2.Event]:
    return _narrowed if acting().accounts else event_message


class _Wants:
    """The filter of a list or stream of journal entries."""

    __slots__ = ("_order_id", "_types")

    def __init__(self, types: frozenset[EventType], order_id: str) -> None:
        self._types = types
        self._order_id = order_id

    def __call__(self, event: Event) -> bool:
        if self._types and event.type not in self._types:
            return False
        payload = event.payload
        return not self._order_id or (
            isinstance(payload, OrderChanged | FillRecorded) and payload.order.order_id == self._order_id
        )


def _types(numbers: Sequence[int]) -> frozenset[EventType]:
    return frozenset(EVENT_TYPE.need(n, f"types[{i}]") for i, n in enumerate(numbers))


def _position(page: Page) -> int:
    if not page.cursor:
        return 0
    if not page.cursor.isdecimal():
        text = "is not the next_page_token of the same request"
        raise InvalidRequestError.of(Violation("page_token", "INVALID_PAGE_TOKEN", text))
    return int(page.cursor)
