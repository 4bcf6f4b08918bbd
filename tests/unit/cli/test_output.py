import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

import pytest

from brokerwire_server.cli.output import Output, aligned, attribute, text_of, to_json


class _Color(StrEnum):
    RED = "red"


@dataclass
class _Thing:
    name: str
    price: Decimal | None = None
    raw: object = field(default=None, repr=False)


def test_json_keeps_decimals_exact_and_hides_what_a_record_hides() -> None:
    thing = _Thing("a", Decimal("0.10"), raw=object())
    assert json.loads(to_json({"things": (thing,)})) == {"things": [{"name": "a", "price": "0.10"}]}


def test_json_of_other_values() -> None:
    value = {
        "time": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "day": date(2026, 1, 2),
        "long": timedelta(seconds=1.5),
        "hash": b"\x01\xff",
        "color": _Color.RED,
        "tags": MappingProxyType({"a": "b"}),
        "none": None,
    }
    assert json.loads(to_json(value)) == {
        "time": "2026-01-02T03:04:05Z",
        "day": "2026-01-02",
        "long": "1.5",
        "hash": "01ff",
        "color": "red",
        "tags": {"a": "b"},
        "none": None,
    }


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (_Color.RED, "RED"), (True, "yes"), (("a", "b"), "a, b"), ({"k": 1}, "k=1")]
)
def test_text_for_people(value: object, text: str) -> None:
    assert str(text_of(value)) == text


def test_piped_rows_are_aligned_and_have_no_empty_cell() -> None:
    things = [_Thing("long name", Decimal(1)), _Thing("b")]
    lines = list(aligned(things, (("NAME", attribute("name")), ("PRICE", attribute("price")))))
    assert lines == ["NAME       PRICE", "long name  1", "b          -"]


def test_rows_are_one_json_document_for_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json_wanted=True).rows("things", [_Thing("a")], (("NAME", attribute("name")),))
    assert json.loads(capsys.readouterr().out) == {"things": [{"name": "a", "price": None}]}


def test_a_record_leaves_out_what_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json_wanted=False).record(_Thing("a"), [("name", "a"), ("price", "")])
    assert capsys.readouterr().out == "name  a\n"
