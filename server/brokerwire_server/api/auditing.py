"""What the audit trail says of calls: every one that was refused, and what was done that leaves no order behind.

Orders carry the name of who asked for them; a read leaves no trace unless it was denied.
"""

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from brokerwire.v1.trading_state_pb2 import TradingScope, TradingScopeKind
from brokerwire_server.api.errors import CallError, Described
from brokerwire_server.api.methods import Call, Method
from brokerwire_server.domain.errors import Code
from brokerwire_server.domain.events import AuditOutcome
from brokerwire_server.engine.access import Credentials
from brokerwire_server.engine.audit import Audit

_DENIED = frozenset({Code.PERMISSION_DENIED, Code.UNAUTHENTICATED})
_ORDERS = frozenset({"brokerwire.v1.OrderService", "brokerwire.v1.PositionService"})
"""The services whose effects are orders."""

_TARGETS = (
    "order_id",
    "client_order_id",
    "connection_id",
    "break_id",
    "symbol",
    "name",
    "token_id",
    "lease_id",
    "override_id",
)
_PRIVATE = ("secret", "password", "credential", "token", "otp", "code", "key")
_DEPTH = 3
_MANY = 10


class CallAudit:
    """Records calls in the audit trail."""

    def __init__(self, audit: Audit) -> None:
        """Write into `audit`."""
        self._audit = audit

    def failed(self, method: Method, request: object, call: Call, failure: CallError) -> None:
        """Record a call that was refused or failed: one that changes something, or that its caller may not make."""
        if failure.code is Code.UNAUTHENTICATED:
            self.turned_away(method.label, call.credentials, failure.described)
        elif method.mutates or failure.code in _DENIED:
            refused(self._audit, method.label, request, failure.described)

    def turned_away(self, action: str, credentials: Credentials, described: Described) -> None:
        """Record that somebody could not prove who it is, with where it came from and what it tried."""
        details = {"address": credentials.address or "this machine", "credential": credentials.kind}
        self._audit.record(action, outcome=AuditOutcome.REFUSED, reason=described.reason, details=details)

    async def done(self, method: Method, request: object) -> None:
        """Record a call that changed something other than orders, durably before it is answered."""
        if not method.mutates or method.service in _ORDERS or not isinstance(request, Message):
            return
        account_id = _text_field(request, "account_id")
        self._audit.record(
            method.label,
            account_id=account_id,
            target=_target(request),
            details=dict(_details(request)),
            repeats=True,
        )
        await self._audit.durable(account_id)


def refused(audit: Audit, action: str, request: object, described: Described) -> None:
    """Record that whoever acts now was refused something, or that it failed by a fault of ours.

    It is in the gateway's journal, whatever account was named: a call that is refused changes nothing in an account's.
    """
    message = _asked(request) if isinstance(request, Message) else None
    details = {"message": described.message}
    if message and (account_id := _text_field(message, "account_id")):
        details["account_id"] = account_id
    audit.record(
        action,
        outcome=AuditOutcome.FAILED if described.code is Code.INTERNAL else AuditOutcome.REFUSED,
        target=_target(message) if message else "",
        reason=described.reason,
        details=details,
    )


def _asked(request: Message) -> Message:
    """Return what names the account and the order: the order that a submission is about, else the request itself."""
    field = request.DESCRIPTOR.fields_by_name.get("order")
    if field is None or field.type != FieldDescriptor.TYPE_MESSAGE or field.is_repeated:
        return request
    order: Message = getattr(request, "order")  # noqa: B009 - known by its descriptor only
    return order


def _target(message: Message) -> str:
    found = (_text_field(message, name) for name in _TARGETS)
    return next(filter(None, found), "") or _scope(message)


def _scope(message: Message) -> str:
    scope = getattr(message, "scope", None)
    if not isinstance(scope, TradingScope) or not scope.kind:
        return ""
    kind = TradingScopeKind.Name(scope.kind).removeprefix("TRADING_SCOPE_KIND_")
    return f"{kind}:{scope.name}" if scope.name else kind


def _text_field(message: Message, name: str) -> str:
    field = message.DESCRIPTOR.fields_by_name.get(name)
    if field is None or field.type != FieldDescriptor.TYPE_STRING or field.is_repeated:
        return ""
    value: str = getattr(message, name)
    return value


def _details(message: Message, prefix: str = "", depth: int = _DEPTH) -> Iterator[tuple[str, str]]:
    """Yield what a request says, field by field; of what is or may be secret, only that it was said."""
    for field, value in message.ListFields():
        name = prefix + field.name
        if field.GetOptions().debug_redact or any(part in field.name for part in _PRIVATE):
            yield name, "***"
        elif field.is_repeated:
            yield name, _several(field, value)
        elif field.type == FieldDescriptor.TYPE_MESSAGE:
            if depth:
                yield from _details(value, f"{name}.", depth - 1)
        else:
            yield name, _scalar(field, value)


def _several(field: FieldDescriptor, values: Any) -> str:  # noqa: ANN401 - a repeated field, or a map
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        return f"{len(values)} given"
    return ", ".join(_scalar(field, value) for value in values[:_MANY])


def _scalar(field: FieldDescriptor, value: Any) -> str:  # noqa: ANN401 - any scalar
    if field.type == FieldDescriptor.TYPE_ENUM:
        known = field.enum_type.values_by_number.get(value) if field.enum_type else None
        return known.name if known is not None else str(value)
    return value.hex() if isinstance(value, bytes) else str(value)
