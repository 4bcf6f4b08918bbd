"""Signed requests: the keys that may sign, and whether a request is signed as it must be."""

from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec.structs import replace

from brokerwire_server.domain.connections import Environment
from brokerwire_server.domain.errors import DeniedError, InvalidRequestError, NotFoundError, Violation
from brokerwire_server.domain.signing import MAX_LIFETIME, Signature, SigningKey, SigningPolicy
from brokerwire_server.engine.accounts import Accounts
from brokerwire_server.engine.acting import acting
from brokerwire_server.engine.seams import Ids, Seams
from brokerwire_server.store.base import SigningKeys

KEY_LENGTH = 32


class Signing:
    """Keeps the registered keys in memory, and verifies signatures by them."""

    def __init__(
        self,
        accounts: Accounts,
        *,
        seams: Seams,
        ids: Ids,
        policy: SigningPolicy = SigningPolicy.OFF,
        store: SigningKeys | None = None,
    ) -> None:
        """Ask for signatures where `policy` says so, by the keys in `store`; without it there are none."""
        self._accounts = accounts
        self._now = seams.now
        self._ids = ids
        self._policy = policy
        self._store = store
        self._keys: dict[str, tuple[SigningKey, Ed25519PublicKey]] = {}

    # --- keys ----------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Read the keys. Raises `StoreError`."""
        for key in await self._store.load() if self._store is not None else ():
            self._know(key)

    @property
    def keys(self) -> list[SigningKey]:
        """All keys by id, which is by age; the revoked ones too."""
        return sorted((key for key, _ in self._keys.values()), key=lambda key: key.key_id)

    async def add(self, principal: str, public_key: bytes, description: str) -> SigningKey:
        """Register a public key under a new id, durably.

        Raises:
            InvalidRequestError: it is no Ed25519 key, or is registered already.
            StoreError: it can't be stored.
        """
        if len(public_key) != KEY_LENGTH or self._store is None:
            raise _wrong_key(f"must be the {KEY_LENGTH} bytes of a public Ed25519 key")
        if any(key.public_key == public_key for key in self.keys):
            raise _wrong_key("is registered already, and one key is one principal's: make another")
        key = SigningKey(
            key_id=f"sk_{self._ids().replace('-', '')}",
            principal=principal,
            public_key=public_key,
            description=description,
            create_time=self._now(),
        )
        await self._store.put(key)
        self._know(key)
        return key

    async def revoke(self, key_id: str) -> SigningKey:
        """Take no more signatures of a key. Raises `NotFoundError`; revoking it again changes nothing."""
        known = self._keys.get(key_id)
        if known is None or self._store is None:
            text = f"there is no signing key {key_id[:64]!r}"
            raise NotFoundError("SIGNING_KEY_NOT_FOUND", text, metadata={"key_id": key_id[:64]})
        key, public = known
        if not key.revoke_time:
            key = replace(key, revoke_time=self._now())
            # At once, and durable after: a key that may be in wrong hands must not sign while a disk is slow.
            self._keys[key_id] = key, public
            await self._store.put(key)
        return key

    async def revoke_all(self, principal: str) -> None:
        """Revoke every key of a principal that is no more: another one may get its name."""
        for key in self.keys:
            if key.principal == principal:
                await self.revoke(key.key_id)

    def _know(self, key: SigningKey) -> None:
        self._keys[key.key_id] = key, Ed25519PublicKey.from_public_bytes(key.public_key)

    # --- signatures ----------------------------------------------------------------------------------------------

    def check(self, account_ids: Iterable[str], signature: Signature | None) -> None:
        """Raise `DeniedError` where a request on these accounts is not signed as it must be.

        A signature that is there is checked whether it is needed or not.
        """
        accounts = list(account_ids)
        demanding = next((account_id for account_id in accounts if self._demands(account_id)), "")
        if signature is None and not demanding:
            return
        problem = "it is not signed" if signature is None else self._problem(signature)
        if problem:
            raise _refused(demanding or next(iter(accounts), ""), problem, signed=signature is not None)

    def _demands(self, account_id: str) -> bool:
        if self._policy is SigningPolicy.OFF:
            return False
        account = self._accounts.find(account_id)
        live = account is not None and account.adapter.environment is Environment.LIVE
        return live or self._policy is SigningPolicy.ALL

    def _problem(self, signature: Signature) -> str:
        """Return what is wrong with a signature; empty where nothing is."""
        ahead = signature.expire_time - self._now()
        if ahead <= 0:
            return "the signature has expired: sign again, and compare the clocks"
        if ahead > MAX_LIFETIME:
            return "the signature expires in more than 30 s: sign for less, and compare the clocks"
        known = self._keys.get(signature.key_id)
        if known is None or known[0].revoke_time or known[0].principal != acting().name:
            return "key_id names no valid signing key of the caller"
        try:
            known[1].verify(signature.signature, signature.text.encode())
        except InvalidSignature:
            return "the signature is not of this request by this key"
        return ""


def _refused(account_id: str, problem: str, *, signed: bool) -> DeniedError:
    text = problem if signed else f"orders on account {account_id} must be signed: {problem}"
    return DeniedError("SIGNATURE_REQUIRED", text, metadata={"account_id": account_id})


def _wrong_key(problem: str) -> InvalidRequestError:
    return InvalidRequestError.of(Violation("public_key", "INVALID_FIELD", problem))
