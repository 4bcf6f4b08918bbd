"""The strategy that the README shows does what it says."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

from tests.support.processes import GatewayProcess

README = Path(__file__).resolve().parents[2] / "README.md"


class EnoughError(Exception):
    """The stream has shown what it should."""


def test_the_strategy_of_the_readme_trades(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert found is not None
    lines: list[str] = []

    def note(*words: object) -> None:
        lines.append(" ".join(map(str, words)))
        if "order-of-the-stream" in lines[-1]:
            raise EnoughError

    with GatewayProcess(tmp_path / "data", "--prices", "random-walk") as gateway:
        monkeypatch.setenv("BROKERWIRE_ADDRESS", gateway.grpc)
        later = threading.Timer(
            2.0, gateway.cli, ["orders", "submit", "MSFT", "buy", "1", "--id", "order-of-the-stream"]
        )
        later.start()
        with pytest.raises(EnoughError):
            exec(compile(found[1], "README.md", "exec"), {"print": note})  # noqa: S102 - it is our own
        later.join()
    assert re.fullmatch(r"filled 10 \d+(\.\d+)?", lines[0])
    assert lines[-1].startswith("order-of-the-stream")
