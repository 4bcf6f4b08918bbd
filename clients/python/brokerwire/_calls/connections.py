"""Calls of BrokerService that change connections, and those about breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brokerwire._calls.base import Call, Listing, call, listing, one_account, some_accounts
from brokerwire._wire import enum
from brokerwire.types.brokers import CheckReport, Connection, CreatedConnection, DeletedConnection
from brokerwire.types.enums import BreakResolution, BreakState, BreakType, Environment, OrderState
from brokerwire.types.journal import Break, Reconciliation
from brokerwire.v1 import broker_service_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PATIENCE = 60.0
"""Seconds to wait for a broker to be tried: it may have to be reached first."""


def create_connection(
    connection_id: str,
    broker: str,
    credentials: Mapping[str, str] | None = None,
    *,
    environment: Environment | str = "paper",
    display_name: str = "",
    settings: Mapping[str, str] | None = None,
    allow_unverified: bool = False,
    allow_withdrawals: bool = False,
) -> Call[CreatedConnection]:
    """Makes a connection. The gateway tries the credential first, and stores it encrypted.

    Args:
        connection_id: Your name for it. The same one with the same content returns the connection as it is.
        broker: The broker's id; `brokers()` says which there are and what each needs.
        credentials: The parts of the credential, by name. Nothing ever gives them back.
        environment: "paper" or "live". Live is never implied.
        display_name: Name for people.
        settings: The broker's own settings, by name.
        allow_unverified: Store it even if the broker cannot be reached now.
        allow_withdrawals: Accept a key of which the broker says that it can withdraw money.
    """
    request = pb.CreateConnectionRequest(
        connection_id=connection_id,
        broker=broker,
        environment=enum(Environment, environment, "environment"),
        display_name=display_name,
        settings=settings,
        credentials=credentials,
        allow_unverified=allow_unverified,
        allow_withdrawals=allow_withdrawals,
    )
    return call("CreateConnection", request, CreatedConnection.from_proto, patience=PATIENCE)


def delete_connection(connection_id: str, *, force: bool = False) -> Call[DeletedConnection]:
    """Ends a connection and destroys its credential. Its accounts become closed; their journals stay.

    Args:
        connection_id: Which.
        force: Even if orders are open; they stay at the broker, and nobody watches them.
    """
    request = pb.DeleteConnectionRequest(connection_id=connection_id, force=force)
    return call("DeleteConnection", request, DeletedConnection.from_proto, patience=PATIENCE)


def rotate_credentials(
    connection_id: str, credentials: Mapping[str, str], *, allow_withdrawals: bool = False
) -> Call[Connection]:
    """Replaces a connection's credential by one that reaches the same accounts. It is tried first.

    Args:
        connection_id: Which.
        credentials: All parts of the new credential, by name.
        allow_withdrawals: Accept a key of which the broker says that it can withdraw money.
    """
    request = pb.RotateCredentialsRequest(
        connection_id=connection_id, credentials=credentials, allow_withdrawals=allow_withdrawals
    )
    return call("RotateCredentials", request, _connection, patience=PATIENCE)


def _connection(response: pb.RotateCredentialsResponse) -> Connection:
    return Connection.from_proto(response.connection)


def check_connection(connection_id: str) -> Call[CheckReport]:
    """Tries, without changing anything, whatever a connection is for. A failed check is no exception: look at `ok`."""
    request = pb.CheckConnectionRequest(connection_id=connection_id)
    return call("CheckConnection", request, CheckReport.from_proto, patience=PATIENCE)


def reconcile(account: str | None = None, *, connection_id: str | None = None) -> Call[tuple[Reconciliation, ...]]:
    """Compares an account, or all accounts of a connection, with the broker now, and says what was found."""
    request = pb.ReconcileRequest()
    blank = None
    if connection_id is None:
        blank = one_account(request, account)
    else:
        request.connection_id = connection_id
    return call("Reconcile", request, _reconciliations, blank, patience=PATIENCE)


def _reconciliations(response: pb.ReconcileResponse) -> tuple[Reconciliation, ...]:
    return tuple(map(Reconciliation.from_proto, response.reconciliations))


def breaks(
    *,
    types: Sequence[BreakType | str] = (),
    states: Sequence[BreakState | str] = (),
    page_size: int = 0,
    account: str | None = None,
) -> Listing[Break]:
    """Lists differences between our books and the brokers', oldest first; the open ones if no state is named."""
    request = pb.ListBreaksRequest(
        types=[enum(BreakType, kind, "types") for kind in types],
        states=[enum(BreakState, state, "states") for state in states],
        page_size=page_size,
    )
    return listing("ListBreaks", request, "breaks", Break, some_accounts(request, account))


def resolve_break(
    found: Break | str,
    resolution: BreakResolution | str,
    note: str,
    *,
    by: str,
    order_state: OrderState | str | None = None,
    account: str | None = None,
) -> Call[Break]:
    """Settles an open break as a person decided.

    Args:
        found: The break, or its break_id.
        resolution: "accept_broker", "not_placed" or "dismiss".
        note: Why. It is journaled.
        by: Who decided. It is journaled.
        order_state: How the order ended, for "accept_broker" of a "status_drift".
        account: The break's account if only its id is given; the client's own if absent.
    """
    request = pb.ResolveBreakRequest(
        break_id=found.break_id if isinstance(found, Break) else found,
        resolution=enum(BreakResolution, resolution, "resolution"),
        order_state=enum(OrderState, order_state, "order_state"),
        resolved_by=by,
        note=note,
    )
    blank = one_account(request, found.account_id if isinstance(found, Break) else account)
    return call("ResolveBreak", request, lambda response: Break.from_proto(response.break_record), blank)
