"""The market's clock: Alpaca says whether the regular session is open, its calendar what is around it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from brokerwire_server.brokers.alpaca import wire
from brokerwire_server.brokers.alpaca.client import Client
from brokerwire_server.domain.market import MarketClock, Session

_NEW_YORK = ZoneInfo("America/New_York")
_SECOND = 1_000_000_000


class Clock:
    """Reads the clock, and the calendar once a day."""

    def __init__(self, client: Client) -> None:
        """Ask through `client`."""
        self._client = client
        self._day: tuple[str, wire.CalendarDay | None] = ("", None)

    async def read(self) -> MarketClock:
        """Return the time, the session and what comes next."""
        found = await self._client.clock()
        time = wire.nanos(found.timestamp)
        session = Session.REGULAR if found.is_open else await self._around(time)
        next_open, next_close = wire.nanos(found.next_open), wire.nanos(found.next_close)
        return MarketClock(time=time, session=session, next_open=next_open, next_close=next_close)

    async def _around(self, time: int) -> Session:
        """Return the part of the day outside the regular session."""
        here = datetime.fromtimestamp(time // _SECOND, _NEW_YORK)
        date = here.date().isoformat()
        if self._day[0] != date:
            days = await self._client.calendar(date)
            self._day = (date, next((day for day in days if day.date == date), None))
        day = self._day[1]
        if day is None:
            return Session.CLOSED
        opens = _at(here, day.session_open or "0400")
        closes = _at(here, day.session_close or "2000")
        if opens <= here < _at(here, day.open):
            return Session.PRE_MARKET
        return Session.POST_MARKET if _at(here, day.close) <= here < closes else Session.CLOSED


def _at(day: datetime, text: str) -> datetime:
    digits = text.replace(":", "")
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]))
