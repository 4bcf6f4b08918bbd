"""Price sources, the clock and the dice."""

from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest

from brokerwire_server.domain.faults import FaultKind, FaultPlan, FaultRule, FaultTarget
from brokerwire_server.simulator import (
    UNIVERSE,
    FaultDice,
    RandomWalk,
    ReplayError,
    SimulationClock,
    read_quotes,
    replay,
    symbols_in,
)
from brokerwire_server.simulator.replay import parse_time
from tests.unit.simulator.market import SECOND

HEADER = "time,symbol,bid,bid_size,ask,ask_size,last,open,high,low,volume\n"
ROW = "2014-06-06T13:30:00Z,XYZ,99.98,200,100.02,300,100,100,100,99,1200\n"


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_walk_is_the_same_for_the_same_seed_and_other_for_another() -> None:
    def walk(seed: int) -> list[object]:
        return list(islice(RandomWalk(UNIVERSE, seed=seed, start=0, interval=SECOND), 200))

    assert walk(1) == walk(1)
    assert walk(1) != walk(2)


def test_adding_a_symbol_does_not_change_the_others() -> None:
    def apple(listings: tuple) -> list[object]:
        quotes = islice(RandomWalk(listings, seed=1, start=0, interval=SECOND), 50 * len(listings))
        return [q for q in quotes if q.symbol == "AAPL"]

    assert apple(UNIVERSE) == apple(UNIVERSE[:3])


def test_walked_quotes_are_whole_cents_with_a_spread_and_sizes() -> None:
    for quote in islice(RandomWalk(UNIVERSE, seed=7, start=0, interval=SECOND), 5000):
        assert Decimal(0) < quote.bid < quote.ask
        assert quote.bid % Decimal("0.01") == quote.ask % Decimal("0.01") == 0
        assert quote.bid_size >= 100
        assert quote.last in (quote.bid, quote.ask)


def test_a_file_is_read_with_its_empty_cells_and_its_nanoseconds(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", HEADER + ROW + "2014-06-06T13:31:00.000000001+00:00,XYZ,,,100.5,100,,,,,\n")
    first, second = read_quotes(path)
    assert (first.bid, first.bid_size, first.ask, first.ask_size, first.last) == (
        Decimal("99.98"),
        200,
        Decimal("100.02"),
        300,
        100,
    )
    assert (second.bid, second.bid_size, second.ask, second.last) == (0, 0, Decimal("100.5"), 0)
    assert second.time - first.time == 60 * SECOND + 1


def test_files_are_merged_by_time(tmp_path: Path) -> None:
    def rows(symbol: str, *minutes: int) -> str:
        return HEADER + "".join(f"2014-06-06T13:{m:02}:00Z,{symbol},1,1,2,1,,,,,\n" for m in minutes)

    paths = [write(tmp_path / "a.csv", rows("A", 1, 3, 5)), write(tmp_path / "b.csv", rows("B", 1, 2, 6))]
    assert "".join(q.symbol for q in replay(paths)) == "ABBAAB"
    assert symbols_in(paths) == ("A", "B")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"a\.csv:1: the file is empty"),
        ("time,symbol,bid\n", r"a\.csv:1: the header lacks column bid_size, ask, ask_size"),
        (HEADER.replace("last", "lost"), r"a\.csv:1: the header has unknown column 'lost'"),
        (HEADER + ROW + ROW.replace("99.98", "1e5"), r"a\.csv:3: column bid: '1e5' is not a decimal number"),
        (HEADER + ROW.replace("300", "-300"), r"a\.csv:2: column ask_size: -300 is outside"),
        (HEADER + ROW.replace("1200", "many"), r"a\.csv:2: column volume: 'many'"),
        (HEADER + ROW.replace("00Z", "00"), r"a\.csv:2: column time: .* is not a UTC time"),
        (HEADER + ROW.replace("XYZ", ""), r"a\.csv:2: column symbol: is empty"),
        (HEADER + ROW.replace(",1200", ""), r"a\.csv:2: has 10 cells, the header has 11"),
        (HEADER + ROW + ROW.replace("13:30", "13:29"), r"a\.csv:3: column time: is earlier"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path / "a.csv", text)
    with pytest.raises(ReplayError, match=message):
        list(read_quotes(path))


def test_a_missing_empty_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="can't be read"):
        symbols_in([tmp_path / "none.csv"])
    with pytest.raises(ReplayError, match="has no rows"):
        symbols_in([write(tmp_path / "a.csv", HEADER)])
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReplayError, match="not UTF-8"):
        symbols_in([tmp_path / "b.csv"])


@pytest.mark.parametrize("text", ["", "Z", "2014-06-06", "2014-06-06T13:30:00+02:00Z", "2014-06-06T13:30:00.x1Z"])
def test_a_time_is_utc_or_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_time(text)


def test_the_clock_runs_along_faster_stands_still_and_is_moved() -> None:
    real = [1000]
    clock = SimulationClock(lambda: real[0])
    real[0] = 1500
    assert clock.now() == 1500
    assert not clock.virtual
    clock.set_speed(10)
    real[0] = 1600
    assert clock.now() == 2500
    assert clock.virtual
    clock.pause()
    real[0] = 9000
    assert clock.now() == 2500
    clock.advance_to(5000)
    clock.advance_to(4000)
    assert clock.now() == 5000
    clock.resume()
    real[0] = 9001
    assert clock.now() == 5010
    clock.set_speed(0)
    real[0] = 99_000
    assert clock.now() == 5010


def test_the_clock_does_not_go_back_with_the_real_one() -> None:
    real = [1000]
    clock = SimulationClock(lambda: real[0])
    real[0] = 10
    assert clock.now() == 1000


@pytest.mark.parametrize("speed", [-1, float("nan"), float("inf")])
def test_a_speed_is_not_negative(speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        SimulationClock(lambda: 0).set_speed(speed)


def test_dice_strike_after_so_many_matches_so_many_times() -> None:
    rule = FaultRule(target=FaultTarget.SUBMIT, kind=FaultKind.LOSE_ANSWER, after=2, count=2)
    dice = FaultDice(FaultPlan(rules=(rule,)))
    assert dice.roll(FaultTarget.CANCEL) is None
    assert [dice.roll(FaultTarget.SUBMIT) is rule for _ in range(6)] == [False, False, True, True, False, False]


def test_dice_are_fair_and_repeatable() -> None:
    rule = FaultRule(target=FaultTarget.EVENTS, kind=FaultKind.DROP, probability=Decimal("0.25"))

    def strikes(seed: int) -> list[bool]:
        dice = FaultDice(FaultPlan(rules=(rule,), seed=seed))
        return [dice.roll(FaultTarget.EVENTS) is not None for _ in range(4000)]

    assert strikes(1) == strikes(1)
    assert strikes(1) != strikes(2)
    assert 850 < sum(strikes(1)) < 1150


def test_the_first_rule_that_strikes_wins() -> None:
    first = FaultRule(target=FaultTarget.EVENTS, kind=FaultKind.DROP, after=1)
    second = FaultRule(target=FaultTarget.EVENTS, kind=FaultKind.DUPLICATE)
    dice = FaultDice(FaultPlan(rules=(first, second)))
    assert [dice.roll(FaultTarget.EVENTS), dice.roll(FaultTarget.EVENTS)] == [second, first]
