"""The interface between the engine and its store.

The journal is the record; orders, fills, positions and activities are projections of it, written in the same
transaction: each projection row points at the journal event (account and sequence) that holds the state.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from brokerwire_server.domain.access import FactorRecord, PrincipalRecord, TokenRecord
from brokerwire_server.domain.accounts import Account, AccountState, Activity, PortfolioPoint
from brokerwire_server.domain.connections import Break, BreakState, BreakType, ConnectionSpec
from brokerwire_server.domain.events import Event
from brokerwire_server.domain.fills import Fill
from brokerwire_server.domain.orders import Order, OrderState
from brokerwire_server.domain.policies import RiskOverride, RiskPolicy
from brokerwire_server.domain.positions import Position
from brokerwire_server.domain.secrets import Secret
from brokerwire_server.domain.signing import SigningKey
from brokerwire_server.domain.trading import EquityMark, GuardLease, StateRecord

if TYPE_CHECKING:
    import asyncio


class StoreError(Exception):
    """The store can't do what was asked; the text says why and what to do about it."""


class DatabaseInUseError(StoreError):
    """Another process holds the database."""


class DatabaseTooNewError(StoreError):
    """The database was written by a newer version of the program."""


class JournalCorruptError(StoreError):
    """The journal does not read back as it was written."""


class CheckpointError(StoreError):
    """The checkpoints are not what the holder of their key wrote."""


class VaultError(StoreError):
    """Credentials can't be sealed or opened: the key is missing or another one, or a record was tampered with."""


class AccountHead(Struct, frozen=True, kw_only=True):
    """The end of an account's journal."""

    account: Account
    sequence: int
    hash: bytes


class JournalEnd(Struct, frozen=True, kw_only=True):
    """The last event of a journal."""

    account_id: str
    sequence: int
    hash: bytes


class OrderFilter(Struct, frozen=True, kw_only=True):
    """Which orders to list; empty fields match all. Times are nanoseconds, `before` exclusive."""

    account_ids: tuple[str, ...] = ()
    states: tuple[OrderState, ...] = ()
    symbols: tuple[str, ...] = ()
    client_order_id: str = ""
    parent_order_id: str = ""
    open_only: bool = False
    created_from: int = 0
    created_before: int = 0


class FillFilter(Struct, frozen=True, kw_only=True):
    """Which fills to list; empty fields match all."""

    account_ids: tuple[str, ...] = ()
    order_id: str = ""
    symbols: tuple[str, ...] = ()
    executed_from: int = 0
    executed_before: int = 0


class BreakFilter(Struct, frozen=True, kw_only=True):
    """Which breaks to list; empty fields match all."""

    account_ids: tuple[str, ...] = ()
    types: tuple[BreakType, ...] = ()
    states: tuple[BreakState, ...] = ()


class StoredConnection(Struct, frozen=True, kw_only=True):
    """A connection that a caller made, with its credential by the names of its parts."""

    spec: ConnectionSpec
    credential: Mapping[str, Secret]
    create_time: int = 0
    update_time: int = 0


class StoredPayload(Struct, frozen=True, kw_only=True):
    """Something that a broker sent, without its secrets; `original_length` is that of all of it, in bytes."""

    payload_id: str
    connection_id: str
    about: str
    time: int
    content: bytes
    original_length: int


class Rotation(Struct, frozen=True, kw_only=True):
    """What a rotation of keys did: how many values are sealed, and the id of the key that they are sealed under."""

    count: int
    key_id: str


class Verification(Struct, frozen=True, kw_only=True):
    """The result of checking an account's hash chain. `bad_sequence` is 0 where all is well."""

    account_id: str
    verified: int
    head_sequence: int
    head_hash: bytes
    ok: bool
    bad_sequence: int = 0
    problem: str = ""


class PolicyStore(Protocol):
    """Risk policies and overrides. Each `put` is durable when it returns, or raises `StoreError`."""

    async def policies(self) -> Sequence[RiskPolicy]:
        """Return the policy of every scope that has one."""

    async def put_policy(self, policy: RiskPolicy) -> None:
        """Store the policy of a scope, in place of the former one."""

    async def overrides(self) -> Sequence[RiskOverride]:
        """Return the latest overrides, ended ones too, oldest first."""

    async def put_override(self, override: RiskOverride) -> None:
        """Store an override, in place of the one with its id."""


