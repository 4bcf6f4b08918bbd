"""The broker's times, in all their forms and zones."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from brokerwire_server.brokers.ibkr.times import UnknownTimeError, parse_time, zone_of, zone_of_greeting
from brokerwire_server.brokers.ibkr.windows import parse_window

BERLIN = ZoneInfo("Europe/Berlin")


def utc(year: int, month: int, day: int, hour: int, minute: int, second: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()) * 1_000_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20260413 15:27:04 US/Eastern", utc(2026, 4, 13, 19, 27, 4)),
        ("20260413 15:27:04 Central European Standard Time", utc(2026, 4, 13, 13, 27, 4)),
        ("20260113 15:27:04 Central European Standard Time", utc(2026, 1, 13, 14, 27, 4)),
        ("20260413 15:27:04 Pacific Daylight Time", utc(2026, 4, 13, 22, 27, 4)),
        ("20250323 22:21:01 Greenwich Mean Time", utc(2025, 3, 23, 22, 21, 1)),
        ("20250723 22:21:01 Greenwich Mean Time", utc(2025, 7, 23, 21, 21, 1)),
        ("20260413 15:27:04 CET", utc(2026, 4, 13, 13, 27, 4)),
        ("20260413 15:27:04 JST", utc(2026, 4, 13, 6, 27, 4)),
        ("20250415  19:38:31", utc(2025, 4, 15, 17, 38, 31)),
        ("20250415 19:38:31", utc(2025, 4, 15, 17, 38, 31)),
        ("20231116-12:15:35", utc(2023, 11, 16, 12, 15, 35)),
        ("20260413-15:27:04Z", utc(2026, 4, 13, 15, 27, 4)),
        ("20260413 15:27:04.123 UTC", utc(2026, 4, 13, 15, 27, 4)),
    ],
)
def test_a_time_is_read_in_its_zone(text: str, expected: int) -> None:
    assert parse_time(text, BERLIN) == expected


@pytest.mark.parametrize(
    "text", ["20260413 15:27:04 Lunar Standard Time", "yesterday", "", "20261332 15:27:04", "x" * 500]
)
def test_a_time_that_can_not_be_placed_is_said_to_be_so(text: str) -> None:
    with pytest.raises(UnknownTimeError):
        parse_time(text, BERLIN)


def test_a_time_without_a_zone_is_not_guessed() -> None:
    with pytest.raises(UnknownTimeError, match="names no time zone"):
        parse_time("20250415  19:38:31", None)


def test_the_greeting_tells_the_zone_of_the_machine() -> None:
    assert zone_of_greeting("20260405 23:49:26 Central European Standard Time") == ZoneInfo("Europe/Warsaw")
    assert zone_of_greeting("20260405 23:49:26 Nowhere") is None
    assert zone_of_greeting("20260405 23:49:26") is None
    assert zone_of("Tokyo Standard Time") == ZoneInfo("Asia/Tokyo")


def test_a_window_holds_the_minutes_from_one_to_the_other_over_midnight_too() -> None:
    night = parse_window("23:40-00:50 America/New_York")
    assert night is not None
    assert night.holds(utc(2026, 1, 14, 4, 45))
    assert night.holds(utc(2026, 1, 14, 5, 49))
    assert not night.holds(utc(2026, 1, 14, 5, 50))
    assert not night.holds(utc(2026, 1, 14, 4, 39))
    noon = parse_window("12:00-13:00 UTC")
    assert noon is not None
    assert noon.holds(utc(2026, 1, 14, 12, 30))
    assert not noon.holds(utc(2026, 1, 14, 13, 0))
    assert parse_window("never") is None


@pytest.mark.parametrize("text", ["", "24:00-01:00 UTC", "1-2", "23:40-00:50", "23:40-00:50 Atlantis/Center"])
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_window(text)
