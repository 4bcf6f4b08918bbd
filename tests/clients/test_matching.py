"""The comparison that every scenario stands on says no where it must."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.clients.matching import differences, filled_in, matches, missing_in_order


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ({"state": "filled"}, {"state": "filled", "more": 1}),
        ({"a": {"b": None}}, {"a": {}}),
        ({"quantity": "1.50"}, {"quantity": "1.5"}),
        ({"id": "~[0-9]+"}, {"id": "42"}),
        ({"id": "!42"}, {"id": "43"}),
        ([{}, {"n": 1}], [{"n": 0}, {"n": 1}]),
        ([], []),
    ],
)
def test_what_is_as_expected_matches(expected: Any, got: Any) -> None:
    assert list(differences(expected, got)) == []


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ({"state": "filled"}, {"state": "canceled"}),
        ({"state": "filled"}, {}),
        ({"a": None}, {"a": ""}),
        ({"a": {"b": 1}}, {"a": None}),
        ({"quantity": "1.5"}, {"quantity": "1.50000000000000000001"}),
        ({"quantity": "1.5"}, {"quantity": 1.5}),
        ({"quantity": "1.5"}, {"quantity": None}),
        ({"terminal": True}, {"terminal": 1}),
        ({"count": 0}, {"count": False}),
        ({"id": "~[0-9]+"}, {"id": "42 "}),
        ({"id": "~.*"}, {"id": None}),
        ({"id": "!42"}, {"id": "42"}),
        ([{}], []),
        ([{}], [{}, {}]),
        ([{"n": 1}, {"n": 2}], [{"n": 2}, {"n": 1}]),
        ({"a": "1e5"}, {"a": "100000"}),
    ],
)
def test_what_is_not_is_told(expected: Any, got: Any) -> None:
    assert list(differences(expected, got))
    assert not matches(expected, got)


def test_items_must_come_in_their_order() -> None:
    items = [{"kind": kind} for kind in ("opened", "event", "reset")]
    for wanted in itertools.permutations(items, 2):
        in_order = items.index(wanted[0]) < items.index(wanted[1])
        assert (missing_in_order(wanted, items) is None) == in_order
    assert missing_in_order([{"kind": "event"}, {"kind": "event"}], items) == {"kind": "event"}


def test_what_is_known_takes_its_place_with_its_type() -> None:
    known = {"order": {"version": 2, "children": [{"id": "x"}]}, "round": 0}
    assert filled_in({"a": ["${order.version}", "v${order.version}"]}, known) == {"a": [2, "v2"]}
    assert filled_in("${order.children.0.id}", known) == "x"
    with pytest.raises(KeyError):
        filled_in("${nothing}", known)
