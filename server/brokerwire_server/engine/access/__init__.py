"""Access: who calls, what it may do, and how much of it."""

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.domain.access import LOCAL, Quota
from brokerwire_server.engine.access.authenticator import NOBODY, Authenticator
from brokerwire_server.engine.access.credentials import Certificate, Credentials, Grant, Random
from brokerwire_server.engine.access.directory import Directory
from brokerwire_server.engine.access.permits import Permits, denied
from brokerwire_server.engine.access.second_factors import SecondFactors
from brokerwire_server.engine.acting import act_as
from brokerwire_server.engine.seams import Seams
from brokerwire_server.store.base import AccessStore

__all__ = [
    "NOBODY",
    "Access",
    "AccessOptions",
    "Certificate",
    "Credentials",
    "Grant",
    "denied",
]


class AccessOptions(Struct, frozen=True, kw_only=True):
    """How a gateway lets callers in.

    Without a `store` there are no principals, tokens or second factors. `random` must be good for secrets. `local` lets
    callers on this machine in without a credential. `quota` holds for principals that have none of their own.
    """

    store: AccessStore | None = None
    random: Random | None = None
    local: bool = True
    quota: Quota = Quota()


class Access:
    """Everything about access, of one gateway."""

    def __init__(self, options: AccessOptions, seams: Seams) -> None:
        """Start with what `options` say; `open` reads what is stored."""
        self._store = options.store
        self.directory = Directory(options.store, seams.now, options.random, options.quota)
        self.factors = SecondFactors(options.store, seams.now, options.random)
        self.permits = Permits(seams.monotonic)
        self.authenticator = Authenticator(self.directory, now=seams.now, local=options.local)

    async def open(self) -> None:
        """Read what is stored. Raises `StoreError`; `VaultError` where a second factor's secret does not open."""
        if self._store is not None:
            records = await self._store.open()
            self.directory.restore(records)
            self.factors.restore(records)

    async def admit(self, credentials: Credentials, *, changes: bool) -> Grant:
        """Return what a call's credentials give, its second factor looked at where the call `changes` something.

        The running task works for whom a code is looked at, so that what is wrong with it is on his record.

        Raises:
            UnauthenticatedError: who it is, is not proven.
            DeniedError: a second factor came and is not valid.
        """
        grant = self.authenticator.identify(credentials)
        if not credentials.otp or not changes:
            return grant
        act_as(grant.principal)  # a code that is not good is refused to whom it was asked of
        await self.factors.verify(grant.principal.name, credentials.otp)
        # It may have ended while the code was being stored.
        grant = self.authenticator.identify(credentials)
        return replace(grant, principal=replace(grant.principal, second_factor=True))

    def reach_of(self, name: str) -> frozenset[str]:
        """Return the accounts that a principal is narrowed to; none where it is not, or is not kept here."""
        record = self.directory.principals.get(name)
        return record.principal.accounts if record is not None else frozenset()

    def named(self, name: str) -> bool:
        """Whether there is such a principal, the local one included."""
        return name == LOCAL.name or name in self.directory.principals
