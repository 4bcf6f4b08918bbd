from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from brokerwire_server.domain.access import FactorRecord
from brokerwire_server.domain.errors import DeniedError, InvalidRequestError
from brokerwire_server.domain.secrets import Secret
from brokerwire_server.engine.access.second_factors import ENROLMENT, LOCK, SecondFactors
from brokerwire_server.store.base import AccessRecords

NANOS = 1_000_000_000
RFC_SECRET = b"12345678901234567890"
RFC_VECTORS = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}
"""RFC 6238, appendix B, SHA-1: the last six of its eight digits."""


class Memory:
    """A store that remembers what it was told, in order."""

    def __init__(self) -> None:
        self.written: list[tuple[FactorRecord, Secret | None]] = []

    async def put_factor(self, record: FactorRecord, secret: Secret | None = None) -> None:
        self.written.append((record, secret))


class World:
    def __init__(self, seconds: int = 1_000_000) -> None:
        self.seconds = seconds
        self.store = Memory()
        self.factors = self.fresh()

    def fresh(self) -> SecondFactors:
        return SecondFactors(
            self.store,  # type: ignore[arg-type]
            lambda: self.seconds * NANOS,
            lambda size: RFC_SECRET[:size],
        )

    def code(self, steps: int = 0) -> str:
        return TOTP(RFC_SECRET, 6, SHA1(), 30).generate(self.seconds + 30 * steps).decode()  # noqa: S303 - as the RFC

    def enrol(self) -> None:
        secret = Secret(base64.b32encode(RFC_SECRET).decode())
        self.factors.restore(AccessRecords(factors=[FactorRecord(principal="me")], secrets={"me": secret}))

    async def takes(self, code: str) -> bool:
        try:
            await self.factors.verify("me", code)
        except DeniedError as error:
            return error.reason != "SECOND_FACTOR_REQUIRED"
        return True


@pytest.mark.parametrize(("seconds", "code"), RFC_VECTORS.items())
async def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    world = World(seconds)
    world.enrol()
    assert await world.takes(code)


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
async def test_a_code_is_good_within_one_step_of_now(steps: int, good: bool) -> None:
    world = World()
    world.enrol()
    assert await world.takes(world.code(steps)) is good


async def test_a_code_is_good_once_and_no_earlier_one_after_it() -> None:
    world = World()
    world.enrol()
    assert await world.takes(world.code())
    assert not await world.takes(world.code())
    assert not await world.takes(world.code(-1))
    assert await world.takes(world.code(1))


async def test_what_was_used_is_durable_before_it_counts() -> None:
    world = World()
    world.enrol()
    await world.takes(world.code())
    (record, _) = world.store.written[-1]
    after = world.fresh()
    after.restore(AccessRecords(factors=[record], secrets={"me": Secret(base64.b32encode(RFC_SECRET).decode())}))
    with pytest.raises(DeniedError):
        await after.verify("me", world.code())


async def test_five_wrong_codes_lock_for_fifteen_minutes_and_a_right_one_forgives_four() -> None:
    world = World()
    world.enrol()
    for _ in range(4):
        assert not await world.takes("000000")
    assert await world.takes(world.code())
    for _ in range(5):
        assert not await world.takes("000000")
    world.seconds += LOCK // NANOS - 1
    assert not await world.takes(world.code())
    world.seconds += 1
    assert await world.takes(world.code())


async def test_whoever_has_no_second_factor_or_whose_secret_is_gone_passes_with_no_code() -> None:
    world = World()
    assert not await world.takes(world.code())
    world.factors.restore(AccessRecords(factors=[FactorRecord(principal="me")]))
    assert world.factors.enrolled("me")
    assert not await world.takes(world.code())


async def test_an_enrolment_counts_once_it_is_confirmed_and_not_for_ever() -> None:
    world = World()
    uri = world.factors.begin("me")
    assert parse_qs(urlsplit(uri).query)["secret"] == [base64.b32encode(RFC_SECRET).decode()]
    assert not world.factors.enrolled("me")
    with pytest.raises(InvalidRequestError, match="is not the code"):
        await world.factors.confirm("me", "000000")
    world.seconds += ENROLMENT // NANOS + 1
    with pytest.raises(InvalidRequestError, match="no enrolment"):
        await world.factors.confirm("me", world.code())
    world.factors.begin("me")
    await world.factors.confirm("me", world.code())
    assert world.factors.enrolled("me")
    assert not await world.takes(world.code())  # the code of the confirmation is used
