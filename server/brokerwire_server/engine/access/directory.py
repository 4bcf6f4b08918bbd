"""Who may call: principals and tokens as they are now, each change durable before it counts."""

from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_network
from types import MappingProxyType

from msgspec.structs import replace

from brokerwire_server.domain.access import LOCAL, Principal, PrincipalRecord, Quota, TokenRecord
from brokerwire_server.domain.errors import BrokerwireError, ConflictError, NotFoundError, UnavailableError
from brokerwire_server.engine.access.credentials import Grant, Random, new_token
from brokerwire_server.store.base import AccessRecords, AccessStore, StoreError

DAY = 86_400 * 1_000_000_000
TOKEN_LIFE = 90 * DAY
"""How long a token is good for by default, and at most."""


class Directory:
    """The principals and tokens of one gateway."""

    def __init__(self, store: AccessStore | None, now: Callable[[], int], random: Random | None, quota: Quota) -> None:
        """Start empty; `quota` holds for principals that have none of their own."""
        self._store = store
        self._now = now
        self._random = random
        self._quota = quota
        self._principals: dict[str, PrincipalRecord] = {}
        self._ready: dict[str, Principal] = {}
        self._tokens: dict[str, TokenRecord] = {}
        self._holders: dict[Callable[[], None], Grant] = {}

    def restore(self, records: AccessRecords) -> None:
        """Take over what is stored."""
        for record in records.principals:
            self._keep(record)
        self._tokens = {token.token_id: token for token in records.tokens}

    def principal(self, name: str) -> Principal | None:
        """Return a principal that may call now, with its quota settled."""
        return self._ready.get(name)

    def token(self, token_id: str) -> TokenRecord | None:
        """Return a token, ended or not."""
        return self._tokens.get(token_id)

    @property
    def principals(self) -> Mapping[str, PrincipalRecord]:
        """All principals by name."""
        return MappingProxyType(self._principals)

    @property
    def tokens(self) -> Sequence[TokenRecord]:
        """All tokens by id."""
        return sorted(self._tokens.values(), key=lambda token: token.token_id)

    def get(self, name: str) -> PrincipalRecord:
        """Return a principal as stored. Raises `NotFoundError`."""
        record = self._principals.get(name)
        if record is None:
            text = f"no principal {name[:64]!r} here"
            raise NotFoundError("PRINCIPAL_NOT_FOUND", text, metadata={"principal": name[:64]})
        return record

    # --- changes ---------------------------------------------------------------------------------------------------

    async def create(self, record: PrincipalRecord) -> PrincipalRecord:
        """Make a principal. Raises `ConflictError` where the name is taken."""
        name = record.principal.name
        if name in self._principals or name == LOCAL.name:
            raise ConflictError("PRINCIPAL_EXISTS", f"{name!r} is taken", metadata={"principal": name})
        now = self._now()
        return await self._write(replace(record, create_time=now, update_time=now))

    async def update(self, record: PrincipalRecord) -> PrincipalRecord:
        """Put a principal in place of the one with its name; what is open under it ends. Raises `NotFoundError`."""
        before = self.get(record.principal.name)
        after = await self._write(replace(record, create_time=before.create_time, update_time=self._now()))
        self._cut(lambda grant: grant.principal.name == record.principal.name)
        return after

    async def delete(self, name: str) -> None:
        """Remove a principal with its tokens; what is open under it ends. Raises `NotFoundError`."""
        self.get(name)
        with _stored():
            await self._need_store().delete_principal(name)
        del self._principals[name]
        self._ready.pop(name, None)
        self._tokens = {i: token for i, token in self._tokens.items() if token.principal != name}
        self._cut(lambda grant: grant.principal.name == name)

    async def create_token(
        self, principal: str, *, expire_time: int, addresses: tuple[str, ...], description: str, created_by: str
    ) -> tuple[TokenRecord, str]:
        """Make a token and return it with its text, which is kept nowhere. Raises `NotFoundError`."""
        self.get(principal)
        store = self._need_store()
        if self._random is None:
            raise _no_store()
        record, text = issue(
            principal,
            self._random,
            self._now(),
            expire_time=expire_time,
            addresses=addresses,
            description=description,
            created_by=created_by,
        )
        with _stored():
            await store.put_token(record)
        self._tokens[record.token_id] = record
        return record, text

    async def revoke(self, token_id: str) -> TokenRecord:
        """End a token; what is open under it ends. Raises `NotFoundError`."""
        record = self._tokens.get(token_id)
        if record is None:
            raise NotFoundError("TOKEN_NOT_FOUND", f"no token {token_id[:64]!r}", metadata={"token_id": token_id[:64]})
        if not record.revoke_time:
            record = replace(record, revoke_time=self._now())
            # It counts before it is durable: nobody waits for the disk to be kept out.
            self._tokens[token_id] = record
            self._cut(lambda grant: grant.token is not None and grant.token.token_id == token_id)
            with _stored():
                await self._need_store().put_token(record)
        return record

    def seconds_until(self, time: int) -> float:
        """Return how long it is until a time, in seconds; below 0 where it is over."""
        return (time - self._now()) / 1e9

    # --- what is open ----------------------------------------------------------------------------------------------

    def hold(self, grant: Grant, cut: Callable[[], None]) -> None:
        """Call `cut` when the grant ends before `release` is called."""
        self._holders[cut] = grant

    def release(self, cut: Callable[[], None]) -> None:
        """Forget `cut`."""
        self._holders.pop(cut, None)

    def _cut(self, ended: Callable[[Grant], bool]) -> None:
        for cut, grant in list(self._holders.items()):
            if ended(grant):
                cut()

    # --- writing ---------------------------------------------------------------------------------------------------

    async def _write(self, record: PrincipalRecord) -> PrincipalRecord:
        with _stored():
            await self._need_store().put_principal(record)
        self._keep(record)
        return record

    def _keep(self, record: PrincipalRecord) -> None:
        principal = record.principal
        self._principals[principal.name] = record
        self._ready.pop(principal.name, None)
        if not record.disabled:
            self._ready[principal.name] = replace(principal, quota=principal.quota.or_else(self._quota))

    def _need_store(self) -> AccessStore:
        if self._store is None:
            raise _no_store()
        return self._store


def issue(
    principal: str,
    random: Random,
    now: int,
    *,
    expire_time: int,
    addresses: tuple[str, ...],
    description: str,
    created_by: str,
) -> tuple[TokenRecord, str]:
    """Return a new token as it is stored, and its text. It ends at `expire_time`, after `TOKEN_LIFE` where that is 0.

    Raises:
        ValueError: it would end in the past or too late, or an address is none. The text says so.
    """
    end = expire_time or now + TOKEN_LIFE
    if not now < end <= now + TOKEN_LIFE:
        raise ValueError("a token ends in the future, at most 90 days from now")
    token_id, text, digest = new_token(random)
    record = TokenRecord(
        token_id=token_id,
        principal=principal,
        digest=digest,
        create_time=now,
        expire_time=end,
        addresses=tuple(str(ip_network(address)) for address in addresses),
        description=description,
        created_by=created_by,
    )
    return record, text


class _stored:  # noqa: N801 - reads as a verb where it is used
    """Turns a failure of the store into the contract's error."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, StoreError):
            raise UnavailableError("VAULT_UNAVAILABLE", f"it could not be stored: {error}") from error


def _no_store() -> BrokerwireError:
    return UnavailableError("VAULT_UNAVAILABLE", "this gateway keeps no principals")
