"""What the terminal refuses before it takes an order, with the codes and words it uses."""

from decimal import Decimal

from msgspec.structs import replace

from brokerwire_sandbox.tws.contracts import BAG_CON_ID, Contract, ContractQuery
from brokerwire_sandbox.tws.listing import increment_at
from brokerwire_sandbox.tws.records import TwsOrder
from brokerwire_sandbox.tws.state import Refused, State
from brokerwire_sandbox.tws.tickets import Ticket
from brokerwire_sandbox.tws.trading import DURATIONS, TYPES
from brokerwire_server.domain.decimals import ZERO

READ_ONLY = "Error validating request.-'bW' : cause - The API interface is currently in Read-Only mode."
_UNSUPPORTED = (
    "MIT",
    "LIT",
    "MTL",
    "REL",
    "TRAIL LIMIT",
    "PEG MID",
    "PEG MKT",
    "PEG BENCH",
    "PEG BEST",
    "MIDPRICE",
    "VOL",
)
_PRICED = ("LMT", "LOC", "STP LMT")
_STOPS = ("STP", "STP LMT")


def find_contract(state: State, query: ContractQuery, ticket: Ticket | None = None) -> Contract:
    """Return the one contract that a request names.

    Raises:
        Refused: 200, there is none, or there are several; 321, a combination is not whole.
    """
    if query.security == "BAG":
        return _combination(state, query, ticket)
    exchange = query.exchange or ("SMART" if not query.con_id else "")
    found = state.contracts.find(replace(query, exchange=exchange))
    if not found:
        raise Refused(200, "No security definition has been found for the request")
    if len(found) > 1:
        raise Refused(200, f"The contract description specified for {query.symbol} is ambiguous.")
    return found[0]


def check_ticket(state: State, ticket: Ticket, contract: Contract) -> None:
    """Check what an order says, by itself.

    Raises:
        Refused: 321 (what can't be read as an order), 387, 382, 434, 10052, 110, 109 and others.
    """
    kind, action = ticket.text("orderType"), ticket.text("action")
    if action not in ("BUY", "SELL"):
        raise Refused(321, f"Error validating request.-'bF' : cause - Invalid action {action}")
    if kind in _UNSUPPORTED:
        raise Refused(387, "Unsupported order type for this exchange and security type.")
    if kind not in TYPES:
        raise Refused(321, "Error validating request.-'bF' : cause - Invalid order type was entered")
    _check_duration(ticket, contract)
    _check_quantity(state, ticket, contract)
    _check_prices(ticket, contract)
    if ticket.integer("displaySize") not in (0, 2_147_483_647) and contract.security != "STK":
        raise Refused(10255, "The 'Display Size' order attribute may not be specified for this order.")


def check_account(state: State, ticket: Ticket) -> str:
    """Return the account that an order is for.

    Raises:
        Refused: 321 or 201, none is named though there are several, or it is none of the login's.
    """
    account = ticket.text("account")
    if not account:
        if len(state.books) > 1:
            raise Refused(321, "Error validating request.-'bW' : cause - You must specify an account.")
        return next(iter(state.books))
    if account not in state.books:
        raise Refused(201, "Order rejected - reason:Invalid or missing IBCustAcctNo")
    return account


def check_margin(state: State, order: TwsOrder) -> None:
    """Check that the account can carry what an order would open.

    Raises:
        Refused: 201.
    """
    book = state.books[order.account]
    changes, contracts = exposure(state, order)
    now, then = book.totals(), book.totals(changes, contracts)
    if then.initial <= now.initial or then.initial <= now.equity:
        return
    base = book.base
    raise Refused(
        201,
        "Order rejected - reason:YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR EQUITY WITH "
        f"LOAN VALUE [{now.equity:.2f} {base}] MUST EXCEED THE INITIAL MARGIN [{then.initial:.2f} {base}]",
    )


def exposure(state: State, order: TwsOrder) -> tuple[dict[int, Decimal], list[Contract]]:
    """Return what an order would hold once filled, by conId, and the contracts of that."""
    sign = 1 if order.buying else -1
    contract = order.contract
    if contract.security != "BAG":
        return {contract.con_id: sign * order.remaining}, [contract]
    legs = [(leg, state.contracts.get(leg.con_id)) for leg in contract.legs]
    changes = {
        leg.con_id: sign * order.remaining * leg.ratio * (1 if leg.action == "BUY" else -1) for leg in contract.legs
    }
    return changes, [found for _, found in legs if found is not None]


def _combination(state: State, query: ContractQuery, ticket: Ticket | None) -> Contract:
    legs = () if ticket is None else ticket.legs
    if len(legs) < 2:
        raise Refused(321, "Error validating request.-'bO' : cause - Combination legs are missing.")
    found = [state.contracts.get(leg.con_id) for leg in legs]
    if any(contract is None for contract in found) or any(leg.ratio < 1 for leg in legs):
        raise Refused(200, "No security definition has been found for the request")
    return Contract(
        con_id=BAG_CON_ID,
        symbol=query.symbol,
        security="BAG",
        currency=query.currency or "USD",
        exchange=query.exchange or "SMART",
        local_symbol=str(BAG_CON_ID),
        trading_class="COMB",
        multiplier="100" if all(c is not None and c.security == "OPT" for c in found) else "",
        legs=legs,
    )


def _check_duration(ticket: Ticket, contract: Contract) -> None:
    duration = ticket.text("tif")
    if duration and duration not in DURATIONS:
        raise Refused(10052, "Invalid time in force")
    if contract.security == "CRYPTO" and ticket.text("orderType") == "MKT" and duration not in ("IOC", ""):
        raise Refused(201, f"Order rejected - reason:Time in force {duration} is not valid for this crypto order")
    if duration == "OPG" and ticket.text("orderType") not in ("MKT", "LMT"):
        raise Refused(387, "Unsupported order type for this exchange and security type.")


def _check_quantity(state: State, ticket: Ticket, contract: Contract) -> None:
    quantity, cash = ticket.number("totalQuantity") or ZERO, ticket.number("cashQty") or ZERO
    if cash > 0:
        if contract.security not in ("CRYPTO", "CASH"):
            raise Refused(10244, "Cash quantity cannot be used for this order.")
        return
    if contract.security == "CRYPTO" and ticket.text("orderType") == "MKT" and ticket.text("action") == "BUY":
        raise Refused(10289, "You must set Cash Quantity for this order.")
    if quantity <= 0:
        raise Refused(434, "The order size cannot be zero.")
    if quantity % contract.size_increment:
        raise Refused(10318, "This order doesn't support fractional quantity trading")


def _check_prices(ticket: Ticket, contract: Contract) -> None:
    kind = ticket.text("orderType")
    limit, auxiliary = ticket.number("lmtPrice"), ticket.number("auxPrice")
    if kind in _PRICED and limit is None:
        raise Refused(201, "Order rejected - reason:A limit price is missing")
    if kind in _STOPS and not auxiliary:
        raise Refused(201, "Order rejected - reason:A stop price is missing")
    if kind == "TRAIL" and not auxiliary and not ticket.number("trailingPercent"):
        raise Refused(201, "Order rejected - reason:A trailing amount is missing")
    prices = ([limit] if kind in _PRICED else []) + ([auxiliary] if kind in _STOPS else [])
    for price in prices:
        if price is None:
            continue
        if contract.security != "BAG" and price <= 0:
            raise Refused(109, "Price is out of the range defined by the Percentage setting at order defaults.")
        if price % increment_at(contract.market_rule, price):
            raise Refused(110, "The price does not conform to the minimum price variation for this contract.")
