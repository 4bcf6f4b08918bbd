"""What the exchange remembers of an account's past: its executions, its ended orders, and every id it has seen."""

from collections import OrderedDict, deque

from brokerwire_server.domain.reports import FillReport, OrderReport

IDS_KEPT = 1_000_000


class Records:
    """The past of one account, bounded: the latest executions and ended orders."""

    def __init__(self, *, fills: int, ended: int) -> None:
        """Keep at most so many of each."""
        self._fills: deque[FillReport] = deque(maxlen=fills)
        self._ended: OrderedDict[str, tuple[OrderReport, ...]] = OrderedDict()
        self._ended_kept = ended
        self._ids: dict[str, None] = {}

    def seen(self, order_id: str) -> bool:
        """Tell whether an order of this id was ever taken."""
        return order_id in self._ids

    def take(self, order_id: str) -> None:
        """Remember the id of an order that was taken."""
        self._ids[order_id] = None
        if len(self._ids) > IDS_KEPT:
            del self._ids[next(iter(self._ids))]

    def filled(self, report: FillReport) -> None:
        """Remember an execution."""
        self._fills.append(report)

    def ended(self, order_id: str, reports: tuple[OrderReport, ...]) -> None:
        """Remember the last status of an order, and its last terms where they were changed."""
        self._ended[order_id] = reports
        if len(self._ended) > self._ended_kept:
            self._ended.popitem(last=False)

    def last_reports(self, order_id: str) -> tuple[OrderReport, ...]:
        """Return the last status of an order that ended, and its last terms; nothing where it has not."""
        return self._ended.get(order_id, ())

    def fills_of(self, order_id: str) -> tuple[FillReport, ...]:
        """Return the executions of one order, oldest first."""
        return tuple(f for f in self._fills if f.broker_client_order_id == order_id)

    def fills_since(self, time: int) -> tuple[FillReport, ...]:
        """Return the executions from `time` on, oldest first."""
        return tuple(f for f in self._fills if f.time >= time)

    def forget_fills(self) -> None:
        """Forget the executions: after a reset they must not be booked any more. Ended orders stay known."""
        self._fills.clear()
