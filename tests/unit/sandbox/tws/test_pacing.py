from __future__ import annotations

from brokerwire_sandbox.tws.pacing import Pace, Verdict

SECOND = 1_000_000_000


def test_the_last_second_counts_and_a_warning_comes_once() -> None:
    now = [0]
    pace = Pace(lambda: now[0], 5, 3)
    verdicts = [pace.count() for _ in range(6)]
    assert verdicts == [Verdict.FINE, Verdict.FINE, Verdict.WARN, Verdict.FINE, Verdict.FINE, Verdict.TOO_FAST]
    now[0] = SECOND
    assert pace.count() is Verdict.FINE
    assert (pace.rate, pace.worst) == (1, 6)


def test_a_second_that_began_between_two_counts_is_seen() -> None:
    now = [0]
    pace = Pace(lambda: now[0], 5, 4)
    for step in range(30):
        now[0] = step * SECOND // 4
        assert pace.count() is (Verdict.WARN if step == 3 else Verdict.FINE)
    assert pace.worst == 4


def test_without_a_limit_nobody_is_too_fast() -> None:
    pace = Pace(lambda: 0, 0, 44)
    assert {pace.count() for _ in range(200)} == {Verdict.FINE}
    assert pace.worst == 200
