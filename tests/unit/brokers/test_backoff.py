"""Pauses grow, stay below their cap, and are spread over all of it."""

from __future__ import annotations

import random

from brokerwire_server.brokers.backoff import Backoff


def test_the_bound_doubles_up_to_the_cap_and_starts_over() -> None:
    backoff = Backoff(lambda: 1.0)
    assert [backoff.next() for _ in range(8)] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    backoff.reset()
    assert backoff.next() == 0.5


def test_pauses_are_anywhere_between_nothing_and_the_bound() -> None:
    draw = random.Random(3).random
    pauses = []
    for _ in range(400):
        backoff = Backoff(draw)
        backoff.next()
        pauses.append(backoff.next())
    assert min(pauses) < 0.05
    assert 0.95 < max(pauses) <= 1.0


def test_a_thousand_attempts_are_no_overflow() -> None:
    backoff = Backoff(lambda: 1.0)
    assert [backoff.next() for _ in range(1_000)][-1] == 30.0
