"""Frames about orders in the broker's shape, made up for the tests: server version 176."""

from __future__ import annotations

UNSET = "1.7976931348623157E308"
INT = "2147483647"
AAPL = ("265598", "AAPL", "STK", "", "0", "?", "", "SMART", "USD", "AAPL", "NMS")


def frame(*fields: object) -> str:
    return "|".join(str(field) for field in fields) + "|"


def open_order(
    order_id: int = 7,
    perm_id: int = 900,
    *,
    ref: str = "",
    client_id: int = 17,
    contract: tuple[str, ...] = AAPL,
    action: str = "BUY",
    quantity: str = "10",
    kind: str = "LMT",
    limit: str = "10.0",
    aux: str = "0.0",
    tif: str = "DAY",
    oca: str = "",
    account: str = "DU1234567",
    parent: int = 0,
    trail_stop: str = UNSET,
    trail_percent: str = "",
    status: str = "Submitted",
    what_if: bool = False,
    margins: tuple[str, ...] = (UNSET,) * 9,
    commission: str = "",
    warning: str = "",
    legs: tuple[tuple[str, str, str, str], ...] = (),
    conditions: tuple[str, ...] = ("0",),
    cash: str = "0",
) -> str:
    """Return an openOrder."""
    front = (order_id, *contract, action, quantity, kind, limit, aux, tif, oca, account, "", 0, ref, client_id, perm_id)
    flags = (0, 0, 0, "", f"{perm_id}.0/{account}/100", "", "", "", "")
    middle = ("", "", "", "", "", 0, "", -1, 0, "", "", "", "", "", INT, 0, 0, 0, "", 3, 0, 0, "", parent, 0, "", 0)
    delta_neutral = ("None", "", 0, "", "", "", "?", 0, 0, "")
    trail = (0, 0, trail_stop if trail_stop != UNSET else "", trail_percent, "", "")
    combo = ("", len(legs), *(field for leg in legs for field in (*leg, 0, 0, "", -1)), 0, 0)
    rest = (INT, INT, "", "", 0, "", "IB", 0, 0, "", 0, int(what_if))
    state = (status, *margins, commission, "", "", "USD" if commission else "", warning)
    tail = (0, 0, *conditions, "None", UNSET, trail_stop, *(UNSET,) * 4, 0, "", "", "", cash, 1, 0, 0, 0)
    more = ("", "", 0, "", 100, "0.02", "", "")
    return frame("5", *front, *flags, *middle, *delta_neutral, *trail, *combo, *rest, *state, *tail, *more)


def completed_order(
    perm_id: int = 900,
    *,
    ref: str = "",
    contract: tuple[str, ...] = AAPL,
    action: str = "BUY",
    quantity: str = "10",
    kind: str = "LMT",
    limit: str = "10.0",
    account: str = "DU1234567",
    status: str = "Cancelled",
    filled: str = "0",
    time: str = "20250708 02:34:46 America/New_York",
    words: str = "Cancelled by Trader",
) -> str:
    """Return a completedOrder."""
    front = (*contract, action, quantity, kind, limit, "0.0", "DAY", "", account, "", 0, ref, perm_id)
    flags = (0, 0, 0, "", "", "", "", "")
    middle = ("", "", "", "", "", 0, "", -1, "", "", "", "", "", INT, 0, 0, "", 3, 0, "", 0)
    delta_neutral = ("None", "", 0, 0, 0, "")
    rest = (0, 0, "", "", "", 0, 0, 0, INT, INT, "", "", "", "IB", 0, 0, "", 0, status, 0, 0, 0)
    tail = (UNSET, UNSET, 0, 1, 0, "", filled, INT, 0, "Not a holder", 0, 0, "9223372036854775807", time, words)
    return frame("101", *front, *flags, *middle, *delta_neutral, *rest, *tail, "", "", "", "", "")


def order_status(
    order_id: int = 7,
    perm_id: int = 900,
    status: str = "Submitted",
    *,
    filled: str = "0",
    remaining: str = "10",
    price: str = "0",
    client_id: int = 17,
    held: str = "",
) -> str:
    """Return an orderStatus."""
    return frame("3", order_id, status, filled, remaining, price, perm_id, 0, price, client_id, held, 0)


def execution(
    order_id: int = 7,
    perm_id: int = 900,
    *,
    ref: str = "",
    execution_id: str = "0000e0d5.67fe667b.01.01",
    time: str = "20250415 19:38:31 US/Eastern",
    shares: str = "10",
    price: str = "201.94",
    side: str = "BOT",
    cumulative: str = "10",
    client_id: int = 17,
    account: str = "DU1234567",
    request: int = -1,
    contract: tuple[str, ...] = AAPL,
    liquidity: int = 2,
) -> str:
    """Return an execDetails."""
    front = (request, order_id, *contract, execution_id, time, account, "IEX", side, shares, price)
    return frame("11", *front, perm_id, client_id, 0, cumulative, price, ref, "", "", "", liquidity)


def commission(execution_id: str = "0000e0d5.67fe667b.01.01", amount: str = "1.0", currency: str = "USD") -> str:
    """Return a commissionReport."""
    return frame("59", 1, execution_id, amount, currency, UNSET, UNSET, "")


def error(request_id: int, code: int, text: str) -> str:
    """Return an error."""
    return frame("4", 2, request_id, code, text, "")
