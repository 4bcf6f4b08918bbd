from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerwire_server.domain.access import LOCAL, Action, Principal, Quota, Role
from brokerwire_server.domain.errors import DeniedError, OverloadedError
from brokerwire_server.engine.access.permits import Permits
from brokerwire_server.engine.acting import acting_as


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def somebody(name: str = "bot", **more: int) -> Principal:
    return Principal(name=name, roles=frozenset({Role.TRADE}), quota=Quota(**more))


def taken(permits: Permits, principal: Principal, action: Action, tries: int) -> int:
    """Return how many of so many tries are let through."""
    refusals: list[OverloadedError] = []
    with acting_as(principal):
        for _ in range(tries):
            try:
                permits.act(action)
            except OverloadedError as error:
                refusals.append(error)
    assert all(error.reason == "PRINCIPAL_LIMIT" and (error.retry_after or 0) > 0 for error in refusals)
    return tries - len(refusals)


def test_one_second_brings_what_the_quota_says_and_keeps_no_more() -> None:
    clock = Clock()
    permits, bot = Permits(clock), somebody(orders=5)
    assert taken(permits, bot, Action.SUBMIT, 9) == 5
    clock.now += 0.4
    assert taken(permits, bot, Action.REPLACE, 9) == 2
    clock.now += 100
    assert taken(permits, bot, Action.SUBMIT, 9) == 5


def test_cancels_have_a_bucket_of_their_own_and_so_has_everybody() -> None:
    permits, bot = Permits(Clock()), somebody(orders=1, cancels=2)
    assert taken(permits, bot, Action.SUBMIT, 5) == 1
    assert taken(permits, bot, Action.CANCEL, 5) == 2
    assert taken(permits, somebody("other", orders=1), Action.SUBMIT, 5) == 1


def test_whoever_has_no_quota_is_not_limited() -> None:
    assert taken(Permits(Clock()), LOCAL, Action.SUBMIT, 10_000) == 10_000


def test_an_action_that_is_not_among_a_principals_own_is_denied() -> None:
    narrow = Principal(name="bot", roles=frozenset({Role.TRADE}), actions=frozenset({Action.CANCEL}))
    with acting_as(narrow):
        Permits(Clock()).act(Action.CANCEL)
        with pytest.raises(DeniedError) as caught:
            Permits(Clock()).act(Action.SUBMIT)
    assert caught.value.metadata == {"principal": "bot", "needed": "action:SUBMIT"}


@given(st.lists(st.floats(0, 2), max_size=40), st.integers(1, 20))
def test_over_any_time_no_more_is_let_through_than_the_rate_and_one_second_of_it(waits: list[float], rate: int) -> None:
    clock = Clock()
    permits, bot = Permits(clock), somebody(orders=rate)
    done = 0
    for wait in waits:
        clock.now += wait
        done += taken(permits, bot, Action.SUBMIT, 3)
    assert done <= rate * (1 + clock.now) + 1e-6
