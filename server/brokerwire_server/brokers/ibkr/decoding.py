"""Puts our own decoders in place of the library's wherever it would make a float or swallow what it can't read.

Both libraries look a message's handler up in `client.decoder.handlers` by its id, and log an exception of it and go on:
the message is lost. Here it is told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from decimal import Decimal
from math import isfinite
from typing import Any

from brokerwire_server.brokers.ibkr.fields import Fields, number, whole
from brokerwire_server.brokers.ibkr.order_frames import completed_order, open_order, read_contract
from brokerwire_server.brokers.ibkr.records import Commission, Execution, OrderStatus
from brokerwire_server.domain.decimals import ZERO

Dispatch = Callable[..., None]
Failed = Callable[[str, Sequence[str], Exception], None]
"""Told a message's name or id, its fields, and what was wrong."""

_UNSET_FLOAT = 1.7976931348623157e308

_READERS: Mapping[str, Callable[[str], object]] = {"i": whole, "n": number, "s": str, "b": lambda text: text == "1"}

_PLAIN: Mapping[int, tuple[str, int, str]] = {
    1: ("tickPrice", 2, "iinni"),
    2: ("tickSize", 2, "iin"),
    6: ("updateAccountValue", 2, "ssss"),
    8: ("updateAccountTime", 2, "s"),
    9: ("nextValidId", 2, "i"),
    15: ("managedAccounts", 2, "s"),
    21: ("tickOptionComputation", 1, "iiinnnnnnnn"),
    45: ("tickGeneric", 2, "iin"),
    46: ("tickString", 2, "iis"),
    49: ("currentTime", 2, "i"),
    52: ("contractDetailsEnd", 2, "i"),
    53: ("openOrderEnd", 2, ""),
    54: ("accountDownloadEnd", 2, "s"),
    55: ("execDetailsEnd", 2, "i"),
    57: ("tickSnapshotEnd", 2, "i"),
    58: ("marketDataType", 2, "ii"),
    62: ("positionEnd", 2, ""),
    63: ("accountSummary", 2, "issss"),
    64: ("accountSummaryEnd", 2, "i"),
    72: ("positionMultiEnd", 2, "i"),
    73: ("accountUpdateMulti", 2, "isssss"),
    74: ("accountUpdateMultiEnd", 2, "i"),
    76: ("securityDefinitionOptionParameterEnd", 1, "i"),
    81: ("tickReqParams", 1, "insi"),
    94: ("pnl", 1, "innn"),
    95: ("pnlSingle", 1, "innnnn"),
    100: ("orderBound", 1, "iii"),
    102: ("completedOrdersEnd", 1, ""),
}
"""By message id: the callback, how many fields come before its arguments, and their kinds."""


def install(client: Any, dispatch: Dispatch, failed: Failed) -> None:  # noqa: ANN401
    """Have every message of a client decoded here or guarded here, and passed to `dispatch(name, *arguments)`."""
    decoder = client.decoder
    own: dict[int, Callable[[Sequence[str]], None]] = {
        3: lambda message: dispatch("orderStatus", (row := order_status(message)).order_id, row),
        4: lambda message: dispatch("error", *_error(message)),
        5: lambda message: dispatch("openOrder", (row := open_order(message, decoder.serverVersion)).order_id, row),
        7: lambda message: dispatch("updatePortfolio", *_portfolio(message)),
        11: lambda message: dispatch("execDetails", whole(message[1]), execution(message)),
        59: lambda message: dispatch("commissionReport", commission(message)),
        61: lambda message: dispatch("position", *_position(message)),
        93: lambda message: dispatch("marketRule", *_market_rule(message)),
        101: lambda message: dispatch("completedOrder", completed_order(message, decoder.serverVersion)),
    }
    own.update((key, _plain(dispatch, *shape)) for key, shape in _PLAIN.items())
    guarded = {key: _guard(key, own.get(key, theirs), failed) for key, theirs in decoder.handlers.items()}
    decoder.handlers = _Handlers(guarded, failed)
    decoder.logger = _Loud(failed)


class _Handlers(dict[int, Callable[[list[str]], None]]):
    """The handlers by message id; one that is not known is told of as well."""

    def __init__(self, handlers: Mapping[int, Callable[[list[str]], None]], failed: Failed) -> None:
        super().__init__(handlers)
        self._failed = failed

    def __missing__(self, key: int) -> Callable[[list[str]], None]:
        return lambda fields: self._failed(str(key), fields, ValueError("a message of an unknown kind"))


