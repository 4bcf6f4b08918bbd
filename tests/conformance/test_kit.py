from __future__ import annotations

import pytest

from tests.conformance.cases import CASES
from tests.conformance.kit import pages
from tests.conformance.kit.rig import Hazard, Rig
from tests.conformance.rigs import RIGS


@pytest.mark.parametrize("rig", RIGS.values(), ids=RIGS)
def test_a_rig_brings_about_every_hazard_or_says_why_its_broker_can_not_suffer_it(rig: type[Rig]) -> None:
    for hazard in Hazard:
        offered = getattr(rig, hazard.value) is not getattr(Rig, hazard.value)
        assert offered is not (hazard in rig.excuses), f"{hazard.value} must be either a method or an excuse"
        assert offered or rig.excuses[hazard].strip()


def test_the_pages_are_what_the_code_says() -> None:
    assert [problem for rig in RIGS.values() if (problem := pages.stale(rig()))] == []
    guide = pages.GUIDE.read_text()
    assert pages.with_cases(guide) == guide


def test_titles_are_unique_within_a_family() -> None:
    titles = [(one.id.partition("-")[0], one.title) for one in CASES]
    assert len(set(titles)) == len(titles)
