"""Recorded sessions of a real IB Gateway, as another project wrote them down: line by line, its own layout of fields.

Trusted are the sequences and the values, not the layout: each message is laid out anew in the broker's own text, for
the server version that we negotiate, and read from there by the library's decoder with ours in it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from brokerwire_server.domain.instruments import AssetClass, Instrument
from brokerwire_server.domain.orders import Order, OrderType, Side, TimeInForce
from tests.unit.brokers.ibkr import order_payloads as payloads
from tests.unit.brokers.ibkr.rigs import order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACCOUNT = "DU9000001"
_TYPES = {
    "MKT": OrderType.MARKET,
    "LMT": OrderType.LIMIT,
    "STP": OrderType.STOP,
    "TRAIL": OrderType.TRAILING_STOP,
}


@dataclass
class Leg:
    """One connection of a transcript: what was sent and what came, in their order."""

    lines: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def sent(self, kind: str) -> list[dict[str, Any]]:
        return [body for who, what, body in self.lines if who == "client" and what == kind]

    def came(self, kind: str) -> list[dict[str, Any]]:
        return [body for who, what, body in self.lines if who == "server" and what == kind]

    @property
    def client_id(self) -> int:
        return next((int(status["client_id"]) for status in self.came("order_status")), 1)


def legs_of(path: Path) -> list[Leg]:
    legs: list[Leg] = []
    for line in path.read_text().splitlines():
        who, _, rest = line.partition(" ")
        if who == "handshake":
            legs.append(Leg())
        elif who in ("client", "server"):
            what, _, body = rest.partition(" ")
            legs[-1].lines.append((who, what, json.loads(body or "{}")))
    return legs


def key_of(order_id: object) -> str:
    """Return the reference that we would have given an order: those recorded had none."""
    return f"{int(str(order_id)):024x}"


def orders_of(leg: Leg) -> dict[int, Order]:
    """Return the orders that were sent, as the gateway would have had them; a change is not an order."""
    found: dict[int, Order] = {}
    for body in leg.sent("place_order"):
        order_id = int(body["order_id"])
        if order_id in found or body["order_type"] not in _TYPES:
            continue
        contract = body.get("contract", {"symbol": "AAPL", "sec_type": "STK"})
        future = contract["sec_type"] == "FUT"
        found[order_id] = order(
            order_id,
            account_id=f"ib-{ACCOUNT.lower()}",
            instrument=Instrument(
                symbol=contract["symbol"], asset_class=AssetClass.FUTURE if future else AssetClass.EQUITY
            ),
            side=Side(body["action"]),
            type=_TYPES[body["order_type"]],
            time_in_force=TimeInForce(body["tif"]),
            quantity=Decimal(body["total_quantity"]),
            limit_price=_decimal(body.get("lmt_price")),
            stop_price=_decimal(body.get("aux_price")),
            trail_percent=_decimal(body.get("trailing_percent")),
        )
    return found


def frames_of(leg: Leg) -> Iterator[str]:
    """Yield what came about orders, as the broker's text."""
    perm_ids: dict[int, int] = {}
    for status in leg.came("order_status"):
        perm_ids[status["order_id"]] = int(status["perm_id"])
    for who, what, body in leg.lines:
        if who != "server":
            continue
        match what:
            case "open_order":
                yield _open_order(body)
            case "order_status":
                yield payloads.order_status(
                    body["order_id"],
                    int(body["perm_id"]),
                    body["status"],
                    filled=body["filled"],
                    remaining=body["remaining"],
                    price=body["avg_fill_price"],
                    client_id=int(body["client_id"]),
                    held=body["why_held"],
                )
            case "execution_detail":
                yield payloads.execution(
                    body["order_id"],
                    perm_ids.get(body["order_id"], 0),
                    ref=key_of(body["order_id"]),
                    execution_id=body["exec_id"],
                    time=_time(body["time"]),
                    shares=body["shares"],
                    price=body["price"],
                    side=body["side"],
                    cumulative=body["shares"],
                    client_id=1,
                    account=body["account"],
                    contract=("0", body["symbol"], "STK", "", "0.0", "", "", "IEX", "USD", body["symbol"], "NMS"),
                )
            case "commission_report":
                yield payloads.commission(body["exec_id"], body["commission"], body["currency"])
            case "api_error" if body["req_id"] > 0:
                yield payloads.error(body["req_id"], body["code"], body["message"])


def _open_order(body: dict[str, Any]) -> str:
    c = body["contract"]
    contract = (
        *(str(c["con_id"]), c["symbol"], c["sec_type"], c.get("expiry", ""), "0", "?", "", c["exchange"]),
        *(c["currency"], c.get("local_symbol", ""), c.get("trading_class", "")),
    )
    return payloads.open_order(
        body["order_id"],
        int(body["perm_id"]),
        ref=key_of(body["order_id"]),
        client_id=int(body["client_id"]),
        contract=contract,
        action=body["action"],
        quantity=body["quantity"],
        kind=body["order_type"],
        limit=body["lmt_price"],
        aux=body["aux_price"],
        tif=body["tif"],
        account=body["account"],
        status=body.get("status", "PreSubmitted"),
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _time(text: str) -> str:
    """Return a time in the broker's UTC form; the record has it in ISO's."""
    return text.replace("-", "").replace("T", "-")
