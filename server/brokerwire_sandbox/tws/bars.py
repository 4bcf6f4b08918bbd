"""Historical bars: made up, but the same for the same contract and time, and consistent across their lengths."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from math import sin
from typing import TYPE_CHECKING

from brokerwire_sandbox.tws.checks import find_contract
from brokerwire_sandbox.tws.contracts import Contract, ContractQuery
from brokerwire_sandbox.tws.messages import Fields
from brokerwire_sandbox.tws.requests import Request, at_least
from brokerwire_sandbox.tws.state import Refused
from brokerwire_sandbox.tws.times import SECOND
from brokerwire_sandbox.tws.wire import number, read_flag, read_integer

if TYPE_CHECKING:
    from brokerwire_sandbox.tws.session import Session
    from brokerwire_sandbox.tws.terminal import Terminal

MOST_BARS = 5_000
_DAY = 86_400
_UNITS = {"S": 1, "D": _DAY, "W": 7 * _DAY, "M": 30 * _DAY, "Y": 365 * _DAY}
_SIZES = {
    **{f"{n} secs": n for n in (1, 5, 10, 15, 30)},
    "1 min": 60,
    **{f"{n} mins": n * 60 for n in (2, 3, 5, 10, 15, 20, 30)},
    "1 hour": 3_600,
    **{f"{n} hours": n * 3_600 for n in (2, 3, 4, 8)},
    "1 day": _DAY,
    "1 week": 7 * _DAY,
    "1 month": 30 * _DAY,
}
_SHOWN = ("TRADES", "MIDPOINT", "BID", "ASK")
_WAVES = ((0.04, 86_400 * 45), (0.012, 86_400 * 6), (0.004, 15_000), (0.001, 1_700))
_HOURS = {True: (34_200, 57_600), False: (14_400, 72_000)}
_BEGINNING = 946_684_800


class BarRequests:
    """The handlers."""

    def __init__(self, terminal: "Terminal") -> None:
        """Serve `terminal`."""
        self._state = terminal.state

    def handlers(self) -> dict[str, Request]:
        """Return the handlers by message id."""
        return {"20": Request(self._history, 1), "25": Request(self._stop), "87": Request(self._first_time, 1)}

    def _history(self, session: "Session", fields: Sequence[str]) -> None:
        request_id = read_integer(at_least(fields, 23)[1])
        contract = find_contract(self._state, ContractQuery.read(fields[2:14]))
        ending, size, duration, regular, shown, form = fields[15:21]
        if size not in _SIZES or shown not in _SHOWN:
            raise Refused(
                321, f"Error validating request.-'bW' : cause - Invalid bar size or data type: {size}, {shown}"
            )
        if read_flag(fields[-2]):
            raise Refused(321, "Error validating request.-'bZ' : cause - This sandbox does not keep bars up to date.")
        end = self._ending(ending)
        start = end - self._length(duration)
        starts = list(self._starts(contract, start, end, _SIZES[size], regular=read_flag(regular)))
        if not starts:
            raise Refused(162, "Historical Market Data Service error message:HMDS query returned no data")
        if len(starts) > MOST_BARS:
            raise Refused(162, "Historical Market Data Service error message:The duration is too long for the bar size")
        times = self._state.times
        head = ["17", str(request_id), times.zoned(start * SECOND), times.zoned(end * SECOND), str(len(starts))]
        rows = [text for at in starts for text in self._bar(contract, at, _SIZES[size], form)]
        session.send("historicalData", [*head, *rows])

    def _first_time(self, session: "Session", fields: Sequence[str]) -> None:
        request_id = read_integer(at_least(fields, 18)[1])
        find_contract(self._state, ContractQuery.read(fields[2:14]))
        form = fields[17]
        text = str(_BEGINNING) if form == "2" else f"{datetime.fromtimestamp(_BEGINNING, UTC):%Y%m%d-%H:%M:%S}"
        session.send("headTimestamp", ["88", str(request_id), text])

    def _stop(self, _: "Session", __: Sequence[str]) -> None:
        """Take a cancelHistoricalData: the answer is out already."""

    # --- inside ---

    def _ending(self, text: str) -> int:
        if not text:
            return self._state.now // SECOND
        stamp, dashed = text.split(), re.fullmatch(r"\d{8}-\d{2}:\d{2}:\d{2}", text)
        try:
            if dashed:
                return int(datetime.strptime(text, "%Y%m%d-%H:%M:%S").replace(tzinfo=UTC).timestamp())
            wall = datetime.strptime(" ".join(stamp[:2]), "%Y%m%d %H:%M:%S").replace(tzinfo=UTC)
        except ValueError:
            raise Refused(321, f"Error validating request.-'bW' : cause - Invalid end time {text}") from None
        return self._state.times.instant(wall) // SECOND

    @staticmethod
    def _length(text: str) -> int:
        count, _, unit = text.partition(" ")
        if not count.isdigit() or unit not in _UNITS:
            raise Refused(321, f"Error validating request.-'bW' : cause - Invalid duration {text}")
        return int(count) * _UNITS[unit]

    def _starts(self, contract: Contract, start: int, end: int, size: int, *, regular: bool) -> Iterator[int]:
        """Yield the starts of bars, oldest first, at times at which the contract trades."""
        for at in range(start - start % size, end, size):
            if at < start or at + size > end:
                continue
            local = self._state.times.local(at * SECOND)
            seconds = local.hour * 3_600 + local.minute * 60 + local.second
            first, last = _HOURS[regular] if contract.security in ("STK", "OPT") else (0, _DAY)
            weekday = local.weekday() < 5 or contract.security == "CRYPTO"
            if size >= _DAY or (weekday and first <= seconds < last):
                yield at

    def _bar(self, contract: Contract, at: int, size: int, form: str) -> Fields:
        points = [self._price(contract, at + size * n // 4) for n in range(5)]
        opening, closing = points[0], points[-1]
        middle = (sum(points, Decimal(0)) / len(points)).quantize(Decimal("0.0001"))
        volume = 1_000 + _noise(contract.con_id, at) % 9_000
        prices = [number(p) for p in (opening, max(points), min(points), closing)]
        return [self._date(at, size, form), *prices, str(volume), number(middle), str(volume // 100)]

    def _price(self, contract: Contract, at: int) -> Decimal:
        """Return the invented price at a time, on the contract's tick."""
        base = next(n.bid + n.ask for n in self._state.listed if n.contract.con_id == contract.con_id) / 2
        phase = _noise(contract.con_id, 0) % 1_000
        moved = sum(height * sin(at / period + phase) for height, period in _WAVES)
        steps = (base * (1 + Decimal(str(moved))) / contract.min_tick).to_integral_value()
        return max(steps, Decimal(1)) * contract.min_tick

    def _date(self, at: int, size: int, form: str) -> str:
        if size >= _DAY:
            return f"{datetime.fromtimestamp(at, UTC):%Y%m%d}"
        return str(at) if form == "2" else self._state.times.zoned(at * SECOND)


def _noise(con_id: int, at: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{con_id}:{at}".encode()).digest()[:4], "big")
