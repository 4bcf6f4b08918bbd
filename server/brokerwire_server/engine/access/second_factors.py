"""Second factors: time-based one-time codes (TOTP, RFC 6238, SHA-1, 30 seconds, 6 digits).

A code is good for one call, within one step of now. Five wrong ones in a row lock for fifteen minutes. What was used
and what failed is durable before the call goes on, so that a restart forgives nothing.
"""

import asyncio
import base64
from collections import defaultdict
from collections.abc import Callable
from hmac import compare_digest

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from msgspec.structs import replace

from brokerwire_server.domain.access import FactorRecord
from brokerwire_server.domain.errors import DeniedError, InvalidRequestError, UnavailableError, Violation
from brokerwire_server.domain.secrets import Secret
from brokerwire_server.engine.access.credentials import Random
from brokerwire_server.store.base import AccessRecords, AccessStore, StoreError

STEP = 30
DIGITS = 6
SECRET_BYTES = 20
MAX_FAILURES = 5
LOCK = 900 * 1_000_000_000
"""How long too many wrong codes lock, in nanoseconds."""

ENROLMENT = 600 * 1_000_000_000
"""How long an enrolment may take, in nanoseconds."""

_ISSUER = "Brokerwire"
_NANOS = 1_000_000_000


class SecondFactors:
    """The second factors of one gateway's principals."""

    def __init__(self, store: AccessStore | None, now: Callable[[], int], random: Random | None) -> None:
        """Start with none enrolled."""
        self._store = store
        self._now = now
        self._random = random
        self._records: dict[str, FactorRecord] = {}
        self._secrets: dict[str, Secret] = {}
        self._begun: dict[str, tuple[Secret, int]] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def restore(self, records: AccessRecords) -> None:
        """Take over what is stored. One without its secret stays: nobody passes it until it is enrolled anew."""
        self._records = {record.principal: record for record in records.factors}
        self._secrets = dict(records.secrets)

    def enrolled(self, name: str) -> bool:
        """Whether a principal has a second factor."""
        return name in self._records

    @property
    def any(self) -> bool:
        """Whether anybody has one."""
        return bool(self._records)

    async def verify(self, name: str, code: str) -> None:
        """Take a code. Raises `DeniedError` where it is not good, or not any more."""
        async with self._turns[name]:
            record, now = self._records.get(name), self._now()
            if record is None:
                raise _refused(name, "no second factor is enrolled for this principal")
            if now < record.locked_until:
                raise _refused(name, "too many wrong codes: wait fifteen minutes")
            step = self._step(self._secrets.get(name), code, record.last_step)
            if step:
                await self._keep(FactorRecord(principal=name, last_step=step))
                return
            failures = record.failures + 1
            locked = now + LOCK if failures >= MAX_FAILURES else 0
            await self._keep(replace(record, failures=0 if locked else failures, locked_until=locked))
            raise _refused(name, "the code is wrong, over, or was used already: wait for the next one")

    # --- enrolment -------------------------------------------------------------------------------------------------

    def begin(self, name: str) -> str:
        """Begin to enrol a second factor and return its provisioning URI, which holds the secret."""
        if self._random is None:
            raise UnavailableError("VAULT_UNAVAILABLE", "this gateway keeps no second factors")
        secret = Secret(base64.b32encode(self._random(SECRET_BYTES)).decode())
        self._begun[name] = secret, self._now()
        return _totp(secret).get_provisioning_uri(name, _ISSUER)

    async def confirm(self, name: str, code: str) -> None:
        """End an enrolment with its first code. Raises `InvalidRequestError` where it is not the right one."""
        async with self._turns[name]:
            secret, begun = self._begun.get(name, (None, 0))
            if secret is None or self._now() - begun > ENROLMENT:
                text = "no enrolment was begun in the last ten minutes"
                raise InvalidRequestError.of(Violation("principal", "INVALID_FIELD", text))
            step = self._step(secret, code, 0)
            if not step:
                text = "is not the code that the authenticator shows for this enrolment"
                raise InvalidRequestError.of(Violation("code", "INVALID_FIELD", text))
            await self._keep(FactorRecord(principal=name, last_step=step), secret)
            self._secrets[name] = secret
            del self._begun[name]

    async def remove(self, name: str) -> None:
        """Remove a second factor, if there is one."""
        async with self._turns[name]:
            if name in self._records and self._store is not None:
                try:
                    await self._store.delete_factor(name)
                except StoreError as error:
                    raise _unstored(error) from error
            self.forget(name)

    def forget(self, name: str) -> None:
        """Forget the second factor of a principal that was removed."""
        for known in (self._records, self._secrets, self._begun):
            known.pop(name, None)

    # --- codes -----------------------------------------------------------------------------------------------------

    def _step(self, secret: Secret | None, code: str, after: int) -> int:
        """Return the time step that a code belongs to, later than `after`; 0 where there is none."""
        present = self._now() // _NANOS // STEP
        found = 0
        totp = None if secret is None else _totp(secret)
        for step in (present - 1, present, present + 1):
            right = totp is not None and compare_digest(totp.generate(step * STEP), code.encode())
            if right and step > after:
                found = step
        return found

    async def _keep(self, record: FactorRecord, secret: Secret | None = None) -> None:
        if self._store is None:
            raise UnavailableError("VAULT_UNAVAILABLE", "this gateway keeps no second factors")
        try:
            await self._store.put_factor(record, secret)
        except StoreError as error:
            raise _unstored(error) from error
        self._records[record.principal] = record


def _totp(secret: Secret) -> TOTP:
    # Authenticators know 160 bits and SHA-1; collisions, which SHA-1 is broken for, have no part in an HMAC.
    return TOTP(base64.b32decode(secret.reveal()), DIGITS, SHA1(), STEP)  # noqa: S303


def _refused(name: str, text: str) -> DeniedError:
    return DeniedError("SECOND_FACTOR_REQUIRED", text, metadata={"principal": name})


def _unstored(error: StoreError) -> UnavailableError:
    return UnavailableError("VAULT_UNAVAILABLE", f"the second factor could not be stored: {error}")