class _Loud:
    """In the place of the decoder's logger, which is where it puts what it could not read."""

    def __init__(self, failed: Failed) -> None:
        self._failed = failed

    def exception(self, text: str, *_: object) -> None:
        self._failed("", (), ValueError(text[:200]))


def _guard(key: int, handler: Callable[[list[str]], None], failed: Failed) -> Callable[[list[str]], None]:
    def handle(fields: list[str]) -> None:
        try:
            handler(fields)
        except Exception as error:  # whatever it is, the message is not lost in silence
            failed(str(key), fields, error)

    return handle


def _plain(dispatch: Dispatch, name: str, skip: int, kinds: str) -> Callable[[Sequence[str]], None]:
    readers = [_READERS[kind] for kind in kinds]

    def handle(message: Sequence[str]) -> None:
        arguments = message[skip : skip + len(readers)]
        if len(arguments) < len(readers):
            raise ValueError(f"{name} has {len(message)} fields")
        dispatch(name, *(read(text) for read, text in zip(readers, arguments, strict=True)))

    return handle


def order_status(message: Sequence[str]) -> OrderStatus:
    """Read an orderStatus. Raises `ValueError`."""
    fields = Fields(message, 1)
    order_id, status = fields.whole(), fields.text()
    filled, remaining, average = fields.number() or ZERO, fields.number() or ZERO, fields.number()
    perm_id, parent_id = fields.whole(), fields.whole()
    fields.skip(1)  # lastFillPrice
    return OrderStatus(
        order_id=order_id,
        status=status,
        filled=filled,
        remaining=remaining,
        average_price=average,
        perm_id=perm_id,
        parent_id=parent_id,
        client_id=fields.whole(),
        why_held=fields.text(),
    )


def execution(message: Sequence[str]) -> Execution:
    """Read an execDetails. Raises `ValueError`."""
    fields = Fields(message, 2)
    values: dict[str, Any] = {"order_id": fields.whole(), "contract": read_contract(fields)}
    for name in ("execution_id", "time", "account", "exchange", "side"):
        values[name] = fields.text()
    values["shares"], values["price"] = fields.amount(), fields.amount()
    values["perm_id"], values["client_id"] = fields.whole(), fields.whole()
    fields.skip(1)  # liquidation
    values["cumulative"] = fields.number() or ZERO
    fields.skip(1)  # average price
    values["order_ref"] = fields.text()
    fields.skip(3)  # evRule, evMultiplier, modelCode
    values["liquidity"] = fields.whole() if fields.left else 0
    return Execution(**values)


def commission(message: Sequence[str]) -> Commission:
    """Read a commissionReport. Raises `ValueError`."""
    fields = Fields(message, 2)
    return Commission(
        execution_id=fields.text(), amount=fields.number(), currency=fields.text(), realized=fields.number()
    )


def _error(message: Sequence[str]) -> tuple[int, int, str, str]:
    fields = Fields(message, 2)
    return fields.whole(), fields.whole(), fields.text(), fields.text() if fields.left else ""


def _portfolio(message: Sequence[str]) -> tuple[object, ...]:
    fields = Fields(message, 2)
    contract = read_contract(fields)
    contract.primaryExchange, contract.exchange = contract.exchange, ""
    numbers = [fields.number() for _ in range(6)]
    return (contract, *numbers, fields.text())


def _position(message: Sequence[str]) -> tuple[object, ...]:
    fields = Fields(message, 2)
    account, contract = fields.text(), read_contract(fields)
    return account, contract, fields.amount(), fields.number()


def _market_rule(message: Sequence[str]) -> tuple[int, list[tuple[Decimal, Decimal]]]:
    fields = Fields(message, 1)
    rule, count = fields.whole(), fields.whole()
    return rule, [(fields.amount(), fields.amount()) for _ in range(count)]


def exact(value: Any) -> Any:  # noqa: ANN401
    """Return what a handler of the library passes on, without floats: its shortest text made each of them exact."""
    if isinstance(value, float):
        unset = not isfinite(value) or abs(value) == _UNSET_FLOAT
        return None if unset else Decimal(repr(value))
    if isinstance(value, list | tuple):
        return type(value)(exact(one) for one in value) if not hasattr(value, "_fields") else value
    if is_dataclass(value) and not isinstance(value, type):
        for field in dataclass_fields(value):
            before = getattr(value, field.name)
            if isinstance(before, float | list) or is_dataclass(before):
                setattr(value, field.name, exact(before))
    return value
