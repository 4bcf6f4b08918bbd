"""The tables of a gateway's database.

The journal is the record. Every other row is a projection that points at the journal event (account and sequence)
which holds the state, so that an order or a fill is stored once. Times are nanoseconds, money is decimal text.
"""

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData, Table, Text, text
from sqlmodel import Field, SQLModel

METADATA = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"},
)
"""The tables by name; the migrations lead to exactly these."""

_NO_ROWID: dict[str, Any] = {"sqlite_with_rowid": False}


class _Row(SQLModel):
    metadata: ClassVar[MetaData] = METADATA


def _key(kind: type[Text | BigInteger] = Text) -> Any:  # noqa: ANN401
    return Field(primary_key=True, sa_type=kind, sa_column_kwargs={"autoincrement": False})


def _blob() -> Any:  # noqa: ANN401
    return Field(sa_column=Column(LargeBinary, nullable=False))


def _text() -> Any:  # noqa: ANN401
    return Field(sa_type=Text)


def _int() -> Any:  # noqa: ANN401
    return Field(sa_type=BigInteger)


class MetaRow(_Row, table=True):
    """Facts about the database as a whole: `epoch`."""

    __tablename__ = "meta"
    __table_args__ = (_NO_ROWID,)

    key: str = _key()
    value: str = _text()


class JournalRow(_Row, table=True):
    """One event. `body` is its canonical JSON, as hashed."""

    __tablename__ = "journal"

    account_id: str = _key()
    sequence: int = _key(BigInteger)
    epoch: int = _int()
    time: int = _int()
    type: str = _text()
    causation: str = _text()
    body: bytes = _blob()
    previous_hash: bytes = _blob()
    hash: bytes = _blob()


class AccountRow(_Row, table=True):
    """An account's journal: where it starts and ends, and the latest events that state the account and its balances.

    `account_sequence` and `state_sequence` are 0 where there is no such event yet.
    """

    __tablename__ = "accounts"
    __table_args__ = (_NO_ROWID,)

    account_id: str = _key()
    first_sequence: int = _int()
    head_sequence: int = _int()
    head_hash: bytes = _blob()
    account_sequence: int = _int()
    state_sequence: int = _int()


class OrderRow(_Row, table=True):
    """An order; `sequence` is the event with its latest state. `create_time` is the first one told: a paging key."""

    __tablename__ = "orders"
    __table_args__ = (
        Index(
            "ux_orders_client",
            "account_id",
            "client_order_id",
            unique=True,
            sqlite_where=text("client_order_id <> ''"),
            postgresql_where=text("client_order_id <> ''"),
        ),
        # The symbol rides along, so that a list by symbol walks this index and no other.
        Index("ix_orders_time", "account_id", "create_time", "order_id", "symbol"),
        Index(
            "ix_orders_open",
            "account_id",
            "create_time",
            "order_id",
            sqlite_where=text("terminal = 0"),
            postgresql_where=text("terminal = 0"),
        ),
        Index(
            "ix_orders_parent",
            "account_id",
            "parent_order_id",
            sqlite_where=text("parent_order_id <> ''"),
            postgresql_where=text("parent_order_id <> ''"),
        ),
        Index("ix_orders_broker_client", "account_id", "broker_client_order_id"),
        _NO_ROWID,
    )

    account_id: str = _key()
    order_id: str = _key()
    client_order_id: str = _text()
    broker_client_order_id: str = _text()
    parent_order_id: str = _text()
    state: str = _text()
    terminal: int = _int()
    symbol: str = _text()
    create_time: int = _int()
    sequence: int = _int()


class BrokerOrderIdRow(_Row, table=True):
    """Which order a broker's id means."""

    __tablename__ = "broker_order_ids"
    __table_args__ = (_NO_ROWID,)

    account_id: str = _key()
    broker_order_id: str = _key()
    order_id: str = _text()