class Store(Protocol):
    """Journal and projections of one gateway. All methods run on the event loop and never block it."""

    policies: PolicyStore
    """Risk policies and overrides."""

    epoch: int
    """Identifies this database's history; it changes when a database is restored or replaced."""

    trading: "TradingStore"
    """What decides whether trading is allowed, kept beside the journal."""

    @property
    def healthy(self) -> bool:
        """Whether the journal can be written."""

    async def open(self) -> None:
        """Migrate and open. Raises `DatabaseInUseError`, `DatabaseTooNewError` or `StoreError`."""

    async def close(self) -> None:
        """Write out what is queued and close."""

    def write(self, events: Sequence[Event], done: Callable[[StoreError | None], None]) -> None:
        """Queue events as `append` does; `done` is called on the event loop when they are durable or have failed."""

    def append(self, events: Sequence[Event]) -> "asyncio.Future[None]":
        """Queue events, all of one account and next in its sequence, as one atomic unit.

        The future is done when they are durable; appends become durable in the order of the calls, and many share one
        commit. It fails with `StoreError` where the write failed: then every later append fails too, until reopened.
        """

    async def heads(self) -> Sequence[AccountHead]:
        """Return every account with the end of its journal."""

    async def end(self, account_id: str) -> tuple[int, bytes]:
        """Return the last sequence and hash of a journal; 0 and 32 zero bytes where it has no events."""

    async def read(self, account_id: str, after_sequence: int, limit: int) -> Sequence[Event]:
        """Return up to `limit` events after a sequence, in order."""

    async def first_sequence(self, account_id: str) -> int:
        """Return the first sequence still stored (1 unless compacted)."""

    def events(self, account_id: str) -> AsyncIterator[Sequence[Event]]:
        """Yield the account's whole journal in batches, in order."""

    async def open_orders(self, account_id: str) -> Sequence[Order]:
        """Return the orders that have not ended."""

    async def client_order_ids(self, account_id: str) -> Sequence[str]:
        """Return every client order id ever used in the account."""

    async def get_order(self, account_id: str, order_id: str) -> Order | None:
        """Return an order by the gateway's id."""

    async def find_order(self, account_id: str, client_order_id: str) -> Order | None:
        """Return an order by the caller's id."""

    async def find_broker_order(
        self, account_id: str, broker_client_order_id: str, broker_order_id: str
    ) -> Order | None:
        """Return an order by either of the broker-side ids; an empty id matches nothing."""

    async def list_orders(self, where: OrderFilter, after: str, limit: int) -> tuple[Sequence[Order], str]:
        """Return a page, newest first, and the cursor of the next one (empty at the end); `after` is such a cursor."""

    async def list_fills(self, where: FillFilter, after: str, limit: int) -> tuple[Sequence[Fill], str]:
        """Return a page, newest first, and the cursor of the next one."""

    async def list_activities(
        self, account_ids: Sequence[str], types: Sequence[str], after: str, limit: int
    ) -> tuple[Sequence[Activity], str]:
        """Return a page of cash movements and fills (as FILL activities), newest first, and the next cursor."""

    async def positions(self, account_id: str) -> Sequence[Position]:
        """Return the account's positions as last journaled, closed ones left out."""

    def ledger(self, account_id: str) -> AsyncIterator[Sequence[Fill | Activity | Position]]:
        """Yield, in the order of the journal and in batches, all that moved cash or positions.

        Fills, cash movements that are not fills, and positions set by something other than a fill.
        """

    async def get_fill(self, account_id: str, fill_id: str) -> Fill | None:
        """Return a fill by its id."""

    async def account_state(self, account_id: str) -> AccountState | None:
        """Return the balances as last journaled."""

    async def open_breaks(self, account_id: str) -> Sequence[Break]:
        """Return the account's open breaks, and those that a person dismissed while the difference stands."""

    async def get_break(self, account_id: str, break_id: str) -> Break | None:
        """Return a break by its id, as last journaled."""

    async def list_breaks(self, where: BreakFilter, after: str, limit: int) -> tuple[Sequence[Break], str]:
        """Return a page by account and age, oldest first, and the cursor of the next one."""

    async def portfolio_history(self, account_id: str, from_time: int, to_time: int) -> Sequence[PortfolioPoint]:
        """Return the account's value over time, oldest first: the last one journaled in each minute."""

    async def verify(self, account_id: str, marks: Mapping[int, bytes] | None = None) -> Verification:
        """Check the account's hash chain from the first event to the last, and that `marks` are in it.

        A mark is the hash that an event had when it was checkpointed, by sequence.
        """


class Checkpoints(Protocol):
    """Where signed checkpoints of the journals are written, off the database."""

    async def open(self) -> Sequence[JournalEnd]:
        """Find the last checkpoint and return the ends that it states; none where there is no checkpoint yet.

        Raises:
            CheckpointError: the file is not what the holder of the key wrote.
            VaultError: the key can't be used.
        """

    async def write(self, ends: Sequence[JournalEnd], *, epoch: int, time: int) -> None:
        """Write a checkpoint durably. Raises `OSError` or `StoreError`."""

    async def marks(self) -> Mapping[str, Mapping[int, bytes]]:
        """Return what the checkpoints state, by account and sequence. Raises `CheckpointError` or `OSError`."""


class Notebook(Protocol):
    """What adapters must not forget over a restart, by connection."""

    async def get_note(self, connection_id: str, key: str) -> str | None:
        """Return what was noted last, or `None`. Raises `StoreError`."""

    async def put_note(self, connection_id: str, key: str, text: str) -> None:
        """Note it, and return when it is durable. Raises `StoreError`."""


