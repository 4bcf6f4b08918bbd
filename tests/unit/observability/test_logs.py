import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from brokerwire_server.observability import logs

SECRET = "hunter2hunter2"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level, hook = root.handlers[:], root.level, sys.excepthook
    target = io.StringIO()
    yield target
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook = hook
    logging.captureWarnings(capture=False)


def _lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_its_extras(stream: io.StringIO) -> None:
    logs.configure("info", json_lines=True, stream=stream)
    logging.getLogger("brokerwire_server.x").info("took %s", "it", extra={"account_id": "paper", "seconds": 0.5})
    (line,) = _lines(stream)
    assert line["level"] == "info"
    assert line["logger"] == "brokerwire_server.x"
    assert line["message"] == "took it"
    assert line["account_id"] == "paper"
    assert line["seconds"] == 0.5
    assert line["time"].endswith("Z")


def test_extras_that_nobody_allowed_are_left_out(stream: io.StringIO) -> None:
    logs.configure("info", json_lines=True, stream=stream)
    logging.getLogger("x").info("hello", extra={"request": SECRET, "reason": f"password={SECRET}"})
    assert SECRET not in stream.getvalue()
    assert _lines(stream)[0]["reason"] == "password=[redacted]"


@pytest.mark.parametrize("json_lines", [True, False])
def test_secrets_appear_neither_in_messages_nor_in_exceptions(stream: io.StringIO, json_lines: bool) -> None:
    logs.configure("info", json_lines=json_lines, stream=stream)
    try:
        try:
            raise ValueError(f"api_key={SECRET}")
        except ValueError as error:
            raise RuntimeError(f"https://me:{SECRET}@broker failed") from error
    except RuntimeError:
        logging.getLogger("x").exception("token: %s", SECRET)
    assert SECRET not in stream.getvalue()
    assert "RuntimeError" in stream.getvalue()
    assert "ValueError" in stream.getvalue()
    assert "test_logs.py" in stream.getvalue()


def test_an_exception_has_type_message_and_stack(stream: io.StringIO) -> None:
    logs.configure("info", json_lines=True, stream=stream)
    try:
        raise ExceptionGroup("both", [KeyError("a"), OSError("b")])
    except ExceptionGroup:
        logging.getLogger("x").exception("failed")
    found = _lines(stream)[0]["exception"]
    assert [link["type"] for link in found] == ["ExceptionGroup", "KeyError", "OSError"]
    assert "test_an_exception_has_type_message_and_stack" in found[0]["stack"][0]


def test_a_line_stays_one_line_and_a_bad_message_is_still_logged(stream: io.StringIO) -> None:
    logs.configure("info", json_lines=False, stream=stream)
    logging.getLogger("x").info("a\nfake line")
    logging.getLogger("x").info("%d %d", *["wrong"])
    first, second = stream.getvalue().splitlines()
    assert "a\\nfake line" in first
    assert "do not fit" in second


def test_the_level_holds(stream: io.StringIO) -> None:
    logs.configure("warning", json_lines=True, stream=stream)
    logging.getLogger("x").info("quiet")
    assert stream.getvalue() == ""


def test_an_uncaught_exception_is_logged_without_its_secrets() -> None:
    program = (
        "from brokerwire_server.observability import logs\n"
        "logs.configure('info', json_lines=True)\n"
        f"raise RuntimeError('password={SECRET}')\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert SECRET not in result.stderr
    assert json.loads(result.stderr)["exception"][0]["type"] == "RuntimeError"
