"""placeOrder as the libraries write it: every shape at every version comes out to the last field, or is refused."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import pytest

from brokerwire_sandbox.tws.tickets import Ticket, read_ticket
from brokerwire_sandbox.tws.wire import Malformed

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    library: Any = importlib.import_module("ib_async")

LENGTHS = {157: 110, 158: 111, 160: 112, 162: 113, 163: 113, 166: 114, 169: 115, 170: 115, 176: 115, 177: 114, 178: 114}


def written(contract: Any, order: Any, version: int) -> list[str]:
    """Return the fields that the library sends."""
    sent: list[str] = []
    client = library.client.Client(None)
    client.serverVersion = lambda: version
    client.isConnected = lambda: True
    client.sendMsg = sent.append
    client.placeOrder(7, contract, order)
    return sent[0].split("\0")[:-1]


STOCK = library.Stock("AAPL", "SMART", "USD", conId=265598)
LEGS = [library.ComboLeg(conId=n, ratio=1, action=a, exchange="SMART") for n, a in ((1, "BUY"), (2, "SELL"))]
SHAPES: dict[str, tuple[Any, dict[str, Any]]] = {
    "plain": (STOCK, {}),
    "bag": (
        library.Contract(secType="BAG", symbol="AAPL", exchange="SMART", currency="USD", comboLegs=LEGS),
        {
            "orderComboLegs": [library.OrderComboLeg(price=1.5), library.OrderComboLeg(price=2.5)],
            "smartComboRoutingParams": [library.TagValue("NonGuaranteed", "1")],
        },
    ),
    "algorithm": (STOCK, {"algoStrategy": "Adaptive", "algoParams": [library.TagValue("adaptivePriority", "Normal")]}),
    "hedge": (STOCK, {"hedgeType": "D", "hedgeParam": "0.5"}),
    "scale": (STOCK, {"scaleInitLevelSize": 5, "scaleSubsLevelSize": 5, "scalePriceIncrement": 0.05}),
    "neutral": (STOCK, {"deltaNeutralOrderType": "MKT"}),
    "delta neutral contract": (
        library.Stock("AAPL", "SMART", "USD", deltaNeutralContract=library.DeltaNeutralContract(1, 0.5, 10.0)),
        {},
    ),
    "conditions": (
        STOCK,
        {
            "conditions": [
                library.PriceCondition(price=100.0, conId=1, exch="SMART"),
                library.TimeCondition(time="20260101-12:00:00"),
                library.MarginCondition(percent=30),
                library.ExecutionCondition(secType="STK", exch="SMART", symbol="AAPL"),
                library.VolumeCondition(volume=1, conId=1, exch="SMART"),
                library.PercentChangeCondition(changePercent=1.0, conId=1, exch="SMART"),
            ]
        },
    ),
    "pegged to a benchmark": (STOCK, {"orderType": "PEG BENCH"}),
    "pegged to the middle": (STOCK, {"orderType": "PEG MID"}),
    "pegged to the best": (STOCK, {"orderType": "PEG BEST"}),
    "pegged to the best, at most": (STOCK, {"orderType": "PEG BEST", "competeAgainstBestOffset": float("inf")}),
    "its own exchange": (library.Stock("AAPL", "IBKRATS", "USD"), {}),
}


def shape(name: str, version: int) -> list[str]:
    contract, fields = SHAPES[name]
    known = {
        "action": "BUY",
        "totalQuantity": 10,
        "orderType": "LMT",
        "lmtPrice": 1.5,
        "tif": "DAY",
        "orderRef": "ours",
    }
    return written(contract, library.Order(**{**known, **fields}), version)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("version", LENGTHS)
def test_every_shape_is_read_to_its_last_field(name: str, version: int) -> None:
    fields = shape(name, version)
    ticket = read_ticket(fields, version)
    assert (ticket.order_id, ticket.text("action"), ticket.text("orderRef")) == (7, "BUY", "ours")
    assert ticket.flag("transmit")
    for wrong in ([*fields, ""], fields[:-1]):
        with pytest.raises(Malformed):
            read_ticket(wrong, version)


@pytest.mark.parametrize(("version", "length"), LENGTHS.items())
def test_a_plain_order_has_the_length_that_was_measured(version: int, length: int) -> None:
    assert len(shape("plain", version)) == length


@pytest.mark.parametrize("field", ["orderRef", "account", "ocaGroup", "tif", "algoId", "extOperator"])
def test_a_nul_in_a_text_is_refused(field: str) -> None:
    order = library.Order(action="BUY", totalQuantity=10, orderType="MKT", **{field: "a\0b"})
    with pytest.raises(Malformed):
        read_ticket(written(STOCK, order, 178), 178)


def test_other_control_characters_are_refused_too() -> None:
    order = library.Order(action="BUY", totalQuantity=10, orderType="MKT", orderRef="a\nb")
    with pytest.raises(Malformed, match="control"):
        read_ticket(written(STOCK, order, 178), 178)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_price_that_is_no_number_is_refused(value: float) -> None:
    order = library.Order(action="BUY", totalQuantity=10, orderType="LMT", lmtPrice=value)
    with pytest.raises(Malformed, match="NumberFormatException"):
        read_ticket(written(STOCK, order, 178), 178)


def test_what_a_combination_says_is_kept() -> None:
    ticket: Ticket = read_ticket(shape("bag", 178), 178)
    assert [(leg.con_id, leg.action) for leg in ticket.legs] == [(1, "BUY"), (2, "SELL")]
    assert (ticket.leg_prices, ticket.routing) == (("1.5", "2.5"), (("NonGuaranteed", "1"),))
    assert read_ticket(shape("algorithm", 178), 178).algo == (("adaptivePriority", "Normal"),)
    assert len(read_ticket(shape("conditions", 178), 178).conditions) == 6
