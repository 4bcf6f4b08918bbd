"""Ticks make a quote, and what the broker does not know is no price."""

from __future__ import annotations

from decimal import Decimal

import pytest

from brokerwire_server.brokers.ibkr.ticks import Ticker
from brokerwire_server.domain.market import Quote
from tests.unit.brokers.ibkr.frames import decode, needs_recorded, recorded

pytestmark = pytest.mark.ibkr_libraries

LIVE = ("58|1|9|1|", "1|6|9|1|228.49|300|0|", "1|6|9|2|228.51|200|0|", "1|6|9|4|228.5|100|0|")


def quote_of(*frames: str) -> Quote | None:
    ticker = Ticker("AAPL", lambda: 77)
    for message in decode(*frames):
        ticker.take(message)
    return ticker.quote


def test_bid_ask_last_and_their_sizes_come_together() -> None:
    quote = quote_of(*LIVE)
    assert quote == Quote(
        symbol="AAPL",
        bid=Decimal("228.49"),
        bid_size=Decimal(300),
        ask=Decimal("228.51"),
        ask_size=Decimal(200),
        last=Decimal("228.5"),
        last_size=Decimal(100),
        time=77,
    )


def test_a_size_may_come_alone() -> None:
    quote = quote_of(*LIVE, "2|6|9|0|500|", "2|6|9|3|600|", "2|6|9|5|7|", "2|6|9|8|1000000|")
    assert quote is not None
    assert (quote.bid_size, quote.ask_size, quote.last_size) == (500, 600, 7)


def test_a_side_that_is_gone_has_no_price_and_no_size() -> None:
    quote = quote_of(*LIVE, "1|6|9|1|-1|0|0|")
    assert quote is not None
    assert (quote.bid, quote.bid_size, quote.ask) == (0, 0, Decimal("228.51"))


def test_without_a_price_there_is_no_quote() -> None:
    assert quote_of("58|1|9|1|", "1|6|9|1|-1|0|0|", "2|6|9|0|100|", "1|6|9|9|227.1|0|0|") is None


@pytest.mark.parametrize(
    "frames",
    [
        ("58|1|9|3|", "1|6|9|66|228.4|1|0|"),
        ("58|1|9|4|", "1|6|9|1|228.4|1|0|"),
        ("1|6|9|68|228.4|1|0|",),
    ],
)
def test_delayed_prices_are_marked(frames: tuple[str, ...]) -> None:
    quote = quote_of(*frames)
    assert quote is not None
    assert quote.delayed


def test_a_delayed_quote_has_the_time_that_the_broker_states() -> None:
    quote = quote_of("58|1|9|3|", "46|6|9|88|1775174157|", "1|6|9|68|255.45|200|0|")
    assert quote is not None
    assert quote.time == 1_775_174_157_000_000_000


def test_nothing_has_changed_where_a_tick_repeats() -> None:
    ticker = Ticker("AAPL", lambda: 1)
    first, second = decode(LIVE[1], LIVE[1])
    assert ticker.take(first)
    assert not ticker.take(second)


@needs_recorded
def test_recorded_ticks_are_read() -> None:
    quote = quote_of(*(f for kind in ("58", "1", "2", "46") for f in recorded("raw/sv200-text-frames.txt", kind)))
    assert quote is not None
    assert (quote.last, quote.delayed) == (Decimal("255.45"), True)
