"""The settings of a connection, checked so that a paper key can never reach the live host, or the reverse."""

from collections.abc import Mapping
from ipaddress import ip_address

from msgspec import Struct
from yarl import URL

from brokerwire_server.brokers.base import Field
from brokerwire_server.domain.connections import ConnectionSpec, Environment
from brokerwire_server.domain.errors import InvalidRequestError, Violation
from brokerwire_server.domain.secrets import Secret

HOSTS = {Environment.PAPER: "paper-api.alpaca.markets", Environment.LIVE: "api.alpaca.markets"}
DATA_HOST = "data.alpaca.markets"
PREFIXES = {Environment.PAPER: "PK", Environment.LIVE: "AK"}
"""How Alpaca's keys begin."""

CREDENTIAL = (
    Field(name="api_key", about="the key's id: begins with PK for paper, AK for live", secret=True),
    Field(name="secret_key", about="the key's secret, shown once when it is made", secret=True),
)
SETTINGS = (
    Field(name="base_url", about="trading host; by default Alpaca's own for the environment, or a sandbox on loopback"),
    Field(
        name="data_url",
        about="market data host; by default Alpaca's own, or the sandbox",
        default=f"https://{DATA_HOST}",
    ),
    Field(name="events", about="how events come: websocket or sse", default="websocket"),
    Field(name="data_feed", about="market data feed: iex (free) or sip (subscription)", default="iex"),
)
_CHOICES = {"events": ("websocket", "sse"), "data_feed": ("iex", "sip")}


class Settings(Struct, frozen=True, kw_only=True):
    """Checked settings; URLs without a slash at their end."""

    base_url: str
    data_url: str
    events: str
    data_feed: str


def read_settings(spec: ConnectionSpec, credential: Mapping[str, Secret]) -> Settings:
    """Check a connection's settings and keys. Raises `InvalidRequestError` with everything that is wrong."""
    given = {field.name: spec.settings.get(field.name) or field.default for field in SETTINGS}
    given["base_url"] = given["base_url"] or f"https://{HOSTS[spec.environment]}"
    if _sandbox(given["base_url"]) and "data_url" not in spec.settings:
        # The keys of a sandbox have no business at Alpaca.
        given["data_url"] = given["base_url"]
    known = tuple(field.name for field in SETTINGS)
    wrong = [
        Violation(f"settings.{name}", "INVALID_FIELD", "Alpaca has no such setting", known)
        for name in spec.settings
        if name not in known
    ]
    for name, choices in _CHOICES.items():
        if given[name] not in choices:
            wrong.append(Violation(f"settings.{name}", "INVALID_FIELD", f"one of {', '.join(choices)}", choices))
    wrong += _check_host("base_url", given["base_url"], HOSTS[spec.environment], spec.environment)
    wrong += _check_host("data_url", given["data_url"], DATA_HOST, spec.environment)
    wrong += _check_keys(credential, spec.environment)
    if wrong:
        raise InvalidRequestError.of(*wrong)
    return Settings(**{name: value.rstrip("/") for name, value in given.items()})


def _check_host(name: str, text: str, host: str, environment: Environment) -> list[Violation]:
    field = f"settings.{name}"
    try:
        url = URL(text)
    except ValueError:
        return [Violation(field, "INVALID_FIELD", "not a URL")]
    if url.path not in ("", "/") or url.query_string or url.user or url.fragment:
        return [Violation(field, "INVALID_FIELD", "only scheme, host and port: the paths are added")]
    if url.host == host and url.scheme == "https" and url.port == 443:
        return []
    if environment is Environment.PAPER and url.scheme == "http" and _loopback(url.host or ""):
        return []
    kind = environment.value.lower()
    sandbox = " or a sandbox on loopback (http://127.0.0.1:PORT)" if environment is Environment.PAPER else ""
    text = f"a {kind} connection reaches https://{host}{sandbox} and nothing else, so that no key meets the wrong host"
    return [Violation(field, "INVALID_FIELD", text)]


def _sandbox(text: str) -> bool:
    try:
        return _loopback(URL(text).host or "")
    except ValueError:
        return False


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _check_keys(credential: Mapping[str, Secret], environment: Environment) -> list[Violation]:
    missing = [field.name for field in CREDENTIAL if not credential.get(field.name)]
    if missing:
        return [
            Violation(f"credential.{name}", "FIELD_REQUIRED", "both parts of the key are needed") for name in missing
        ]
    key = credential["api_key"].reveal()
    others = [other for other, prefix in PREFIXES.items() if other is not environment and key.startswith(prefix)]
    if not others:
        return []
    here, there = environment.value.lower(), others[0].value.lower()
    text = (
        f"this is a {there} key ({PREFIXES[others[0]]}...), the connection is a {here} one: make a {here} key at Alpaca"
    )
    return [Violation("credential.api_key", "INVALID_FIELD", text)]
