"""What accounts hold after executions, in several currencies and kinds of contracts."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from brokerwire_sandbox.tws.account_values import ledger_of, summary
from brokerwire_sandbox.tws.books import Books
from tests.unit.sandbox.tws.building import contract

if TYPE_CHECKING:
    from brokerwire_sandbox.tws.contracts import Contract

MARKS = {"AAPL": "230", "ES": "6000", "EUR": "1.10", "BTC": "90000"}


def mark(named: Contract) -> Decimal:
    return Decimal(MARKS.get(named.symbol, "1"))


def books(cash: str = "100000", base: str = "USD") -> Books:
    return Books("DU1", base, Decimal(cash), mark, {"EUR": contract("EUR.USD")})


def buy(book: Books, name: str, quantity: str, price: str, fee: str = "0") -> Decimal | None:
    amount = Decimal(quantity)
    return book.book(
        contract(name), buying=amount > 0, quantity=abs(amount), price=Decimal(price), commission=Decimal(fee)
    )


def held(book: Books, name: str) -> tuple[Decimal, Decimal]:
    holding = book.holdings[contract(name).con_id]
    return holding.quantity, holding.cost


def test_the_average_cost_takes_commissions_in() -> None:
    book = books()
    assert buy(book, "AAPL", "100", "200", "1") is None
    assert held(book, "AAPL") == (100, Decimal("200.01"))
    assert book.cash == {"USD": Decimal(79_999)}


def test_closing_realizes_the_profit_less_its_commission() -> None:
    book = books()
    buy(book, "AAPL", "100", "200", "1")
    assert buy(book, "AAPL", "-40", "210", "2") == Decimal("397.60")
    assert held(book, "AAPL") == (60, Decimal("200.01"))


def test_a_position_that_turns_starts_at_the_new_price() -> None:
    book = books()
    buy(book, "AAPL", "10", "200")
    assert buy(book, "AAPL", "-15", "220") == 200
    assert held(book, "AAPL") == (-5, 220)
    assert book.totals().unrealized == -50


def test_a_future_moves_cash_only_when_it_is_closed() -> None:
    book = books()
    buy(book, "ES", "1", "5900", "2.25")
    assert held(book, "ES") == (1, Decimal("295002.25"))
    assert book.cash == {"USD": Decimal("99997.75")}
    assert (book.totals().liquidation, book.totals().initial) == (Decimal("104997.75"), 16_500)
    buy(book, "ES", "-1", "5950", "2.25")
    assert book.cash == {"USD": Decimal("102495.50")}


def test_a_pair_moves_two_currencies_and_is_no_value_of_its_own() -> None:
    book = books()
    buy(book, "EUR.USD", "10000", "1.05")
    assert book.cash == {"USD": Decimal(89_500), "EUR": Decimal(10_000)}
    totals = book.totals()
    assert (totals.liquidation, totals.gross, totals.unrealized) == (100_500, 0, 500)


def test_margins_are_those_of_what_is_held_and_what_would_be() -> None:
    book = books()
    buy(book, "AAPL", "100", "230")
    assert (book.totals().initial, book.totals().maintenance) == (6_900, 5_750)
    aapl = contract("AAPL")
    preview = book.preview({aapl.con_id: Decimal(-100)}, [aapl], Decimal(1), "USD")
    assert preview.change == (-6_900, -5_750, -1)
    assert preview.after[0] == 0


def test_a_short_option_ties_up_a_share_of_what_it_is_written_on() -> None:
    book, option = books(), contract("AAPL  250516C00230000")
    initial = book.preview({option.con_id: Decimal(-1)}, [option], Decimal(1), "USD").change[0]
    assert initial == 100 * (230 + 230 * Decimal("0.2"))


def test_the_ledger_has_every_currency_and_their_sum() -> None:
    book = books()
    buy(book, "EUR.USD", "10000", "1.05")
    rows = {(v.tag, v.currency): v.text for v in ledger_of(book)}
    assert rows["CashBalance", "EUR"] == "10000.00"
    assert rows["ExchangeRate", "EUR"] == "1.1000000"
    assert rows["CashBalance", "BASE"] == rows["NetLiquidationByCurrency", "BASE"] == "100500.00"
    asked = summary(book, "NetLiquidation,$LEDGER:ALL")
    assert {v.currency for v in asked} == {"USD", "EUR", "BASE"}
    assert {v.currency for v in summary(book, "$LEDGER:EUR")} == {"EUR"}
    assert summary(book, "Nonsense") == []


_TRADES = st.lists(st.tuples(st.integers(-50, 50).filter(bool), st.integers(100, 300), st.integers(0, 3)), max_size=12)


@given(name=st.sampled_from(["AAPL", "ES", "BTC"]), trades=_TRADES)
def test_equity_is_cash_in_plus_profit_whatever_was_traded(name: str, trades: list[tuple[int, int, int]]) -> None:
    book = books()
    for quantity, price, fee in trades:
        buy(book, name, str(quantity), str(price), str(fee))
    totals = book.totals()
    assert abs(totals.liquidation - (100_000 + totals.realized + totals.unrealized)) < Decimal("1e-9")


def test_a_copy_stands_still() -> None:
    book = books()
    buy(book, "AAPL", "1", "200")
    twin = book.copy()
    buy(book, "AAPL", "1", "200")
    assert (held(twin, "AAPL")[0], held(book, "AAPL")[0]) == (1, 2)
