from brokerwire._streaming.backoff import FIRST, LONGEST, Backoff


def test_it_grows_to_its_limit_and_starts_over_when_the_connection_has_proved_itself() -> None:
    backoff = Backoff()
    delays = [backoff.delay() for _ in range(12)]
    assert FIRST / 2 <= delays[0] <= FIRST
    assert delays[2] >= FIRST * 2 > delays[0]
    assert all(LONGEST / 2 <= delay <= LONGEST for delay in delays[6:])
    backoff.reset()
    assert backoff.delay() <= FIRST


def test_clients_that_fell_together_do_not_come_back_together() -> None:
    assert len({Backoff().delay() for _ in range(100)}) > 90
