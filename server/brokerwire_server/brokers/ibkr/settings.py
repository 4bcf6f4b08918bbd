"""The settings of a connection, checked."""

import re
from collections.abc import Iterator

from msgspec import Struct

from brokerwire_server.brokers.base import Field
from brokerwire_server.brokers.ibkr.windows import Window, parse_window
from brokerwire_server.domain.connections import ConnectionSpec, Environment
from brokerwire_server.domain.errors import InvalidRequestError, Violation

PORTS = {Environment.PAPER: 4002, Environment.LIVE: 4001}
"""Where IB Gateway listens by default; TWS on 7497 (paper) and 7496 (live)."""

CLIENT_ID = 17
MESSAGES_PER_SECOND = 40
RESTART_WINDOW = "23:40-00:50 America/New_York"

SETTINGS = (
    Field(name="host", about="the machine that TWS or IB Gateway runs on", default="127.0.0.1"),
    Field(name="port", about="its socket port; by default 4002 for paper, 4001 for live (TWS: 7497, 7496)"),
    Field(
        name="client_id",
        about="the API client id, which no other program may use: orders belong to the id that placed them",
        default=str(CLIENT_ID),
    ),
    Field(name="account", about="the one account to serve, of those of the login; by default all"),
    Field(
        name="messages_per_second",
        about="how many messages are sent in a second at most, 10 to 45; TWS ends a session above 50",
        default=str(MESSAGES_PER_SECOND),
    ),
    Field(
        name="restart_window",
        about="when TWS restarts or IB resets its servers each day: a loss of the link then is maintenance",
        default=RESTART_WINDOW,
    ),
)
_HOST = re.compile(r"[A-Za-z0-9.:_-]{1,253}", re.ASCII)
_ACCOUNT = re.compile(r"[A-Za-z0-9]{1,16}", re.ASCII)


class Settings(Struct, frozen=True, kw_only=True):
    """Checked settings. `account` is empty for all of the login."""

    host: str
    port: int
    client_id: int
    account: str
    messages_per_second: int
    restart_window: Window | None


def read_settings(spec: ConnectionSpec) -> Settings:
    """Check a connection's settings. Raises `InvalidRequestError` with everything that is wrong."""
    given = {field.name: spec.settings.get(field.name) or field.default for field in SETTINGS}
    given["port"] = given["port"] or str(PORTS[spec.environment])
    wrong = list(_wrong(given, spec))
    if wrong:
        raise InvalidRequestError.of(*wrong)
    return Settings(
        host=given["host"],
        port=int(given["port"]),
        client_id=int(given["client_id"]),
        account=given["account"].upper(),
        messages_per_second=int(given["messages_per_second"]),
        restart_window=parse_window(given["restart_window"]),
    )


def _wrong(given: dict[str, str], spec: ConnectionSpec) -> Iterator[Violation]:
    known = tuple(field.name for field in SETTINGS)
    for name in spec.settings:
        if name not in known:
            text = f"Interactive Brokers has no such setting; it has: {', '.join(known)}"
            yield Violation(f"settings.{name[:64]}", "INVALID_FIELD", text, known)
    if not _HOST.fullmatch(given["host"]):
        yield Violation("settings.host", "INVALID_FIELD", "a host name or address, without scheme or port")
    yield from _number("port", given["port"], 1, 65_535)
    yield from _number("client_id", given["client_id"], 0, 2**31 - 1)
    yield from _number("messages_per_second", given["messages_per_second"], 10, 45)
    if given["account"] and not _ACCOUNT.fullmatch(given["account"]):
        yield Violation("settings.account", "INVALID_FIELD", "an account number such as DU1234567")
    elif given["account"] and is_paper(given["account"]) is not (spec.environment is Environment.PAPER):
        kind = spec.environment.value.lower()
        yield Violation(
            "settings.account",
            "ENVIRONMENT_MISMATCH",
            f"paper accounts begin with D, live ones do not; the connection is a {kind} one",
        )
    try:
        parse_window(given["restart_window"])
    except ValueError as error:
        yield Violation("settings.restart_window", "INVALID_FIELD", str(error))


def _number(name: str, text: str, lowest: int, highest: int) -> Iterator[Violation]:
    if not (text.isascii() and text.isdecimal() and len(text) < 11 and lowest <= int(text) <= highest):
        yield Violation(f"settings.{name}", "INVALID_FIELD", f"a whole number from {lowest} to {highest}")


def is_paper(account: str) -> bool:
    """Whether an account number is a paper account's: they begin with D (DU, DF, DI), and no live one does."""
    return account.upper().startswith("D")
