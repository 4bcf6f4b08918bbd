from __future__ import annotations

import pytest
from msgspec.structs import replace

from brokerwire_server.domain.access import LOCAL
from brokerwire_server.domain.errors import DeniedError
from brokerwire_server.engine.acting import acting, acting_as, need_second_factor


def test_what_needs_a_second_factor_is_refused_without_one() -> None:
    with acting_as(LOCAL), pytest.raises(DeniedError, match="releasing a halt needs a second factor") as caught:
        need_second_factor("releasing a halt")
    assert (caught.value.reason, caught.value.metadata) == ("SECOND_FACTOR_REQUIRED", {"principal": "local"})


def test_a_second_factor_that_came_with_the_call_is_enough() -> None:
    with acting_as(replace(LOCAL, second_factor=True)):
        need_second_factor("releasing a halt")


def test_what_the_gateway_does_by_itself_needs_no_second_factor() -> None:
    assert acting().name == "system:gateway"
    need_second_factor("releasing a halt")
