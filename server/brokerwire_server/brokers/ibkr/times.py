"""The broker's times: three forms, with the zone of the exchange, of the machine that TWS runs on, or none.

`20260413 15:27:04 US/Eastern`, `20260413 15:27:04 Central European Standard Time` (the zone names of Windows occur),
`20250415  19:38:31` (no zone: the machine's), `20231116-12:15:35` (UTC), `20260413-15:27:04Z`.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

_FORM = re.compile(r"(\d{8})(-| +)(\d{2}:\d{2}:\d{2})(?:\.\d+)?(?: *(Z)|  ?(\S.*))?", re.ASCII)
_NANOS = 1_000_000_000

_WINDOWS: Mapping[str, str] = {
    "AUS Eastern Standard Time": "Australia/Sydney",
    "Arabian Standard Time": "Asia/Dubai",
    "Argentina Standard Time": "America/Buenos_Aires",
    "Atlantic Standard Time": "America/Halifax",
    "Canada Central Standard Time": "America/Regina",
    "Central Europe Standard Time": "Europe/Budapest",
    "Central European Standard Time": "Europe/Warsaw",
    "Central Standard Time": "America/Chicago",
    "Central Standard Time (Mexico)": "America/Mexico_City",
    "China Standard Time": "Asia/Shanghai",
    "Coordinated Universal Time": "UTC",
    "E. Australia Standard Time": "Australia/Brisbane",
    "E. Europe Standard Time": "Europe/Chisinau",
    "E. South America Standard Time": "America/Sao_Paulo",
    "Eastern Standard Time": "America/New_York",
    "FLE Standard Time": "Europe/Kiev",
    "GMT Standard Time": "Europe/London",
    "GTB Standard Time": "Europe/Bucharest",
    "Greenwich Mean Time": "Europe/London",
    "Greenwich Standard Time": "Atlantic/Reykjavik",
    "Hawaiian Standard Time": "Pacific/Honolulu",
    "Hong Kong Standard Time": "Asia/Hong_Kong",
    "India Standard Time": "Asia/Kolkata",
    "Israel Standard Time": "Asia/Jerusalem",
    "Japan Standard Time": "Asia/Tokyo",
    "Korea Standard Time": "Asia/Seoul",
    "Mountain Standard Time": "America/Denver",
    "New Zealand Standard Time": "Pacific/Auckland",
    "Pacific Standard Time": "America/Los_Angeles",
    "Romance Standard Time": "Europe/Paris",
    "Russian Standard Time": "Europe/Moscow",
    "SE Asia Standard Time": "Asia/Bangkok",
    "Singapore Standard Time": "Asia/Singapore",
    "South Africa Standard Time": "Africa/Johannesburg",
    "Taipei Standard Time": "Asia/Taipei",
    "Tokyo Standard Time": "Asia/Tokyo",
    "Turkey Standard Time": "Europe/Istanbul",
    "US Eastern Standard Time": "America/New_York",
    "US Mountain Standard Time": "America/Phoenix",
    "W. Australia Standard Time": "Australia/Perth",
    "W. Europe Standard Time": "Europe/Berlin",
}
"""Zones by the names of Windows and Java. A name says "Standard" in summer too; its daylight twin is the same zone."""

_SHORT: Mapping[str, str] = {
    "CDT": "America/Chicago",
    "CEST": "Europe/Paris",
    "CST": "America/Chicago",
    "EDT": "America/New_York",
    "EST": "America/New_York",
    "BST": "Europe/London",
    "HKT": "Asia/Hong_Kong",
    "JST": "Asia/Tokyo",
    "MDT": "America/Denver",
    "MST": "America/Denver",
    "PDT": "America/Los_Angeles",
    "PST": "America/Los_Angeles",
    "SGT": "Asia/Singapore",
}


class UnknownTimeError(ValueError):
    """A time that can't be placed: its form or its zone is not known."""


def zone_of(name: str) -> tzinfo:
    """Return a zone by any of the names that the broker uses. Raises `UnknownTimeError`."""
    name = name.strip()
    windows = re.sub(r"\b(Daylight|Summer) Time", "Standard Time", name)
    known = _SHORT.get(name) or _WINDOWS.get(name) or _WINDOWS.get(windows)
    try:
        return ZoneInfo(known or name)
    except (KeyError, ValueError, OSError) as error:
        raise UnknownTimeError(f"the time zone {name[:64]!r} is not known") from error


def parse_time(text: str, default: tzinfo | None) -> int:
    """Return a time in nanoseconds; `default` is the zone of one that names none. Raises `UnknownTimeError`."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise UnknownTimeError(f"not a time: {text[:64]!r}")
    date, between, clock, utc, name = found.groups()
    if utc or (between == "-" and not name):
        zone: tzinfo | None = UTC
    else:
        zone = zone_of(name) if name else default
    if zone is None:
        raise UnknownTimeError(f"{text[:64]!r} names no time zone, and that of TWS is not known")
    try:
        moment = datetime.strptime(f"{date} {clock}", "%Y%m%d %H:%M:%S").replace(tzinfo=zone)
    except ValueError as error:
        raise UnknownTimeError(f"not a time: {text[:64]!r}") from error
    return int(moment.timestamp()) * _NANOS


def zone_of_greeting(text: str) -> tzinfo | None:
    """Return the zone of the machine that TWS runs on, from the time in its greeting; `None` where it is not known."""
    parts = text.split(" ", 2)
    try:
        return zone_of(parts[2]) if len(parts) == 3 else None
    except UnknownTimeError:
        return None
