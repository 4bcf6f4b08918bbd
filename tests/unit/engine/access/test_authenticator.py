from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from brokerwire_server.domain.access import LOCAL, Principal, PrincipalRecord, Quota, Role, TokenRecord
from brokerwire_server.domain.errors import UnauthenticatedError
from brokerwire_server.engine.access.authenticator import Authenticator
from brokerwire_server.engine.access.credentials import Certificate, Credentials, bearer, new_token
from brokerwire_server.engine.access.directory import Directory
from brokerwire_server.store.base import AccessRecords

NOW = 1_000


def random(size: int) -> bytes:
    return bytes(range(size))


TOKEN_ID, TEXT, DIGEST = new_token(random)


def authenticator(*, local: bool = False, disabled: bool = False, **token: Any) -> Authenticator:
    directory = Directory(None, lambda: NOW, random, Quota(calls=7))
    principal = Principal(name="bot", roles=frozenset({Role.READ}))
    record = TokenRecord(token_id=TOKEN_ID, principal="bot", digest=DIGEST, create_time=1, expire_time=NOW + 1)
    record = replace(record, **token)
    records = AccessRecords(principals=[PrincipalRecord(principal=principal, disabled=disabled)], tokens=[record])
    directory.restore(records)
    return Authenticator(directory, now=lambda: NOW, local=local)


def shown(text: str = f"Bearer {TEXT}", address: str = "192.0.2.7", *, local: bool = False) -> Credentials:
    return Credentials(authorization=text, address=address, local=local)


def refused(by: Authenticator, credentials: Credentials) -> bool:
    try:
        by.identify(credentials)
    except UnauthenticatedError as error:
        return error.message == "no credential came with the call, or none that is valid"
    return False


def test_a_token_has_256_random_bits_and_an_id() -> None:
    assert TEXT.startswith(f"bw_{TOKEN_ID}_")
    assert bearer(f"Bearer {TEXT}") == (TOKEN_ID, DIGEST)
    assert bearer(f"bearer {TEXT}") == (TOKEN_ID, DIGEST)


def test_a_valid_token_gives_its_principal_with_the_gateways_quota() -> None:
    grant = authenticator().identify(shown())
    assert (grant.principal.name, grant.principal.quota.calls, grant.expire_time) == ("bot", 7, NOW + 1)


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        f"Basic {TEXT}",
        "Bearer ",
        f"Bearer {TEXT}x",
        f"Bearer {TEXT[:-1]}",
        f"Bearer {TEXT[:-1]}A",
        f"Bearer bw_{'0' * 16}_{TEXT[20:]}",
        f"Bearer  {TEXT}",
        "Bearer bw_\u0660",
    ],
)
@pytest.mark.parametrize("local", [False, True])
def test_what_is_no_token_of_ours_is_refused_even_where_nothing_is_asked_for(text: str, local: bool) -> None:
    assert refused(authenticator(local=True), shown(text, local=local))


@pytest.mark.parametrize(
    "token", [{"expire_time": NOW}, {"revoke_time": 1}, {"principal": "gone"}, {"addresses": ("198.51.100.0/24",)}]
)
def test_a_token_that_ended_or_is_used_by_somebody_else_is_refused(token: dict[str, Any]) -> None:
    assert refused(authenticator(**token), shown())


def test_the_tokens_of_a_disabled_principal_are_refused() -> None:
    assert refused(authenticator(disabled=True), shown())


@pytest.mark.parametrize("address", ["198.51.100.9", "::ffff:198.51.100.9"])
def test_an_address_within_an_allowed_network_is_let_in(address: str) -> None:
    by = authenticator(addresses=("198.51.100.0/24",))
    assert not refused(by, shown(address=address))


@pytest.mark.parametrize("address", ["", "unix", "2001:db8::1"])
def test_a_token_with_addresses_is_not_good_from_where_none_is_known(address: str) -> None:
    assert refused(authenticator(addresses=("198.51.100.0/24",)), shown(address=address))


@pytest.mark.parametrize(("door", "setting", "let_in"), [(1, 1, True), (1, 0, False), (0, 1, False), (0, 0, False)])
def test_nothing_is_asked_for_at_a_local_door_alone_and_where_the_setting_says_so(
    door: int, setting: int, let_in: bool
) -> None:
    by = authenticator(local=bool(setting))
    assert refused(by, Credentials(local=bool(door))) is not let_in
    if let_in:
        assert by.identify(Credentials(local=True)).principal is LOCAL


@pytest.mark.parametrize(
    ("certificate", "let_in"),
    [(Certificate("bot", NOW + 1), True), (Certificate("bot", NOW), False), (Certificate("gone", NOW + 1), False)],
)
def test_a_certificate_gives_a_known_principal_until_it_ends(certificate: Certificate, let_in: bool) -> None:
    assert refused(authenticator(local=True), Credentials(certificate=certificate, local=True)) is not let_in
