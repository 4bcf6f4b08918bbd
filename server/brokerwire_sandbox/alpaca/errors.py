"""Alpaca's error bodies: each row pairs a status, a code, a message and its extra fields as the service does.

Status and code are independent: a 422 may carry 40010001. Sources: section 2.8 of the project's reference, which names
the recordings; messages that no recording shows are marked "worded here".
"""

from decimal import Decimal
from typing import Any

from brokerwire_server.domain.decimals import format_decimal

NGINX_401 = (
    "<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body>\r\n"
    "<center><h1>401 Authorization Required</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
NGINX_502 = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
PROXY_PAGE = "<!doctype html><html><head><title>Sign in</title></head><body><h1>Network access</h1></body></html>"


class ApiError(Exception):
    """A request that is refused: HTTP status and JSON body. A body without a code has `code` 0."""

    def __init__(self, status: int, code: int, message: str, **extras: object) -> None:
        """Take the status and what the body says."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.body: dict[str, Any] = {"message": message, **extras}
        if code:
            self.body["code"] = code


def malformed(what: str = "request body format is invalid") -> ApiError:
    """400: the body is not what the path takes."""
    return ApiError(400, 40010000, what)


def invalid(message: str) -> ApiError:
    """422/40010001: a field is wrong or missing."""
    return ApiError(422, 40010001, message)


def duplicate_client_order_id() -> ApiError:
    """422/40010001: the id was used before, by whatever order."""
    return invalid("client_order_id must be unique")


def unprocessable(message: str) -> ApiError:
    """422/42210000: understood, and against a rule."""
    return ApiError(422, 42210000, message)


def sub_penny(field: str, price: Decimal) -> ApiError:
    """422/42210000: more decimals than the price may have."""
    text = format_decimal(price)
    return unprocessable(f"invalid {field} {text}. sub-penny increment does not fulfill minimum pricing criteria")


def forbidden(message: str, **extras: object) -> ApiError:
    """403/40310000: one code for many reasons; the extra fields tell them apart."""
    return ApiError(403, 40310000, message, **extras)


def insufficient_buying_power(available: Decimal, cost: Decimal) -> ApiError:
    """403/40310000 with buying_power and cost_basis."""
    return forbidden(
        "insufficient buying power",
        buying_power=format_decimal(available.quantize(Decimal("0.01"))),
        cost_basis=format_decimal(cost),
    )


def insufficient_quantity(
    symbol: str, requested: Decimal, *, available: Decimal, existing: Decimal, orders: list[str]
) -> ApiError:
    """403/40310000 with available, existing_qty, held_for_orders, symbol and, where orders hold it, related_orders."""
    have = format_decimal(available)
    extras: dict[str, Any] = {
        "available": have,
        "existing_qty": format_decimal(existing),
        "held_for_orders": format_decimal(existing - available),
        "symbol": symbol,
    }
    if orders:
        extras["related_orders"] = orders
    asked = format_decimal(requested)
    return forbidden(f"insufficient qty available for order (requested: {asked}, available: {have})", **extras)


def wash_trade(existing_order_id: str) -> ApiError:
    """403/40310000 with existing_order_id and reject_reason."""
    return forbidden(
        "potential wash trade detected. use complex orders",
        existing_order_id=existing_order_id,
        reject_reason="opposite side market/stop order exists",
    )


def long_while_short_open() -> ApiError:
    """403/40310000: a buy that would open while a short sale works."""
    return forbidden("cannot open a long buy while a short sell order is open")


def not_fractionable(symbol: str) -> ApiError:
    """403/40310000: fractions of an asset that has none."""
    return forbidden(f'asset "{symbol}" is not fractionable')


def covered_call(symbol: str, required: Decimal, available: Decimal, underlying_id: str) -> ApiError:
    """403/40310000 with available_qty, required_qty and underlying_asset_id."""
    need, have = format_decimal(required), format_decimal(available)
    return forbidden(
        f"insufficient underlying qty available for covered call (required: {need}, available: {have})",
        available_qty=have,
        required_qty=need,
        symbol=symbol,
        underlying_asset_id=underlying_id,
    )


def unchanged() -> ApiError:
    """403/40310000: a replace that changes nothing."""
    return forbidden("order parameters are not changed")


def not_found(what: str) -> ApiError:
    """404/40410000."""
    return ApiError(404, 40410000, what)


def unauthorized() -> ApiError:
    """401/40110000."""
    return ApiError(401, 40110000, "request is not authorized")


def wrong_host() -> ApiError:
    """403 without a code."""
    return ApiError(403, 0, "forbidden.")


def too_many_requests() -> ApiError:
    """429/42910000."""
    return ApiError(429, 42910000, "rate limit exceeded")


def server_error() -> ApiError:
    """500/50010000."""
    return ApiError(500, 50010000, "internal server error occurred")


def timed_out() -> ApiError:
    """504/50410000."""
    return ApiError(504, 50410000, "request timed out")
