"""ExportJournal: journals as lines of text, piece by piece."""

from brokerwire.v1 import event_service_pb2 as pb
from brokerwire_server.api.convert.enums import EVENT_TYPE
from brokerwire_server.api.convert.values import invalid, optional_time
from brokerwire_server.api.paging import Page
from brokerwire_server.api.reads import Reads
from brokerwire_server.domain.errors import InvalidRequestError, Violation
from brokerwire_server.domain.events import EventType
from brokerwire_server.domain.export import CSV, JSON_LINES, Format
from brokerwire_server.engine.gateway import Gateway

MAX_BYTES = 1_000_000
"""Lines after which a piece ends, so that it fits the smallest message that clients take."""

_FORMATS: dict[int, Format] = {
    pb.EXPORT_FORMAT_UNSPECIFIED: JSON_LINES,
    pb.EXPORT_FORMAT_JSON_LINES: JSON_LINES,
    pb.EXPORT_FORMAT_CSV: CSV,
}


class Export:
    """Writes out the journals of a gateway."""

    def __init__(self, gateway: Gateway, reads: Reads) -> None:
        """Read the journals of `gateway`."""
        self._gateway = gateway
        self._reads = reads

    async def piece(self, request: pb.ExportJournalRequest) -> pb.ExportJournalResponse:
        """Return the next piece."""
        page = Page(request)
        if request.format not in _FORMATS:
            raise invalid("format", "JSON_LINES or CSV")
        header, line_of = _FORMATS[request.format]
        types = frozenset(EVENT_TYPE.need(n, f"types[{i}]") for i, n in enumerate(request.types))
        start, end = optional_time(request, "from_time"), optional_time(request, "to_time")
        served = self._gateway.accounts
        journals = served.journals(request.account_ids or served.every_journal())
        names = [journal.account_id for journal in journals]
        lines = [] if page.cursor else [header]
        if not names:  # whoever asks reaches no account that is there
            return pb.ExportJournalResponse(lines="".join(lines).encode())
        account_id, after = _place(page.cursor, names)
        size = 0
        events = await self._gateway.store.read(account_id, after, page.size)
        for event in events:
            if size > MAX_BYTES:
                break
            after = event.sequence
            if _wanted(event.type, event.time, types, start, end):
                lines.append(line_of(event))
                size += len(lines[-1])
        if not events:
            rest = names[names.index(account_id) + 1 :]
            account_id, after = (rest[0], 0) if rest else ("", 0)
        token = page.token(f"{after} {account_id}") if account_id else ""
        response = pb.ExportJournalResponse(lines="".join(lines).encode(), next_page_token=token)
        self._reads.fill(response.read_info, journals)
        return response


def _wanted(kind: EventType, time: int, types: frozenset[EventType], start: int, end: int) -> bool:
    return (not types or kind in types) and time >= start and (not end or time < end)


def _place(cursor: str, names: list[str]) -> tuple[str, int]:
    """Return the journal and the sequence after which a piece begins."""
    if not cursor:
        return names[0], 0
    after, _, account_id = cursor.partition(" ")
    if account_id not in names or not after.isdecimal():
        text = "is not the next_page_token of the same request"
        raise InvalidRequestError.of(Violation("page_token", "INVALID_PAGE_TOKEN", text))
    return account_id, int(after)