class FillRow(_Row, table=True):
    """A fill. Its id is unique in the account for ever."""

    __tablename__ = "fills"
    __table_args__ = (
        Index("ux_fills_id", "account_id", "fill_id", unique=True),
        Index("ix_fills_time", "account_id", "execution_time", "sequence", "symbol"),
        Index("ix_fills_order", "account_id", "order_id", "execution_time", "sequence"),
        _NO_ROWID,
    )

    account_id: str = _key()
    sequence: int = _key(BigInteger)
    fill_id: str = _text()
    order_id: str = _text()
    symbol: str = _text()
    execution_time: int = _int()


class ActivityRow(_Row, table=True):
    """A movement of cash that is not a fill (fills have a table of their own)."""

    __tablename__ = "activities"
    __table_args__ = (Index("ix_activities_time", "account_id", "time", "sequence"), _NO_ROWID)

    account_id: str = _key()
    sequence: int = _key(BigInteger)
    activity_id: str = _text()
    type: str = _text()
    time: int = _int()


class PositionRow(_Row, table=True):
    """The latest position in a symbol."""

    __tablename__ = "positions"
    __table_args__ = (_NO_ROWID,)

    account_id: str = _key()
    symbol: str = _key()
    closed: int = _int()
    sequence: int = _int()


class BreakRow(_Row, table=True):
    """The latest state of a difference between our book and the broker's."""

    __tablename__ = "breaks"
    __table_args__ = (
        Index(
            "ix_breaks_open",
            "account_id",
            "sequence",
            sqlite_where=text("open = 1"),
            postgresql_where=text("open = 1"),
        ),
        _NO_ROWID,
    )

    account_id: str = _key()
    break_id: str = _key()
    open: int = _int()
    sequence: int = _int()


class AccountHistoryRow(_Row, table=True):
    """The value of an account in one minute: the last one journaled in it."""

    __tablename__ = "account_history"
    __table_args__ = (_NO_ROWID,)

    account_id: str = _key()
    minute: int = _key(BigInteger)
    time: int = _int()
    equity: str = _text()
    cash: str = _text()
    profit_loss: str = _text()


class ConnectionRow(_Row, table=True):
    """A connection that a caller made. `settings` is a JSON object of texts."""

    __tablename__ = "connections"
    __table_args__ = (_NO_ROWID,)

    connection_id: str = _key()
    broker: str = _text()
    environment: str = _text()
    display_name: str = _text()
    settings: str = _text()
    create_time: int = _int()
    update_time: int = _int()


class AdapterNoteRow(_Row, table=True):
    """What the adapter of a connection must not forget over a restart. It stays when the connection is deleted."""

    __tablename__ = "adapter_notes"
    __table_args__ = (_NO_ROWID,)

    connection_id: str = _key()
    key: str = _key()
    text: str = _text()


class SecretRow(_Row, table=True):
    """One sealed value: its own data key, wrapped by the key with `key_id`, and the value under the data key.

    `kind` is `credential`, `second_factor` (`connection_id` is the principal), or `canary` for the one record that
    proves the key.
    """

    __tablename__ = "secrets"
    __table_args__ = (_NO_ROWID,)

    kind: str = _key()
    connection_id: str = _key()
    field: str = _key()
    key_id: str = _text()
    wrapped_key: bytes = _blob()
    sealed: bytes = _blob()


class TradingStateRow(_Row, table=True):
    """The trading state of one scope, as last set."""

    __tablename__ = "trading_states"
    __table_args__ = (_NO_ROWID,)

    scope_kind: str = _key()
    scope_name: str = _key()
    state: str = _text()
    principal: str = _text()
    reason: str = _text()
    time: int = _int()


class GuardLeaseRow(_Row, table=True):
    """A guard lease that was not released. `ttl` is in nanoseconds."""

    __tablename__ = "guard_leases"
    __table_args__ = (_NO_ROWID,)

    lease_id: str = _key()
    scope_kind: str = _text()
    scope_name: str = _text()
    ttl: int = _int()
    cancel: int = _int()
    state: str = _text()
    principal: str = _text()
    reason: str = _text()
    lease_state: str = _text()
    create_time: int = _int()
    fire_time: int = _int()


