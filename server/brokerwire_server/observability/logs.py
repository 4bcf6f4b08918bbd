"""Structured logs on standard error: one line per message, as JSON for machines or as text for a person."""

import json
import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from brokerwire_server.observability.redaction import redact

EXTRAS = (
    "event",
    "error_id",
    "account_id",
    "order_id",
    "client_order_id",
    "broker",
    "connection_id",
    "stream_id",
    "kind",
    "door",
    "method",
    "code",
    "reason",
    "state",
    "symbol",
    "sequence",
    "count",
    "seconds",
)
"""What `extra=` may carry into a line; anything else is left out, so that nothing gets there by accident."""

_QUIET = ("asyncio", "grpc", "uvicorn", "alembic", "sqlalchemy")
_COLORS = {"WARNING": "\x1b[33m", "ERROR": "\x1b[31m", "CRITICAL": "\x1b[1;31m"}
_MESSAGE_LIMIT = 8_000


def configure(level: str, *, json_lines: bool, stream: TextIO | None = None) -> None:
    """Send every log message, warning and uncaught exception to `stream` (default: standard error)."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if json_lines else TextFormatter(color=_is_terminal(handler.stream)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    if root.level >= logging.INFO:
        for name in _QUIET:
            logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


class JsonFormatter(logging.Formatter):
    """One JSON object per line: `time`, `level`, `logger`, `message`, allowed extras, and `exception` if any."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        line.update(extras(record))
        if error := _exception(record):
            line["exception"] = [_described(link) for link in _chain(error)]
        return json.dumps(line, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """Text for a person: local time, level, message and extras; the stack, if any, on lines of its own."""

    def __init__(self, *, color: bool) -> None:
        """Colour warnings and errors if `color`."""
        super().__init__()
        self._color = color

    def format(self, record: logging.LogRecord) -> str:
        """Return the line or lines."""
        when = datetime.fromtimestamp(record.created, UTC).astimezone().strftime("%H:%M:%S")
        level = f"{record.levelname:<7}"
        if self._color and record.levelname in _COLORS:
            level = f"{_COLORS[record.levelname]}{level}\x1b[0m"
        pairs = "".join(f" {name}={value}" for name, value in extras(record).items())
        line = f"{when} {level} {_message(record)}{pairs}"
        if error := _exception(record):
            line += "".join(_lines(_described(link)) for link in _chain(error))
        return line


def extras(record: logging.LogRecord) -> dict[str, Any]:
    """Return the allowed extras of a record, redacted."""
    found = {name: record.__dict__[name] for name in EXTRAS if name in record.__dict__}
    return {name: redact(value) if isinstance(value, str) else value for name, value in found.items()}


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _message(record: logging.LogRecord) -> str:
    try:
        text = record.getMessage()
    except (TypeError, ValueError):
        text = f"{record.msg} (its arguments do not fit)"
    return redact(text[:_MESSAGE_LIMIT]).replace("\n", "\\n")


def _exception(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if record.exc_info else None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what it came from, the members of groups included, at most ten in all."""
    waiting, seen = [error], 0
    while waiting and seen < 10:
        current = waiting.pop(0)
        seen += 1
        yield current
        if isinstance(current, BaseExceptionGroup):
            waiting.extend(current.exceptions)
        origin = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        if origin is not None:
            waiting.append(origin)


def _described(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "type": f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins."),
        "message": redact(str(error)[:_MESSAGE_LIMIT]),
        "stack": [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames],
    }


def _short(filename: str) -> str:
    return "/".join(Path(filename).parts[-3:])


def _lines(described: dict[str, Any]) -> str:
    head = f"\n    {described['type']}: {described['message']}"
    return head + "".join(f"\n      at {frame}" for frame in described["stack"])


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty()


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("brokerwire_server").critical("uncaught exception", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        _log_uncaught(args.exc_type, args.exc_value, args.exc_traceback)
