"""Times as the terminal writes them: in its own zone, by whatever name it calls that."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from brokerwire_sandbox.tws.settings import TimeForm

SECOND = 1_000_000_000
_WINDOWS = {
    "Central European Standard Time": "Europe/Warsaw",
    "W. Europe Standard Time": "Europe/Berlin",
    "Greenwich Mean Time": "Europe/London",
    "GMT Standard Time": "Europe/London",
    "Eastern Standard Time": "America/New_York",
    "Central Standard Time": "America/Chicago",
    "Pacific Standard Time": "America/Los_Angeles",
    "China Standard Time": "Asia/Shanghai",
    "EST": "America/New_York",
    "MET": "Europe/Berlin",
}


class Times:
    """Writes times in one zone."""

    def __init__(self, zone: str) -> None:
        """Take the zone's name, IANA's or Windows'.

        Raises:
            ValueError: neither knows it.
        """
        self.name = zone
        try:
            self._zone = ZoneInfo(_WINDOWS.get(zone, zone))
        except ZoneInfoNotFoundError:
            raise ValueError(f"{zone} is no time zone") from None

    def local(self, time: int) -> datetime:
        """Return a time as of the terminal."""
        return datetime.fromtimestamp(time // SECOND, self._zone)

    def zoned(self, time: int) -> str:
        """Return `20260413 15:27:04 US/Eastern`."""
        return f"{self.local(time):%Y%m%d %H:%M:%S} {self.name}"

    def execution(self, time: int, form: TimeForm) -> str:
        """Return an execution's time in a form."""
        if form is TimeForm.DASH:
            return f"{datetime.fromtimestamp(time // SECOND, UTC):%Y%m%d-%H:%M:%S}"
        if form is TimeForm.BARE:
            return f"{self.local(time):%Y%m%d  %H:%M:%S}"
        return self.zoned(time)

    def instant(self, wall: datetime) -> int:
        """Return the time at which the terminal's clock shows what `wall` shows."""
        return int(wall.replace(tzinfo=self._zone).timestamp()) * SECOND

    def midnight(self, time: int) -> int:
        """Return when the terminal's day of `time` began."""
        start = self.local(time).replace(hour=0, minute=0, second=0)
        return int(start.timestamp()) * SECOND
