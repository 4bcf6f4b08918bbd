"""Every case against every broker."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.conformance.cases import CASES
from tests.conformance.kit.case import excuse
from tests.conformance.kit.run import run
from tests.conformance.rigs import DEFECTS, RIGS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conformance.kit.case import Case

pytestmark = pytest.mark.ibkr_libraries

WANTED = os.environ.get("CONFORMANCE_BROKER", "")
"""One broker to run the cases against; empty: all."""

BROKERS = [name for name in RIGS if WANTED in ("", name)]
MATRIX = [pytest.param(one, name, id=f"{one.id}[{name}]") for one in CASES for name in BROKERS]


@pytest.mark.parametrize(("one", "broker"), MATRIX)
async def test_case(one: Case, broker: str, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    record_property("case", one.id)
    record_property("broker", broker)
    rig = RIGS[broker]()
    reason = excuse(one, rig)
    if reason:
        record_property("excuse", reason)
        pytest.skip(f"not applicable: {reason}")
    defect = DEFECTS.get((one.id, broker))
    if defect:
        record_property("defect", defect)
        with pytest.raises(AssertionError):
            await run(one, rig, tmp_path)
        pytest.xfail(f"known defect: {defect}")
    await run(one, rig, tmp_path)
