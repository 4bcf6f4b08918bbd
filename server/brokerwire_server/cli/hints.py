"""What to do next, by what went wrong."""

from brokerwire.errors import BrokerwireError, DeadlineExceeded, Unavailable
from brokerwire_server.cli.exits import CommandFailure, Exit

_BY_REASON = {
    "ACCOUNT_NOT_FOUND": "the accounts there are: brokerwire accounts",
    "ACCOUNT_EXISTS": "choose another id, or look at this one: brokerwire account --account {account_id}",
    "ACCOUNT_RESTRICTED": "see what is still open: brokerwire orders list --open; brokerwire positions",
    "ORDER_NOT_FOUND": "the orders there are: brokerwire orders list",
    "POSITION_NOT_FOUND": "the positions there are: brokerwire positions",
    "INSTRUMENT_NOT_FOUND": "look for it: brokerwire search TEXT",
    "BROKER_NOT_FOUND": "the brokers there are: brokerwire brokers",
    "CLIENT_ORDER_ID_CONFLICT": "that id is taken by another order: brokerwire orders get {client_order_id}",
    "INSUFFICIENT_BUYING_POWER": "see what there is: brokerwire account; on paper: brokerwire sim fund AMOUNT",
    "INSUFFICIENT_POSITION": "see what is held: brokerwire positions; to sell short: side sell_short",
    "MARKET_CLOSED": "see when it opens: brokerwire clock",
    "PRICE_UNAVAILABLE": "on paper, set one: brokerwire sim price SYMBOL --bid PRICE --ask PRICE",
    "VERSION_MISMATCH": "read the order again: brokerwire orders get {order_id}",
    "ORDER_OUTCOME_PENDING": "wait until its outcome is known: brokerwire orders watch",
    "ORDER_NOT_CANCELABLE": "it is over: brokerwire orders get {order_id}",
    "ORDER_NOT_REPLACEABLE": "it is over, or its broker can't replace: brokerwire orders get {order_id}",
    "CLOCK_NOT_STEERABLE": "pause it first: brokerwire sim pause",
    "NOT_A_PAPER_ACCOUNT": "the simulator works on paper accounts only: brokerwire accounts",
    "CONNECTION_NOT_FOUND": "the connections there are: brokerwire connections",
    "CONNECTION_EXISTS": "look at it: brokerwire connections show {connection_id}",
    "ACCOUNT_CONNECTED": "use that one, or end it first: brokerwire connections remove {connection_id}",
    "CREDENTIALS_REFUSED": "check each part, and that the key is for {environment}; nothing was stored",
    "CREDENTIALS_OF_OTHER_ACCOUNT": "for another account make another connection: brokerwire connections add",
    "CONNECTION_IN_USE": "cancel them first: brokerwire orders list --open; or leave them to the broker: --force",
    "BROKER_UNAVAILABLE": "see the links: brokerwire connections; a new one may be stored untried: --allow-unverified",
    "VAULT_UNAVAILABLE": "look at the server's log; docs/operations.md says what the vault needs",
    "PAYLOAD_NOT_FOUND": "an event's cause ends with its id: brokerwire events list",
    "WITHDRAWALS_ALLOWED": "make a key that can't withdraw; if it must be this one: --allow-withdrawals",
    "BREAK_NOT_FOUND": "the open breaks are: brokerwire breaks",
    "BREAK_CLOSED": "see how it was closed: brokerwire breaks list --state resolved --state healed",
    "BREAK_CHANGED": "compare again: brokerwire reconcile --account {account_id}",
    "JOURNAL_UNAVAILABLE": "the server's disk is full or failing: look at its log, then restart it",
    "TRADING_HALTED": "see who did it and why: brokerwire trading-state; to let it go on: brokerwire resume",
    "ACCOUNT_NOT_ARMED": "arm it: brokerwire arm --account {account_id}",
    "RISK_REJECTED": "the limits in force, and where they come from: brokerwire risk show",
    "OVERRIDE_NOT_FOUND": "the overrides are: brokerwire risk overrides",
    "LEASE_NOT_FOUND": "the guard leases are: brokerwire trading-state --leases",
    "GATEWAY_DRAINING": "it is shutting down: try again when it is back",
    "GATEWAY_OVERLOADED": "try again in a moment",
    "UNAUTHENTICATED": "name your token: --bearer-file FILE or BROKERWIRE_TOKEN; who makes them: brokerwire tokens",
    "PERMISSION_DENIED": "see what you may do: brokerwire principals me",
    "SECOND_FACTOR_REQUIRED": "give a fresh code: --otp CODE; to have one: brokerwire second-factor enrol",
    "PRINCIPAL_NOT_FOUND": "the principals there are: brokerwire principals; to make one: --role ROLE",
    "SIGNATURE_REQUIRED": "sign it: --signing-key FILE --key-id ID; the keys there are: brokerwire signing-keys",
    "SIGNING_KEY_NOT_FOUND": "the keys there are: brokerwire signing-keys",
    "TOKEN_NOT_FOUND": "the tokens there are: brokerwire tokens",
    "INTERNAL": "a fault of the gateway: its log has the details under error id {error_id}",
}


def failure(error: BrokerwireError, address: str) -> CommandFailure:
    """Return how a command ends that met this error."""
    if error.sent == "unknown":
        look = f"look it up: brokerwire orders get {error.client_order_id}" if error.client_order_id else ""
        return CommandFailure(f"{_what(error)}; the outcome is not known", look, Exit.INDETERMINATE)
    if not error.reason and isinstance(error, Unavailable | DeadlineExceeded):
        where = f"at {address}" if address else "on this machine"
        return CommandFailure(
            f"no gateway answers {where}", "start one with: brokerwire serve (or name it: --address)", Exit.UNREACHABLE
        )
    return CommandFailure(_what(error), _hint(error), Exit.FAILED)


def _what(error: BrokerwireError) -> str:
    parts = [error.message]
    parts += [f"{v.field}: {v.description}" for v in error.violations if v.description not in error.message]
    return f"{'; '.join(parts)} [{error.reason or error.code.name}]"


def _hint(error: BrokerwireError) -> str:
    if error.reason == "FIELD_REQUIRED" and error.metadata.get("field", "").startswith("account"):
        return "name one with --account ID; the accounts there are: brokerwire accounts"
    if supported := error.metadata.get("supported"):
        return f"supported: {supported}"
    if error.retry_after:
        return f"try again in {error.retry_after:g} s"
    try:
        return _BY_REASON.get(error.reason, "").format_map(error.metadata)
    except KeyError:
        return _BY_REASON[error.reason].partition(":")[0]
