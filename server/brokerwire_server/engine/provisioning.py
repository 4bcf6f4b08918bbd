"""Connections that are made, changed and taken away while the gateway runs.

A credential is tried before it is stored, and stored before it is used: after a crash the connection is there, or was
never answered for.
"""

import asyncio
import logging
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.brokers.base import BrokerAdapter, BrokerKind, Kinds, Tools
from brokerwire_server.domain.connections import Check, Connection, ConnectionOrigin, ConnectionSpec, LinkState
from brokerwire_server.domain.errors import (
    BrokerwireError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    PreconditionError,
    UnavailableError,
)
from brokerwire_server.domain.secrets import Secret, scrub
from brokerwire_server.engine.accounts import Accounts, Link, ManagedAccount
from brokerwire_server.engine.connections import Connections
from brokerwire_server.engine.detached import DetachedBroker
from brokerwire_server.engine.linking import Linker, identity
from brokerwire_server.engine.payloads import keeper
from brokerwire_server.engine.seams import Seams
from brokerwire_server.engine.specs import build
from brokerwire_server.engine.tasks import Tasks
from brokerwire_server.engine.trial import Finding, permissions_of, trial
from brokerwire_server.store.base import Payloads, StoredConnection, StoreError, Vault

CHECK_TIMEOUT = 30.0

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Configured(Struct, frozen=True, kw_only=True):
    """A connection that the operator configured; `place` says where. One that is `implied` gives way to any other.

    With `allow_withdrawals`, its key may be one that can withdraw money.
    """

    spec: ConnectionSpec
    credential: Mapping[str, Secret]
    place: str
    implied: bool = False
    allow_withdrawals: bool = False


class MisconfiguredError(Exception):
    """A configured connection can't be made; the text names its place and what is wrong."""


class Created(Struct, frozen=True, kw_only=True):
    """A connection that is there now. `deduplicated`: it was there before, with the same content."""

    link: Link
    accounts: Sequence[ManagedAccount]
    deduplicated: bool = False


class NoKinds:
    """An installation that knows no broker."""

    def kinds(self) -> Sequence[BrokerKind]:
        """Return none."""
        return ()

    def unavailable(self) -> Mapping[str, str]:
        """Return none."""
        return {}

    def find(self, broker: str) -> BrokerKind | None:
        """Return `None`."""
        return None

    def get(self, broker: str) -> BrokerKind:
        """Raise `NotFoundError`."""
        raise NotFoundError("BROKER_NOT_FOUND", f"no broker {broker[:64]!r} here", metadata={"broker": broker[:64]})