class SigningKeys(Protocol):
    """The registered public keys with which orders are signed. None is ever deleted: signatures outlive their keys."""

    async def load(self) -> Sequence[SigningKey]:
        """Return all keys, the revoked ones too, by id. Raises `StoreError`."""

    async def put(self, key: SigningKey) -> None:
        """Store a key in place of the one with its id, durably. Raises `StoreError`."""


class Vault(Protocol):
    """The stored connections, their credentials sealed. A credential leaves it as `Secret` only."""

    async def open(self) -> Sequence[StoredConnection]:
        """Prove that the key is the right one and return what is stored, by id.

        Raises:
            VaultError: the key is missing or another one, or a record is damaged. No new key is ever made then.
        """

    async def put(self, stored: StoredConnection) -> None:
        """Store a connection in place of the one with its id, durably. Raises `VaultError` or `StoreError`."""

    async def delete(self, connection_id: str) -> None:
        """Destroy a connection and its credential. Raises `StoreError`."""

    async def put_secret(self, kind: str, name: str, field: str, secret: Secret) -> None:
        """Keep a secret that is no credential (`kind` says what it is), durably, in place of the one there.

        Raises:
            VaultError: the key is missing or another one, or `kind` is one that the vault itself uses.
            StoreError: it could not be written.
        """

    async def get_secret(self, kind: str, name: str, field: str) -> Secret | None:
        """Return a secret, `None` where there is none. Raises as `put_secret` does."""

    async def secrets(self, kind: str, name: str = "") -> Mapping[tuple[str, str], Secret]:
        """Return the secrets of a kind, of all names or of one, by name and field. Raises as `put_secret` does."""

    async def delete_secret(self, kind: str, name: str, field: str) -> None:
        """Destroy a secret, if it is there. Raises as `put_secret` does."""

    async def rotate(self, *, data_keys: bool) -> Rotation:
        """Seal everything under a new key, and with `data_keys` every value under a new key of its own as well.

        It may be interrupted anywhere and run again. Raises `VaultError` or `StoreError`.
        """


class TradingStore(Protocol):
    """Trading states, guard leases and equity marks. Each `put` is durable when it returns, or raises `StoreError`."""

    async def states(self) -> Sequence[StateRecord]:
        """Return the state of every scope that was ever set."""

    async def put_state(self, record: StateRecord) -> None:
        """Store the state of a scope, in place of the former one."""

    async def leases(self) -> Sequence[GuardLease]:
        """Return the leases that were not released."""

    async def put_lease(self, lease: GuardLease) -> None:
        """Store a lease, in place of the one with its id."""

    async def delete_lease(self, lease_id: str) -> None:
        """Forget a lease."""

    async def marks(self) -> Sequence[EquityMark]:
        """Return what the losses of each account are measured from."""

    async def put_mark(self, mark: EquityMark) -> None:
        """Store what the losses of an account are measured from."""

    async def delete_mark(self, account_id: str) -> None:
        """Forget what the losses of an account are measured from."""


class AccessRecords(Struct, frozen=True, kw_only=True):
    """Everything that is stored about who may call. `secrets` are those of second factors, by principal."""

    principals: Sequence[PrincipalRecord] = ()
    tokens: Sequence[TokenRecord] = ()
    factors: Sequence[FactorRecord] = ()
    secrets: Mapping[str, Secret] = {}


class AccessStore(Protocol):
    """Principals, tokens and second factors, each write durable when it returns. All raise `StoreError`.

    What touches the secret of a second factor raises `VaultError` where it can't be sealed or opened.
    """

    async def open(self) -> AccessRecords:
        """Return what is stored."""

    async def put_principal(self, record: PrincipalRecord) -> None:
        """Store a principal in place of the one with its name."""

    async def delete_principal(self, name: str) -> None:
        """Remove a principal, with its tokens and its second factor."""

    async def put_token(self, record: TokenRecord) -> None:
        """Store a token in place of the one with its id."""

    async def put_factor(self, record: FactorRecord, secret: Secret | None = None) -> None:
        """Store what is remembered of a second factor and, where it is a new one, seal its secret."""

    async def delete_factor(self, name: str) -> None:
        """Remove a principal's second factor and destroy its secret."""


class Payloads(Protocol):
    """What brokers sent, kept for a while."""

    async def open(self) -> None:
        """Begin to keep. Raises `StoreError`."""

    async def close(self) -> None:
        """Write out what waits, and end."""

    def keep(self, connection_id: str, about: str, content: bytes, time: int) -> str:
        """Queue a payload that holds no secret, and return its id; empty where it can't be kept. Never waits."""

    async def get(self, payload_id: str) -> StoredPayload | None:
        """Return a payload, `None` where it is not kept (any more). Raises `StoreError` where it was changed."""
