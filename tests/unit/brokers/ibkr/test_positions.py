"""Positions of every asset class, each at its cost per unit of the price."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from brokerwire_server.brokers.ibkr import contracts
from brokerwire_server.brokers.ibkr.positions import Row, position_of
from tests.unit.brokers.ibkr import payloads
from tests.unit.brokers.ibkr.frames import decode, needs_recorded, recorded

if TYPE_CHECKING:
    from brokerwire_server.domain.positions import Position


pytestmark = pytest.mark.ibkr_libraries


def read(frame: str, magnifier: int = 1) -> Position:
    row = Row(*decode(frame)[0].arguments)  # type: ignore[arg-type]
    return position_of(row, contracts.instrument_of(row.contract, magnifier=magnifier), "mine")


@pytest.mark.parametrize(
    ("frame", "symbol", "quantity", "average"),
    [
        (payloads.position(1, "AAPL", "-110", "201.8829709"), "AAPL", "-110", "201.8829709"),
        (
            payloads.position(
                2, "ES", "1", "315114.75", "FUT", expiry="20261218", multiplier="50", exchange="", local="ESZ6"
            ),
            "ESZ6", "1", "6302.295",
        ),
        (
            payloads.position(
                3, "QQQ", "-3", "2100.6321", "OPT", expiry="20270115", strike="500.0", right="P", multiplier="100",
                exchange="", local="QQQ   270115P00500000",
            ),
            "QQQ270115P00500000", "-3", "21.006321",
        ),
        (payloads.position(4, "EUR", "20000", "1.0815", "CASH", exchange=""), "EUR/USD", "20000", "1.0815"),
    ],
)  # fmt: skip
def test_the_average_cost_is_per_unit_of_the_price(frame: str, symbol: str, quantity: str, average: str) -> None:
    position = read(frame)
    assert (position.instrument.symbol, position.quantity) == (symbol, Decimal(quantity))
    assert position.average_cost == Decimal(average)


def test_the_cost_of_what_is_quoted_in_cents_is_in_cents_and_its_basis_in_money() -> None:
    frame = payloads.position(
        5, "YW", "1", "6384.43", "FUT", expiry="20261214", multiplier="1000", exchange="", local="XWZ6"
    )
    position = read(frame, magnifier=100)
    assert (position.average_cost, position.cost_basis) == (Decimal("638.443"), Decimal("6384.43"))


@needs_recorded
def test_recorded_positions_are_read() -> None:
    (frame, *_) = recorded("raw/sv200-text-frames.txt", "61")
    position = read(frame)
    assert (position.instrument.symbol, position.quantity, position.average_cost) == ("AMZN", 15, Decimal("200.25"))