class Provisioning:
    """Makes, deletes and rotates connections, one change at a time."""

    def __init__(
        self,
        linker: Linker,
        accounts: Accounts,
        connections: Connections,
        *,
        kinds: Kinds,
        vault: Vault | None,
        configured: Sequence[Configured],
        seams: Seams,
        tasks: Tasks,
        payloads: Payloads | None = None,
    ) -> None:
        """Make adapters by `kinds`, keep what callers make in `vault`, and serve `configured` from the start."""
        self._linker = linker
        self._accounts = accounts
        self._connections = connections
        self._kinds = kinds
        self._vault = vault
        self._configured = configured
        self._seams = seams
        self._tasks = tasks
        self._tools = Tools(now=seams.now, monotonic=seams.monotonic, sleep=seams.sleep, random=seams.rng.random)
        self._payloads = payloads
        self._stored: dict[str, StoredConnection] = {}
        self._places: dict[str, str] = {}
        self._changing = asyncio.Lock()

    # --- at the start --------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Serve the configured connections and the stored ones, all at once.

        Raises:
            MisconfiguredError: a configured connection can't be made.
            VaultError, StoreError: the stored ones can't be read.
        """
        if self._vault is not None:
            self._stored = {stored.spec.connection_id: stored for stored in await self._vault.open()}
        served = [each for each in self._configured if not self._gives_way(each)]
        await asyncio.gather(*(self._check_configured(each) for each in served))
        work = [self._serve_configured(each) for each in served]
        for connection_id, stored in self._stored.items():
            if connection_id in self._places:
                place = self._places[connection_id]
                _log.warning(
                    "a stored connection is hidden by one of %s", place, extra={"connection_id": connection_id}
                )
            else:
                work.append(self._serve_stored(stored))
        await asyncio.gather(*work)

    def _gives_way(self, configured: Configured) -> bool:
        """Whether a connection that only the environment implies is served by a stored one already."""
        return configured.implied and any(
            stored.spec.connection_id == configured.spec.connection_id
            or (stored.spec.broker == configured.spec.broker and dict(stored.credential) == dict(configured.credential))
            for stored in self._stored.values()
        )

    async def _check_configured(self, configured: Configured) -> None:
        """Refuse a configured key that can withdraw money. A broker that is away keeps no gateway from starting."""
        if configured.allow_withdrawals:
            return
        try:
            await self._check_permissions(configured.spec, configured.credential)
        except PreconditionError as error:
            text = "the key can withdraw money: make one that can't, or write allow_withdrawals = true"
            raise MisconfiguredError(f"{configured.place}: {text}") from error
        except UnavailableError as error:
            _log.warning("%s: %s", configured.place, error.message)
        except BrokerwireError as error:
            raise MisconfiguredError(f"{configured.place}: {error.message}") from None

    def _serve_configured(self, configured: Configured) -> Coroutine[Any, Any, Link]:
        spec, credential = configured.spec, configured.credential
        try:
            adapter = self._adapter(spec, credential)
        except BrokerwireError as error:
            raise MisconfiguredError(f"{configured.place}: {error.message}") from None
        self._places[spec.connection_id] = configured.place
        return self._linker.connect(
            adapter, origin=ConnectionOrigin.CONFIGURATION, spec=spec, secrets=tuple(credential.values())
        )

    def _serve_stored(self, stored: StoredConnection) -> Coroutine[Any, Any, Link]:
        spec = stored.spec
        try:
            adapter: BrokerAdapter = self._adapter(spec, stored.credential)
        except BrokerwireError as error:
            # It must neither vanish nor keep the others from being served.
            _log.error("a stored connection can't be served: %s", error.message, extra={"broker": spec.broker})
            adapter = DetachedBroker(
                connection_id=spec.connection_id,
                broker=spec.broker,
                environment=spec.environment,
                detail=error.message,
            )
        return self._linker.connect(
            adapter, origin=ConnectionOrigin.STORED, spec=spec, secrets=tuple(stored.credential.values())
        )

    # --- changes -------------------------------------------------------------------------------------------------

    async def create(
        self, spec: ConnectionSpec, credential: Mapping[str, Secret], *, unverified: bool, withdrawals: bool = False
    ) -> Created:
        """Make a connection.

        With `unverified`, even if the broker can't be reached now; with `withdrawals`, even if its key can withdraw
        money.

        Raises:
            InvalidRequestError, NotFoundError, UnsupportedError: it can't be made as asked.
            ConflictError: the id, or the account behind it, is taken.
            PreconditionError: the broker refused the credential, or says that it can withdraw money.
            UnavailableError: the broker can't be reached, or nothing can be stored.
        """
        return await self._alone(self._create(spec, credential, unverified=unverified, withdrawals=withdrawals))

    async def delete(self, connection_id: str, *, force: bool) -> tuple[Connection, Sequence[ManagedAccount]]:
        """End a connection and destroy its credential; return what it was, and its accounts, which are closed now.

        Raises:
            NotFoundError: there is no such connection.
            PreconditionError: it is not a stored one, or it has open orders and `force` is not set.
            UnavailableError: the database can't be written.
        """
        return await self._alone(self._delete(connection_id, force=force))

    async def rotate(self, connection_id: str, credential: Mapping[str, Secret], *, withdrawals: bool = False) -> Link:
        """Replace a credential by one that reaches the same accounts. Raises as `create` and `delete` do."""
        return await self._alone(self._rotate(connection_id, credential, withdrawals=withdrawals))

    async def _alone(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do one change at a time, to its end even if its caller leaves."""

        async def run() -> _T:
            async with self._changing:
                return await work

        return await asyncio.shield(self._tasks.spawn(run(), logged=False))

    async def _create(
        self, spec: ConnectionSpec, credential: Mapping[str, Secret], *, unverified: bool, withdrawals: bool
    ) -> Created:
        adapter = self._adapter(spec, credential)
        if (link := self._connections.find(spec.connection_id)) is not None:
            return self._same(link, spec, credential)
        self._check_history(spec)
        finding = await self._tried(adapter, spec, credential, unverified=unverified)
        if not withdrawals and (finding.accounts or not unverified):
            await self._check_permissions(spec, credential)
        self._check_accounts(spec, finding)
        now = self._seams.now()
        await self._keep(StoredConnection(spec=spec, credential=dict(credential), create_time=now, update_time=now))
        link = await self._linker.connect(
            self._adapter(spec, credential),
            origin=ConnectionOrigin.STORED,
            spec=spec,
            secrets=tuple(credential.values()),
            reopen=True,
        )
        return Created(link=link, accounts=await self._durable(self._linker.accounts_of(link)))

    def _same(self, link: Link, spec: ConnectionSpec, credential: Mapping[str, Secret]) -> Created:
        stored = self._stored.get(spec.connection_id)
        if link.connection.origin is ConnectionOrigin.STORED and stored is not None:
            if stored.spec == spec and dict(stored.credential) == dict(credential):
                return Created(link=link, accounts=self._linker.accounts_of(link), deduplicated=True)
            text = "exists with other content: choose another id, or delete it first; RotateCredentials changes its key"
        else:
            text = f"comes from {self._place(link)}: choose another id"
        metadata = {"connection_id": spec.connection_id, "origin": link.connection.origin.value}
        raise ConflictError("CONNECTION_EXISTS", f"connection {spec.connection_id} {text}", metadata=metadata)

    def _check_history(self, spec: ConnectionSpec) -> None:
        """Refuse an id whose journal is about another broker or environment."""
        for account in self._accounts:
            known = account.book.account
            mine = spec.connection_id in {known.connection_id, known.account_id}
            if mine and (known.broker, known.environment) != (spec.broker, spec.environment):
                text = (
                    f"id {spec.connection_id} belongs to the journal of an account at {known.broker} "
                    f"({known.environment.value.lower()}): choose another"
                )
                raise ConflictError("ACCOUNT_EXISTS", text, metadata={"account_id": known.account_id})

    async def _tried(
        self, adapter: BrokerAdapter, spec: ConnectionSpec, credential: Mapping[str, Secret], *, unverified: bool
    ) -> Finding:
        finding = await trial(adapter)
        detail = scrub(finding.detail, credential.values())
        metadata = {
            "connection_id": spec.connection_id,
            "broker": spec.broker,
            "environment": spec.environment.value,
        }
        if finding.refused:
            text = f"{spec.broker} refused the credential; nothing was stored" + (f": {detail}" if detail else "")
            raise PreconditionError("CREDENTIALS_REFUSED", text, metadata=metadata)
        if not finding.accounts and not unverified:
            text = f"{spec.broker} can't be reached, so the credential could not be tried; nothing was stored"
            metadata["link"] = LinkState.DOWN.value
            raise UnavailableError("BROKER_UNAVAILABLE", f"{text}: {detail}" if detail else text, metadata=metadata)
        if any(account.environment is not spec.environment for account in finding.accounts):
            text = f"the credential is not for {spec.environment.value.lower()}"
            raise InvalidRequestError("ENVIRONMENT_MISMATCH", text, metadata={**metadata, "field": "environment"})
        return finding

    async def _check_permissions(self, spec: ConnectionSpec, credential: Mapping[str, Secret]) -> None:
        """Refuse a key that can withdraw money, where the broker tells; and one that it should tell of and does not."""
        metadata = {"connection_id": spec.connection_id, "broker": spec.broker}
        try:
            permissions = await permissions_of(self._adapter(spec, credential))
        except Exception as error:
            _log.warning("what a key may do could not be asked", extra={"reason": type(error).__name__})
            text = f"{spec.broker} could not be asked what the key may do; nothing was stored: try again"
            raise UnavailableError("BROKER_UNAVAILABLE", text, metadata=metadata) from None
        if permissions is not None and permissions.withdraw:
            text = "the key can withdraw money, which trading does not need: make one that can't, or allow withdrawals"
            raise PreconditionError("WITHDRAWALS_ALLOWED", text, metadata=metadata)

    def _check_accounts(self, spec: ConnectionSpec, finding: Finding) -> None:
        """Refuse accounts that are reached already, and ids that mean another account."""
        for account in finding.accounts:
            for other in self._accounts:
                theirs = other.link.connection.connection_id
                connected = not isinstance(other.adapter, DetachedBroker) and theirs != spec.connection_id
                same = identity(other.book.account) == identity(account)
                if connected and same and account.broker_account_id:
                    metadata = {"account_id": other.account_id, "connection_id": theirs}
                    text = f"the account is reached through connection {theirs} already"
                    raise ConflictError("ACCOUNT_CONNECTED", text, metadata=metadata)
                if other.account_id == account.account_id and (not same or connected):
                    text = f"account id {other.account_id} stands for another account: choose another connection id"
                    raise ConflictError("ACCOUNT_EXISTS", text, metadata={"account_id": other.account_id})

    async def _delete(self, connection_id: str, *, force: bool) -> tuple[Connection, Sequence[ManagedAccount]]:
        link = self._stored_link(connection_id)
        count = sum(account.book.orders.open_count for account in self._linker.accounts_of(link))
        if count and not force:
            text = f"{count} orders are open or unresolved: cancel them, or force it and leave them to the broker"
            metadata = {"connection_id": connection_id, "order_count": str(count)}
            raise PreconditionError("CONNECTION_IN_USE", text, metadata=metadata)
        link.retiring = True
        try:
            await self._store(self._vault_or_raise().delete(connection_id))
        except BaseException:
            link.retiring = False
            raise
        self._stored.pop(connection_id, None)
        accounts = await self._linker.remove(link, "the connection was deleted")
        return link.connection, await self._durable(accounts)

    async def _rotate(self, connection_id: str, credential: Mapping[str, Secret], *, withdrawals: bool) -> Link:
        link = self._stored_link(connection_id)
        stored = self._stored[connection_id]
        adapter = self._adapter(stored.spec, credential)
        finding = await self._tried(adapter, stored.spec, credential, unverified=False)
        reached = {identity(account) for account in finding.accounts}
        for account in self._linker.accounts_of(link):
            if identity(account.book.account) not in reached:
                text = "the new credential reaches another account; the former one stays in use"
                metadata = {"connection_id": connection_id, "account_id": account.account_id}
                raise PreconditionError("CREDENTIALS_OF_OTHER_ACCOUNT", text, metadata=metadata)
        self._check_accounts(stored.spec, finding)
        if not withdrawals:
            await self._check_permissions(stored.spec, credential)
        await self._keep(
            StoredConnection(
                spec=stored.spec,
                credential=dict(credential),
                create_time=stored.create_time,
                update_time=self._seams.now(),
            )
        )
        link.retiring = True
        try:
            fresh = self._adapter(stored.spec, credential)
            await self._linker.replace(link, fresh, tuple(credential.values()))
        finally:
            link.retiring = False
        return link

    async def check(self, connection_id: str) -> tuple[Link, Sequence[Check]]:
        """Try whatever a connection is for, without changing anything. Raises `NotFoundError`."""
        link = self._connections.get(connection_id)
        try:
            async with asyncio.timeout(CHECK_TIMEOUT):
                checks = tuple(await link.adapter.check())
        except TimeoutError:
            checks = (Check(name="connection", ok=False, detail=f"no answer within {CHECK_TIMEOUT:g} s"),)
        except Exception as error:  # an adapter that fails to check is a check that failed
            _log.warning("a check failed", extra={"connection_id": connection_id}, exc_info=error)
            detail = error.message if isinstance(error, BrokerwireError) else "its adapter failed; see the server's log"
            checks = (Check(name="connection", ok=False, detail=detail),)
        if not checks:
            state = link.connection.link
            checks = (Check(name="link", ok=state is LinkState.UP, detail=link.connection.detail or state.value),)
        return link, [Check(name=c.name, ok=c.ok, detail=scrub(c.detail, link.secrets)) for c in checks]

    # --- what they share -----------------------------------------------------------------------------------------

    def _stored_link(self, connection_id: str) -> Link:
        link = self._connections.get(connection_id)
        if link.connection.origin is not ConnectionOrigin.STORED or connection_id not in self._stored:
            metadata = {"connection_id": connection_id, "origin": link.connection.origin.value}
            text = (
                f"connection {connection_id} comes from {self._place(link)}: change it there, then restart the gateway"
            )
            raise PreconditionError("CONNECTION_NOT_STORED", text, metadata=metadata)
        return link

    def _adapter(self, spec: ConnectionSpec, credential: Mapping[str, Secret]) -> BrokerAdapter:
        """Return a connection's adapter, not started. Raises as `Kinds.get` and `build` do."""
        keep = keeper(self._payloads, self._seams.now, spec.connection_id, credential.values())
        return build(self._kinds.get(spec.broker), spec, credential, replace(self._tools, keep=keep))

    def _place(self, link: Link) -> str:
        if link.connection.origin is ConnectionOrigin.BUILT_IN:
            return "the gateway itself"
        return self._places.get(link.connection.connection_id, "the configuration")

    def _vault_or_raise(self) -> Vault:
        if self._vault is None:
            raise UnavailableError("VAULT_UNAVAILABLE", "this gateway has no place to store credentials")
        return self._vault

    async def _keep(self, stored: StoredConnection) -> None:
        await self._store(self._vault_or_raise().put(stored))
        self._stored[stored.spec.connection_id] = stored

    async def _store(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except StoreError as error:
            raise UnavailableError("VAULT_UNAVAILABLE", str(error)) from error

    async def _durable(self, accounts: Sequence[ManagedAccount]) -> Sequence[ManagedAccount]:
        for account in accounts:
            await account.book.durable()
        return accounts
