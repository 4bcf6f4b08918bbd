"""A time of day that repeats, such as that of the daily restart."""

import re
from datetime import datetime, tzinfo

from msgspec import Struct

from brokerwire_server.brokers.ibkr.times import UnknownTimeError, zone_of

_FORM = re.compile(r"([0-2]\d):([0-5]\d)-([0-2]\d):([0-5]\d) (\S+)", re.ASCII)
_NANOS = 1_000_000_000


class Window(Struct, frozen=True):
    """From one minute of the day to another, which may be the next day's."""

    first: int
    last: int
    zone: tzinfo

    def holds(self, time: int) -> bool:
        """Whether a time (nanoseconds) lies in it."""
        moment = datetime.fromtimestamp(time // _NANOS, self.zone)
        minute = 60 * moment.hour + moment.minute
        if self.first <= self.last:
            return self.first <= minute < self.last
        return minute >= self.first or minute < self.last


def parse_window(text: str) -> Window | None:
    """Return a window, `None` for "never". Raises `ValueError` with what it should look like."""
    if text.strip().lower() == "never":
        return None
    found = _FORM.fullmatch(text.strip())
    if found is None or int(found[1]) > 23 or int(found[3]) > 23:
        raise ValueError("such as 23:40-00:50 America/New_York, or never")
    try:
        zone = zone_of(found[5])
    except UnknownTimeError as error:
        raise ValueError(str(error)) from error
    first, last = 60 * int(found[1]) + int(found[2]), 60 * int(found[3]) + int(found[4])
    return Window(first, last, zone)
