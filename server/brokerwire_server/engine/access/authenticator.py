"""Finds the principal of a call by what came with it.

What is presented must be valid: a credential that is not never falls back to `LOCAL`.
"""

from collections.abc import Callable
from functools import lru_cache
from hmac import compare_digest
from ipaddress import IPv6Address, ip_address, ip_network

from brokerwire_server.domain.access import LOCAL, Principal, TokenRecord
from brokerwire_server.domain.errors import UnauthenticatedError
from brokerwire_server.engine.access.credentials import Credentials, Grant, bearer
from brokerwire_server.engine.access.directory import Directory

NOBODY = Principal(name="nobody", roles=frozenset())
"""Whose name a failed attempt is recorded under."""

_LOCAL = Grant(principal=LOCAL)
_NO_DIGEST = bytes(32)


class Authenticator:
    """Authenticates calls."""

    def __init__(self, directory: Directory, *, now: Callable[[], int], local: bool) -> None:
        """Know who is in `directory`; `local` lets callers on this machine in without a credential."""
        self._directory = directory
        self._now = now
        self._local = local

    @property
    def asks(self) -> bool:
        """Whether every caller must bring a credential, local ones too."""
        return not self._local

    def identify(self, credentials: Credentials) -> Grant:
        """Return what the credentials give. Raises `UnauthenticatedError`, which never says why."""
        if credentials.authorization:
            grant = self._by_token(credentials)
        elif credentials.certificate is not None:
            certificate = credentials.certificate
            principal = self._directory.principal(certificate.principal)
            alive = principal is not None and self._now() < certificate.expire_time
            grant = Grant(principal=principal, expire_time=certificate.expire_time) if principal and alive else None
        elif credentials.local and self._local:
            return _LOCAL
        else:
            grant = None
        if grant is None:
            raise UnauthenticatedError("UNAUTHENTICATED", "no credential came with the call, or none that is valid")
        return grant

    def _by_token(self, credentials: Credentials) -> Grant | None:
        parts = bearer(credentials.authorization)
        if parts is None:
            return None
        token = self._directory.token(parts[0])
        # Compared even where there is nothing to compare with, so that time does not tell which ids there are.
        if not compare_digest(parts[1], token.digest if token else _NO_DIGEST) or token is None:
            return None
        principal = self._directory.principal(token.principal)
        if principal is None or not token.valid_at(self._now()) or not _good_from(token, credentials.address):
            return None
        return Grant(principal=principal, token=token, expire_time=token.expire_time)


def _good_from(token: TokenRecord, address: str) -> bool:
    return not token.addresses or (bool(address) and _within(address, token.addresses))


@lru_cache(maxsize=4_096)
def _within(address: str, networks: tuple[str, ...]) -> bool:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in ip_network(network) for network in networks)
