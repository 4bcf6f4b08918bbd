"""Reach by scope: which scopes whoever acts may set and look into, and which states he is told of.

A principal that is narrowed to accounts reaches these and what is set for itself. An account out of reach does not
exist; whatever else is wider than its accounts is denied. What stops its orders it is told all the same.
"""

from brokerwire_server.domain.errors import DeniedError, NotFoundError
from brokerwire_server.domain.trading import Scope, ScopeKind
from brokerwire_server.engine.accounts import Accounts
from brokerwire_server.engine.acting import acting


def within_reach(scope: Scope) -> bool:
    """Whether whoever acts reaches all of a scope."""
    principal = acting()
    match scope.kind:
        case ScopeKind.ACCOUNT:
            return principal.reaches(scope.name)
        case ScopeKind.PRINCIPAL if scope.name == principal.name:
            return True
    return not principal.accounts


def need_reach(accounts: Accounts, scope: Scope) -> None:
    """Raise where a scope is not for whoever acts, or names nothing. Principals and symbols may yet come to be.

    Raises:
        NotFoundError: no such account or broker, or an account out of reach.
        DeniedError: the scope is wider than the accounts that the principal is narrowed to.
    """
    if scope.kind is ScopeKind.ACCOUNT:
        accounts.get(scope.name)
    elif not within_reach(scope):
        principal = acting()
        text = f"{principal.name} is limited to some accounts, and {scope} is beyond them"
        metadata = {"principal": principal.name, "needed": f"reach of {scope}"}
        raise DeniedError("PERMISSION_DENIED", text, metadata=metadata)
    brokers = sorted({account.adapter.broker for account in accounts})
    if scope.kind is ScopeKind.BROKER and scope.name not in brokers:
        text = f"no account is at broker {scope.name[:64]!r}; brokers here: {', '.join(brokers) or 'none'}"
        raise NotFoundError("BROKER_NOT_FOUND", text, metadata={"broker": scope.name})


def concerns(accounts: Accounts, scope: Scope) -> bool:
    """Whether a scope's state may stop orders of whoever acts, or is within its reach anyhow."""
    match scope.kind:
        case ScopeKind.GLOBAL | ScopeKind.SYMBOL:
            return True
        case ScopeKind.BROKER if any(account.adapter.broker == scope.name for account in accounts.reached()):
            return True
    return within_reach(scope)
