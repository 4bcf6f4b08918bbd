"""Contracts, tickets and orders for the tests of the codec."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from brokerwire_sandbox.tws.contracts import Contract, ContractBook, ContractQuery
from brokerwire_sandbox.tws.listing import listings
from brokerwire_sandbox.tws.records import TwsOrder
from brokerwire_sandbox.tws.tickets import Ticket

TODAY = date(2025, 4, 1)
BOOK = ContractBook(listing.contract for listing in listings(TODAY))


def contract(name: str) -> Contract:
    return BOOK.named(name)


def order(name: str = "AAPL", quantity: str = "100", **changes: Any) -> TwsOrder:
    fields = {"action": "BUY", "orderType": "MKT", "tif": "DAY", "totalQuantity": quantity}
    fields |= changes.pop("fields", {})
    ticket = Ticket(order_id=5, query=ContractQuery(), fields=fields, **changes.pop("ticket", {}))
    known = {
        "permanent_id": 600745656,
        "client_id": 100,
        "order_id": 5,
        "account": "DU1234567",
        "contract": contract(name),
        "quantity": Decimal(quantity),
    }
    return TwsOrder(**{"ticket": ticket, **known, **changes})