class EquityMarkRow(_Row, table=True):
    """What an account's losses are measured from."""

    __tablename__ = "equity_marks"
    __table_args__ = (_NO_ROWID,)

    account_id: str = _key()
    session: str = _text()
    time: int = _int()
    start: str = _text()
    high: str = _text()
    flows: str = _text()


class SigningKeyRow(_Row, table=True):
    """A public key with which `principal` signs orders. `revoke_time` is 0 while it is good."""

    __tablename__ = "signing_keys"
    __table_args__ = (_NO_ROWID,)

    key_id: str = _key()
    principal: str = _text()
    public_key: bytes = _blob()
    description: str = _text()
    create_time: int = _int()
    revoke_time: int = _int()


class PrincipalRow(_Row, table=True):
    """Somebody who may call. `scope` is a JSON object of all that its roles are narrowed by."""

    __tablename__ = "principals"
    __table_args__ = (_NO_ROWID,)

    name: str = _key()
    roles: str = _text()
    scope: str = _text()
    disabled: int = _int()
    create_time: int = _int()
    update_time: int = _int()


class TokenRow(_Row, table=True):
    """A bearer token. `digest` is the SHA-256 of its secret; `addresses` is a JSON list."""

    __tablename__ = "tokens"
    __table_args__ = (Index("ix_tokens_principal", "principal", "token_id"), _NO_ROWID)

    token_id: str = _key()
    principal: str = _text()
    digest: bytes = _blob()
    create_time: int = _int()
    expire_time: int = _int()
    revoke_time: int = _int()
    addresses: str = _text()
    description: str = _text()
    created_by: str = _text()


class FactorRow(_Row, table=True):
    """What is remembered of a principal's second factor; its secret is in `secrets`."""

    __tablename__ = "second_factors"
    __table_args__ = (_NO_ROWID,)

    principal: str = _key()
    last_step: int = _int()
    failures: int = _int()
    locked_until: int = _int()


class RiskPolicyRow(_Row, table=True):
    """The limits that are set for a scope. `limits` is a JSON object of texts."""

    __tablename__ = "risk_policies"
    __table_args__ = (_NO_ROWID,)

    scope_kind: str = _key()
    scope_name: str = _key()
    limits: str = _text()
    version: int = _int()
    update_time: int = _int()
    updated_by: str = _text()
    reason: str = _text()


class RiskOverrideRow(_Row, table=True):
    """That a soft rule does not reject within a scope until a time."""

    __tablename__ = "risk_overrides"
    __table_args__ = (_NO_ROWID,)

    override_id: str = _key()
    rule: str = _text()
    scope_kind: str = _text()
    scope_name: str = _text()
    reason: str = _text()
    created_by: str = _text()
    create_time: int = _int()
    expire_time: int = _int()
    revoke_time: int = _int()
    revoked_by: str = _text()


def _table(row: type[_Row]) -> Table:
    return METADATA.tables[str(row.__tablename__)]


META = _table(MetaRow)
JOURNAL = _table(JournalRow)
ACCOUNTS = _table(AccountRow)
ORDERS = _table(OrderRow)
BROKER_ORDER_IDS = _table(BrokerOrderIdRow)
FILLS = _table(FillRow)
ACTIVITIES = _table(ActivityRow)
POSITIONS = _table(PositionRow)
BREAKS = _table(BreakRow)
ACCOUNT_HISTORY = _table(AccountHistoryRow)
CONNECTIONS = _table(ConnectionRow)
SECRETS = _table(SecretRow)
ADAPTER_NOTES = _table(AdapterNoteRow)
TRADING_STATES = _table(TradingStateRow)
GUARD_LEASES = _table(GuardLeaseRow)
EQUITY_MARKS = _table(EquityMarkRow)
SIGNING_KEYS = _table(SigningKeyRow)
PRINCIPALS = _table(PrincipalRow)
TOKENS = _table(TokenRow)
FACTORS = _table(FactorRow)
RISK_POLICIES = _table(RiskPolicyRow)
RISK_OVERRIDES = _table(RiskOverrideRow)
