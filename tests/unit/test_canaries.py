"""The search for secrets finds them: what never finds anything proves nothing."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from tests.support import canaries

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "c4naryOfTheSearchItself/+=" + "x"


@pytest.fixture(autouse=True)
def only_mine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canaries, "_watched", set())
    canaries.watch(SECRET)


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        base64.b64encode(SECRET.encode()).decode(),
        SECRET.encode().hex(),
        "c4naryOfTheSearchItself%2F%2B%3Dx",
        "authorization: Bearer bw_0123abcd_" + "Zq" * 20,
        "otpauth://totp/brokerwire:local?secret=ABC",
        "-----BEGIN PRIVATE KEY-----",
    ],
)
@pytest.mark.parametrize("place", ["data/brokerwire.db", "data/checkpoints/1", "data.log", "core.7"])
def test_a_secret_is_found_wherever_a_server_writes(tmp_path: Path, place: str, text: str) -> None:
    file = tmp_path / place
    file.parent.mkdir(exist_ok=True, parents=True)
    file.write_bytes(b"\0before " + text.encode() + b" after\xff")
    assert list(canaries.leaks(tmp_path / "data", tmp_path / "data.log")) == [str(file)]


def test_what_is_no_secret_and_what_is_where_it_belongs_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "vault.key").write_text(SECRET)
    (tmp_path / "data.log").write_text("token bw_0123abcd of alice; a code is missing; -----BEGIN CERTIFICATE-----")
    assert canaries.leaks(tmp_path / "data", tmp_path / "data.log") == {}
