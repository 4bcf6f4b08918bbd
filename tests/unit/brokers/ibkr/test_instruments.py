"""Contracts are looked up once, at a sandbox, and a symbol never stands for two."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from brokerwire_server.brokers.ibkr import library
from brokerwire_server.brokers.ibkr.session import LinkDownError
from brokerwire_server.domain.errors import InvalidRequestError
from brokerwire_server.domain.instruments import AssetClass, Instrument
from tests.unit.brokers.ibkr.readers import readers

pytestmark = pytest.mark.ibkr_libraries

SHARE, OPTION, FUTURE = AssetClass.EQUITY, AssetClass.OPTION, AssetClass.FUTURE
FOREX, CRYPTO = AssetClass.FOREX, AssetClass.CRYPTO


async def test_every_asset_class_is_found_and_named_by_its_number() -> None:
    async with readers() as at:
        call = next(c for c in at.contracts if c.security == "OPT" and c.right == "C")
        future = at.contracts.named("MES")
        wanted = {
            ("AAPL", SHARE): (265598, "SMART"),
            (call.local_symbol.replace(" ", ""), OPTION): (call.con_id, "SMART"),
            (future.local_symbol, FUTURE): (future.con_id, "CME"),
            ("EUR/USD", FOREX): (12_087_792, "IDEALPRO"),
            ("BTC/USD", CRYPTO): (479_624_278, "PAXOS"),
        }
        for (symbol, asset_class), (number, exchange) in wanted.items():
            known = await at.instruments.find(symbol, asset_class)
            assert known is not None
            assert (known.contract.conId, known.contract.exchange) == (number, exchange)
            assert (known.instrument.symbol, known.instrument.asset_class) == (symbol, asset_class)
            assert await at.instruments.find(symbol) is known
            assert at.instruments.at_hand(symbol) is known
            assert at.instruments.by_number(number) is known


async def test_price_steps_and_sizes_are_the_contract_s() -> None:
    async with readers() as at:
        call = next(c for c in at.contracts if c.security == "OPT" and c.right == "C")
        known = await at.instruments.find(call.local_symbol.replace(" ", ""))
        assert known is not None
        assert [known.details.tick_at(Decimal(p)) for p in ("2.99", "3")] == [Decimal("0.01"), Decimal("0.05")]
        future = await at.instruments.find(at.contracts.named("ES").local_symbol, FUTURE)
        assert future is not None
        assert (future.details.tick_at(Decimal(6000)), future.instrument.multiplier) == (Decimal("0.25"), 50)
        coin = await at.instruments.find("BTC/USD", CRYPTO)
        assert coin is not None
        assert coin.details.quantity_increment == Decimal("0.00000001")


async def test_a_contract_is_asked_for_once_however_many_want_it() -> None:
    async with readers() as at:
        found = await asyncio.gather(*(at.instruments.find("AAPL", SHARE) for _ in range(20)))
        assert len(set(map(id, found))) == 1
        await at.instruments.learn([library.Contract(conId=265598, secType="STK")])
        assert at.asked("reqContractDetails") == 1


async def test_what_the_broker_does_not_know_is_unknown_and_not_asked_for_again_at_once() -> None:
    async with readers() as at:
        assert await at.instruments.find("NOPE", SHARE) is None
        before = at.asked("reqContractDetails")
        assert await at.instruments.find("NOPE", SHARE) is None
        assert at.asked("reqContractDetails") == before


async def test_a_symbol_of_several_is_an_error_that_names_them_and_each_name_finds_one() -> None:
    async with readers() as at:
        with pytest.raises(InvalidRequestError, match=r"IBKR0#900001 \(NYSE USD AMBIGUOUS ONE INC\)") as caught:
            await at.instruments.find("IBKR0", SHARE)
        names = caught.value.violations[0].supported
        assert names == ("IBKR0#900001", "IBKR0#900002")
        for name, number in zip(names, (900_001, 900_002), strict=True):
            known = await at.instruments.find(name, SHARE)
            assert known is not None
            assert (known.contract.conId, known.instrument.symbol) == (number, name)


async def test_a_held_contract_has_the_same_name_as_an_ordered_one() -> None:
    async with readers() as at:
        contracts = [library.Contract(conId=number, secType="STK") for number in (265598, 900_001, 900_002)]
        await at.instruments.learn(contracts)
        names = [at.instruments.instrument(contract).symbol for contract in contracts]
        assert names == ["AAPL", "IBKR0#900001", "IBKR0#900002"]
        assert [at.instruments.at_hand(name) is not None for name in names] == [True] * 3


async def test_a_second_name_for_a_contract_is_refused_with_the_first() -> None:
    async with readers() as at:
        with pytest.raises(InvalidRequestError, match="name it AAPL"):
            await at.instruments.find("AAPL#265598", SHARE)


async def test_an_order_goes_where_it_is_directed_and_nowhere_else() -> None:
    async with readers() as at:
        assert (await at.instruments.need(Instrument(symbol="AAPL"))).exchange == "SMART"
        assert (await at.instruments.need(Instrument(symbol="AAPL", exchange="XNAS"))).exchange == "ISLAND"
        assert (await at.instruments.need(Instrument(symbol="AAPL"))).exchange == "SMART"
        with pytest.raises(InvalidRequestError, match="does not trade there"):
            await at.instruments.need(Instrument(symbol="AAPL", exchange="XLON"))
        with pytest.raises(InvalidRequestError, match="does not know"):
            await at.instruments.need(Instrument(symbol="NOPE"))


async def test_without_a_session_a_contract_is_not_unknown_but_unasked() -> None:
    async with readers() as at:
        at.session.disconnect("gone")
        with pytest.raises(LinkDownError):
            await at.instruments.find("MSFT", SHARE)
        await at.session.connect(5.0)
        assert await at.instruments.find("MSFT", SHARE) is not None
