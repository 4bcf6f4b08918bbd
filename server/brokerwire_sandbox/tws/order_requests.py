"""Requests about orders and executions."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from brokerwire_sandbox.tws.checks import READ_ONLY
from brokerwire_sandbox.tws.messages import commission_report, execution_details, order_status
from brokerwire_sandbox.tws.order_messages import completed_order, open_order
from brokerwire_sandbox.tws.records import Execution, TwsOrder
from brokerwire_sandbox.tws.requests import Request, at_least
from brokerwire_sandbox.tws.state import Refused
from brokerwire_sandbox.tws.tickets import read_ticket
from brokerwire_sandbox.tws.times import SECOND
from brokerwire_sandbox.tws.trading import venue_of
from brokerwire_sandbox.tws.wire import MAX_INTEGER, Malformed, read_flag, read_integer

if TYPE_CHECKING:
    from brokerwire_sandbox.tws.session import Session
    from brokerwire_sandbox.tws.terminal import Terminal

_FILTER_TIMES = ("%Y%m%d %H:%M:%S", "%Y%m%d-%H:%M:%S")


class OrderRequests:
    """The handlers."""

    def __init__(self, terminal: "Terminal") -> None:
        """Serve `terminal`."""
        self._terminal = terminal
        self._state = terminal.state
        self._bound = 0
        self.split_next = False

    def handlers(self) -> dict[str, Request]:
        """Return the handlers by message id."""
        return {
            "71": Request(self._start, None),
            "3": Request(self._place, 1, needs_link=True),
            "4": Request(self._cancel, 2, needs_link=True),
            "58": Request(self._cancel_all, None, needs_link=True),
            "5": Request(self._open_orders),
            "16": Request(self._all_open_orders),
            "15": Request(self._auto_bind),
            "99": Request(self._completed_orders),
            "7": Request(self._executions, 2),
            "8": Request(self._ids),
            "49": Request(self._time),
            "17": Request(self._managed_accounts),
        }

    # --- commands ---

    def _start(self, session: "Session", fields: Sequence[str]) -> None:
        session.begin(read_integer(at_least(fields, 3)[2]))

    def _place(self, session: "Session", fields: Sequence[str]) -> None:
        ticket = read_ticket(fields, session.version)
        self._refuse_writes()
        desk = self._terminal.desk
        if ticket.flag("whatIf"):
            order, preview = desk.preview(session.client_id, ticket)
            session.send("openOrder", open_order(order, session.version, preview), order)
        elif self.split_next:
            self.split_next = False
            desk.split(session.client_id, ticket)
        else:
            desk.receive(session.client_id, ticket, lambda refused: session.refuse(refused, fields, 1))

    def _cancel(self, session: "Session", fields: Sequence[str]) -> None:
        expected = 4 if session.version >= 169 else 3
        if len(fields) != expected:
            raise Malformed(f"The cancel has {len(fields)} fields instead of {expected}.")
        self._refuse_writes()
        self._terminal.desk.cancel(session.client_id, read_integer(fields[2]))

    def _cancel_all(self, _: "Session", __: Sequence[str]) -> None:
        self._refuse_writes()
        self._terminal.desk.cancel_all()

    def _refuse_writes(self) -> None:
        if self._terminal.settings.read_only:
            raise Refused(321, READ_ONLY)

    # --- what is open ---

    def _open_orders(self, session: "Session", _: Sequence[str]) -> None:
        if self._refused_reading(session):
            return
        own = [
            o
            for o in self._state.open_orders()
            if o.client_id == session.client_id and (o.order_id or session.auto_bind)
        ]
        self._send_open(session, own)

    def _all_open_orders(self, session: "Session", _: Sequence[str]) -> None:
        if not self._refused_reading(session):
            self._send_open(session, self._state.open_orders())

    def _send_open(self, session: "Session", orders: Sequence[TwsOrder]) -> None:
        for order in orders:
            session.send("openOrder", open_order(order, session.version), order)
            session.send("orderStatus", order_status(order), order)
        session.send("openOrderEnd", ["53", "1"])

    def _auto_bind(self, session: "Session", fields: Sequence[str]) -> None:
        if session.client_id != 0:
            raise Refused(327, "Only the default client (i.e. 0) can set the auto bind property.")
        session.auto_bind = read_flag(at_least(fields, 3)[2])
        if session.auto_bind:
            for order in self._state.open_orders():
                if not order.order_id:
                    self.bind(order)

    def bind(self, order: TwsOrder) -> None:
        """Give an order that was placed by hand to client 0, under a negative id."""
        self._bound -= 1
        order.order_id = self._bound
        self._state.register(order)
        client = self._terminal.hub.clients.get(0)
        if client is not None:
            bound = ["100", str(order.permanent_id), "0", str(order.order_id)]
            client.send("orderBound", bound, order, unasked=True)
            client.send("openOrder", open_order(order, client.version), order, unasked=True)
            client.send("orderStatus", order_status(order), order, unasked=True)

    def _refused_reading(self, session: "Session") -> bool:
        if self._terminal.settings.read_only:
            session.fail(321, READ_ONLY, MAX_INTEGER)
            return True
        return False

    # --- what is past ---

    def _completed_orders(self, session: "Session", fields: Sequence[str]) -> None:
        if self._refused_reading(session):
            return
        api_only, state = read_flag(at_least(fields, 2)[1]), self._state
        for order in state.known().orders:
            if order.open or not order.transmitted or order.end_time < self._day_start():
                continue
            if not api_only or order.order_id > 0:
                row = completed_order(order, session.version, state.times.zoned(order.end_time))
                session.send("completedOrder", row, order)
        session.send("completedOrdersEnd", ["102"])

    def _executions(self, session: "Session", fields: Sequence[str]) -> None:
        request_id = read_integer(at_least(fields, 10)[2])
        wanted, state = self._filter(fields), self._state
        for execution in state.known().executions:
            if execution.time >= self._day_start() and wanted(execution):
                time = state.times.execution(execution.time, state.settings.time_form)
                venue = venue_of(execution.contract, state.settings.venue)
                row = execution_details(execution, time, request_id, venue, session.version)
                session.send("execDetails", row, execution.order)
                session.send("commissionReport", commission_report(execution), execution.order)
        session.send("execDetailsEnd", ["55", "1", str(request_id)])

    def _filter(self, fields: Sequence[str]) -> Callable[[Execution], bool]:
        client_id, account, time, symbol, security, exchange, side = fields[3:10]
        since = self._filter_time(time)
        client = read_integer(client_id)

        def wanted(execution: Execution) -> bool:
            contract, order = execution.contract, execution.order
            return (
                (not client or order.client_id == client)
                and (not account or order.account == account)
                and execution.time >= since
                and (not symbol or contract.symbol == symbol)
                and (not security or contract.security == security)
                and (not exchange or exchange in contract.exchanges)
                and (not side or execution.buying == (side in ("BUY", "BOT")))
            )

        return wanted

    def _filter_time(self, text: str) -> int:
        if not text:
            return 0
        stamp = " ".join(text.split()[:2])
        for form in _FILTER_TIMES:
            try:
                moment = datetime.strptime(stamp, form).replace(tzinfo=UTC)
            except ValueError:
                continue
            return self._state.times.instant(moment) if form == _FILTER_TIMES[0] else int(moment.timestamp()) * SECOND
        raise Refused(321, f"Error validating request.-'bI' : cause - Invalid time {text}")

    def _day_start(self) -> int:
        state = self._state
        return max(state.times.midnight(state.now), state.history_from)

    # --- the rest ---

    def _ids(self, session: "Session", _: Sequence[str]) -> None:
        if self._terminal.settings.read_only:
            raise Refused(321, READ_ONLY)
        session.send("nextValidId", ["9", "1", str(self._state.next_order_id(session.client_id))])

    def _time(self, session: "Session", _: Sequence[str]) -> None:
        session.send("currentTime", ["49", "1", str(self._state.now // SECOND)])

    def _managed_accounts(self, session: "Session", _: Sequence[str]) -> None:
        session.send("managedAccounts", ["15", "1", ",".join(self._state.books)])
