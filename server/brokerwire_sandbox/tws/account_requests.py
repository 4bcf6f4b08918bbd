"""Requests about accounts: values, portfolio, positions, summaries, profit; and the updates that follow them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from brokerwire_sandbox.tws import account_values as values
from brokerwire_sandbox.tws.books import Books, Holding
from brokerwire_sandbox.tws.messages import (
    Fields,
    portfolio_value,
    position,
    position_multi,
    profit,
    profit_single,
)
from brokerwire_sandbox.tws.requests import Request, at_least
from brokerwire_sandbox.tws.state import Refused
from brokerwire_sandbox.tws.wire import read_flag, read_integer

if TYPE_CHECKING:
    from brokerwire_sandbox.tws.session import Session
    from brokerwire_sandbox.tws.terminal import Terminal

_MOST_SUMMARIES = 2
_TOO_MANY = "Error processing request.-'bW' : cause - Maximum number of account summary requests exceeded"
Key = tuple[str, ...]


class AccountRequests:
    """The handlers, and who is to be told of changes: subscriptions by client, kind and request id."""

    def __init__(self, terminal: "Terminal") -> None:
        """Serve `terminal`."""
        self._terminal = terminal
        self._state = terminal.state
        self._subscriptions: dict[Session, dict[tuple[str, int], tuple[str, ...]]] = {}
        self._sent: dict[Session, dict[Key, Fields]] = {}

    def handlers(self) -> dict[str, Request]:
        """Return the handlers by message id."""
        return {
            "6": Request(self._updates),
            "76": Request(self._updates_multi, 2),
            "77": Request(self._cancel("multi", 2)),
            "61": Request(self._positions),
            "64": Request(self._cancel("positions", None)),
            "74": Request(self._positions_multi, 2),
            "75": Request(self._cancel("positions_multi", 2)),
            "62": Request(self._summary, 2),
            "63": Request(self._cancel("summary", 2)),
            "92": Request(self._profit, 1),
            "93": Request(self._cancel("profit", 1)),
            "94": Request(self._profit_single, 1),
            "95": Request(self._cancel("profit_single", 1)),
        }

    def forget(self, session: "Session") -> None:
        """Drop the subscriptions of a client that has left."""
        self._subscriptions.pop(session, None)
        self._sent.pop(session, None)

    def push(self) -> None:
        """Send what has changed since it was last sent to those who asked for it."""
        if self._terminal.hub.broken:
            return
        for session, subscriptions in list(self._subscriptions.items()):
            for (kind, request_id), arguments in list(subscriptions.items()):
                self._send_changed(session, self._rows(kind, request_id, arguments))

    # --- handlers ---

    def _updates(self, session: "Session", fields: Sequence[str]) -> None:
        subscribe, account = read_flag(at_least(fields, 4)[2]), fields[3]
        book = self._book(account)
        subscriptions = self._of(session)
        if not subscribe:
            subscriptions.pop(("updates", 0), None)
            return
        subscriptions["updates", 0] = (book.account,)
        self._send(session, self._rows("updates", 0, (book.account,)))
        session.send("updateAccountTime", ["8", "1", f"{self._state.times.local(self._state.now):%H:%M}"])
        session.send("accountDownloadEnd", ["54", "1", book.account])

    def _updates_multi(self, session: "Session", fields: Sequence[str]) -> None:
        request_id, account, model = read_integer(at_least(fields, 6)[2]), fields[3], fields[4]
        arguments = (self._book(account).account, model, fields[5])
        self._begin(session, "multi", request_id, arguments)
        session.send("accountUpdateMultiEnd", ["74", "1", str(request_id)])

    def _positions(self, session: "Session", _: Sequence[str]) -> None:
        self._begin(session, "positions", 0, ())
        session.send("positionEnd", ["62", "1"])

    def _positions_multi(self, session: "Session", fields: Sequence[str]) -> None:
        request_id = read_integer(at_least(fields, 5)[2])
        self._begin(session, "positions_multi", request_id, (self._book(fields[3]).account, fields[4]))
        session.send("positionMultiEnd", ["72", "1", str(request_id)])

    def _summary(self, session: "Session", fields: Sequence[str]) -> None:
        request_id, tags = read_integer(at_least(fields, 5)[2]), fields[4]
        active = [key for key in self._of(session) if key[0] == "summary" and key[1] != request_id]
        if len(active) >= _MOST_SUMMARIES:
            raise Refused(322, _TOO_MANY)
        self._begin(session, "summary", request_id, (tags,))
        session.send("accountSummaryEnd", ["64", "1", str(request_id)])

    def _profit(self, session: "Session", fields: Sequence[str]) -> None:
        request_id = read_integer(at_least(fields, 4)[1])
        self._begin(session, "profit", request_id, (self._book(fields[2]).account,))

    def _profit_single(self, session: "Session", fields: Sequence[str]) -> None:
        request_id = read_integer(at_least(fields, 5)[1])
        self._begin(session, "profit_single", request_id, (self._book(fields[2]).account, fields[4]))

    def _cancel(self, kind: str, index: int | None):  # type: ignore[no-untyped-def]  # noqa: ANN202
        def handle(session: "Session", fields: Sequence[str]) -> None:
            request_id = 0 if index is None else read_integer(at_least(fields, index + 1)[index])
            self._of(session).pop((kind, request_id), None)

        return handle

    # --- rows ---

    def _rows(self, kind: str, request_id: int, arguments: tuple[str, ...]) -> list[tuple[str, Key, Fields]]:
        """Return messages by name and key; a key names what a message is the present state of."""
        if kind == "positions":
            return self._position_rows()
        if kind == "summary":
            return self._summary_rows(request_id, arguments[0])
        book = self._state.known().books[arguments[0]]
        if kind == "updates":
            return self._update_rows(book)
        if kind == "multi":
            return self._multi_rows(book, request_id, *arguments[1:])
        if kind == "positions_multi":
            return self._positions_multi_rows(book, request_id, arguments[1])
        return self._profit_rows(book, kind, request_id, arguments)

    def _update_rows(self, book: Books) -> list[tuple[str, Key, Fields]]:
        account = book.account
        rows: list[tuple[str, Key, Fields]] = [
            ("updateAccountValue", ("6", v.tag, v.currency), ["6", "2", v.tag, v.text, v.currency, account])
            for v in values.totals_of(book) + values.ledger_of(book)
        ]
        for holding in book.holdings.values():
            numbers = (
                holding.quantity,
                self._state.mark(holding.contract),
                book.value(holding).quantize(Decimal("0.01")),
                holding.cost,
                book.unrealized(holding).quantize(Decimal("0.01")),
                holding.realized.quantize(Decimal("0.01")),
            )
            key = ("7", str(holding.contract.con_id))
            rows.append(("updatePortfolio", key, portfolio_value(account, holding.contract, numbers)))
        return rows

    def _multi_rows(self, book: Books, request_id: int, model: str, ledger_only: str) -> list[tuple[str, Key, Fields]]:
        wanted = values.ledger_of(book)
        totals = values.totals_of(book)
        wanted += [v for v in totals if v.tag == "NetLiquidation"] if read_flag(ledger_only) else totals
        head = ["73", "1", str(request_id), book.account, model]
        return [
            ("accountUpdateMulti", ("73", str(request_id), v.tag, v.currency), [*head, v.tag, v.text, v.currency])
            for v in wanted
        ]

    def _position_rows(self) -> list[tuple[str, Key, Fields]]:
        return [
            ("position", ("61", account, str(h.contract.con_id)), position(account, h.contract, h.quantity, h.cost))
            for account, book in self._state.known().books.items()
            for h in self._held(book, ("61", account))
        ]

    def _positions_multi_rows(self, book: Books, request_id: int, model: str) -> list[tuple[str, Key, Fields]]:
        return [
            (
                "positionMulti",
                ("71", str(request_id), str(h.contract.con_id)),
                position_multi(request_id, book.account, h.contract, quantity=h.quantity, cost=h.cost, model=model),
            )
            for h in self._held(book, ("71", str(request_id)))
        ]

    def _held(self, book: Books, key: Key) -> list[Holding]:
        """Return what is held, and what no longer is where somebody was told that it was."""
        told = {row[len(key)] for rows in self._sent.values() for row in rows if row[: len(key)] == key}
        return [h for h in book.holdings.values() if h.quantity or str(h.contract.con_id) in told]

    def _summary_rows(self, request_id: int, tags: str) -> list[tuple[str, Key, Fields]]:
        return [
            (
                "accountSummary",
                ("63", str(request_id), account, v.tag, v.currency),
                ["63", "1", str(request_id), account, v.tag, v.text, v.currency],
            )
            for account, book in self._state.known().books.items()
            for v in values.summary(book, tags)
        ]

    def _profit_rows(
        self, book: Books, kind: str, request_id: int, arguments: tuple[str, ...]
    ) -> list[tuple[str, Key, Fields]]:
        if kind == "profit":
            totals = book.totals()
            numbers = (totals.realized + totals.unrealized, totals.unrealized, totals.realized)
            return [("pnl", ("94", str(request_id)), profit(request_id, numbers))]
        holding = book.holdings.get(read_integer(arguments[1]))
        if holding is None:
            return []
        unrealized = book.unrealized(holding)
        row = (holding.quantity, unrealized + holding.realized, unrealized, holding.realized, book.value(holding))
        return [("pnlSingle", ("95", str(request_id)), profit_single(request_id, row))]

    # --- inside ---

    def _begin(self, session: "Session", kind: str, request_id: int, arguments: tuple[str, ...]) -> None:
        self._of(session)[kind, request_id] = arguments
        self._send(session, [row for row in self._rows(kind, request_id, arguments) if not _closed(row[2])])

    def _of(self, session: "Session") -> dict[tuple[str, int], tuple[str, ...]]:
        return self._subscriptions.setdefault(session, {})

    def _send(self, session: "Session", rows: Sequence[tuple[str, Key, Fields]], *, unasked: bool = False) -> None:
        sent = self._sent.setdefault(session, {})
        for name, key, fields in rows:
            sent[key] = fields
            session.send(name, fields, unasked=unasked)

    def _send_changed(self, session: "Session", rows: Sequence[tuple[str, Key, Fields]]) -> None:
        sent = self._sent.setdefault(session, {})
        self._send(session, [row for row in rows if sent.get(row[1]) != row[2]], unasked=True)

    def _book(self, account: str) -> Books:
        books = self._state.known().books
        if not account or account in ("All", "ALL"):
            return next(iter(books.values()))
        book = books.get(account)
        if book is None:
            raise Refused(321, f"Error validating request.-'bO' : cause - Invalid account code '{account}'.")
        return book


def _closed(fields: Fields) -> bool:
    """Tell whether a row says that nothing is held any more, which only those hear who were told of it before."""
    return fields[0] in ("61", "71") and fields[14 if fields[0] == "61" else 15] == "0"
