"""The table of methods comes from the contract, whole."""

from __future__ import annotations

import pytest

from brokerwire_server.api.methods import Idempotency, MissingMethodError, Shape, build, services, snake_case


class Everything:
    """Carries out any method."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_: None


def everything() -> dict[str, object]:
    return {service.name: Everything() for service in services()}


def test_every_method_of_the_contract_is_in_the_table() -> None:
    expected = {f"/{s.full_name}/{m.name}" for s in services() for m in s.methods}
    assert {method.path for method in build(everything())} == expected


def test_a_method_that_nothing_carries_out_stops_the_start() -> None:
    implementations = everything()
    implementations["EventService"] = object()
    with pytest.raises(MissingMethodError, match=r"brokerwire\.v1\.EventService\.VerifyJournal"):
        build(implementations)


def test_shapes_and_side_effects_come_from_the_contract() -> None:
    methods = {method.label: method for method in build(everything())}
    assert methods["OrderService/OrderSession"].shape is Shape.BIDI_STREAM
    assert methods["OrderService/StreamOrders"].shape is Shape.SERVER_STREAM
    assert methods["OrderService/GetOrder"].idempotency is Idempotency.NO_SIDE_EFFECTS
    assert not methods["OrderService/GetOrder"].mutates
    assert methods["OrderService/CancelOrder"].mutates
    assert methods["OrderService/SubmitOrder"].mutates


def test_names_become_snake_case() -> None:
    assert snake_case("GetPortfolioHistory") == "get_portfolio_history"
