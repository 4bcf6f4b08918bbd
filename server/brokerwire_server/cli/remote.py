"""What all commands that talk to a gateway share: their options, the connection, and how its errors end them."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

import click
import grpc

import brokerwire
from brokerwire import Client
from brokerwire._target import Target, target
from brokerwire.errors import BrokerwireError
from brokerwire.signing import Signer
from brokerwire.types import Order
from brokerwire.types.enums import ActionOutcome, OrderState
from brokerwire_server.cli.exits import CommandFailure, Exit
from brokerwire_server.cli.hints import failure
from brokerwire_server.cli.output import Output

DEFAULT_ADDRESS = "127.0.0.1:50051"

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a command shows to be let in. What is absent, the client looks for in the environment."""

    bearer_file: Path | None = None
    root_certificates: str | None = None
    certificate: str | None = None
    key: str | None = None
    otp: str | None = None
    signing_key: Path | None = None
    key_id: str | None = None

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of `connect`. Raises `OSError` where the token can't be read."""
        if bool(self.certificate) is not bool(self.key):
            raise CommandFailure("--certificate and --key go together", "", Exit.USAGE)
        if bool(self.signing_key) is not bool(self.key_id):
            raise CommandFailure("--signing-key and --key-id go together", "", Exit.USAGE)
        given = {
            "token": self.bearer_file.read_text(encoding="utf-8").strip() if self.bearer_file else None,
            "root_certificates": self.root_certificates,
            "certificate": (self.certificate, self.key) if self.certificate else None,
            "otp": self.otp,
            "signer": Signer.from_file(self.signing_key, self.key_id) if self.signing_key and self.key_id else None,
        }
        return {name: value for name, value in given.items() if value}


class Remote:
    """The gateway that a command talks to, and where its results go."""

    def __init__(
        self, *, address: str | None, account: str | None, json_wanted: bool, entry: "Entry | None" = None
    ) -> None:
        """Take what the options say; connecting is left to `client`."""
        self.address = address or DEFAULT_ADDRESS
        self.entry = entry or Entry()
        self.account = account or None
        self.out = Output(json_wanted=json_wanted)

    @contextmanager
    def client(self) -> Iterator[Client]:
        """Connect. A refusal or an unreachable gateway ends the command with a line that says what to do."""
        try:
            with self.connect() as client:
                yield client
        except BrokerwireError as error:
            raise failure(error, self.address) from error

    @contextmanager
    def streaming(self) -> Iterator[Client]:
        """Connect, for a stream. A stream waits for its gateway for ever, so the first look is a plain call."""
        with self.client() as client:
            client.server_info()
            yield client

    def connect(self) -> Client:
        """Return a client. Its errors are the caller's."""
        return self._reached(lambda: brokerwire.connect(self.address, account=self.account, **self.entry.arguments()))

    def channel(self) -> grpc.Channel:
        """Return a bare channel, for the standard services."""
        return self._reached(lambda: _channel(target(self.address, **self.entry.arguments())))

    def _reached(self, connect: Callable[[], T]) -> T:
        try:
            return connect()
        except ValueError as error:
            raise CommandFailure(str(error), "on the command line: --root-certificates FILE", Exit.USAGE) from None
        except OSError as error:
            raise CommandFailure(f"{error.filename}: can't be read ({error.strerror})", "", Exit.USAGE) from None


def _channel(where: Target) -> grpc.Channel:
    if where.credentials is None:
        return grpc.insecure_channel(where.address, options=where.options())
    return grpc.secure_channel(where.address, where.credentials, options=where.options())


def remote(*, account: bool = True) -> Callable[[F], F]:
    """Give a command its first argument `to`, and the options for it: --address, --json and those of `Entry`.

    With `account`, --account too.
    """

    def decorate(command: F) -> F:
        @functools.wraps(command)
        def run(*args: Any, address: str | None, json_wanted: bool, account: str | None = None, **options: Any) -> Any:  # noqa: ANN401
            entry = Entry(**{field.name: options.pop(field.name) for field in fields(Entry)})
            to = Remote(address=address, account=account, json_wanted=json_wanted, entry=entry)
            return command(to, *args, **options)

        made: Any = run
        for option in (*reversed(_ENTRY), _JSON, *([_ACCOUNT] if account else []), _ADDRESS):
            made = option(made)
        return made  # type: ignore[no-any-return]

    return decorate


_ADDRESS = click.option(
    "--address",
    envvar="BROKERWIRE_ADDRESS",
    metavar="ADDRESS",
    help=f"The gateway: host:port or unix:/path.  [env: BROKERWIRE_ADDRESS; default: {DEFAULT_ADDRESS}]",
)
_ACCOUNT = click.option(
    "--account",
    envvar="BROKERWIRE_ACCOUNT",
    metavar="ID",
    help="The account. Not needed where there is only one.  [env: BROKERWIRE_ACCOUNT]",
)
_ENTRY = (
    click.option(
        "--bearer-file", type=click.Path(path_type=Path), help="File with your token.  [else: env BROKERWIRE_TOKEN]"
    ),
    click.option(
        "--root-certificates", metavar="FILE", help="The gateway's authority.  [else: env BROKERWIRE_ROOT_CERTIFICATES]"
    ),
    click.option("--certificate", metavar="FILE", help="Your certificate.  [else: env BROKERWIRE_CERTIFICATE]"),
    click.option("--key", metavar="FILE", help="Its key.  [else: env BROKERWIRE_KEY]"),
    click.option(
        "--signing-key",
        envvar="BROKERWIRE_SIGNING_KEY",
        type=click.Path(path_type=Path, exists=True),
        metavar="FILE",
        help="Private key that signs your orders, with --key-id.  [env: BROKERWIRE_SIGNING_KEY]",
    ),
    click.option(
        "--key-id",
        envvar="BROKERWIRE_KEY_ID",
        metavar="ID",
        help="Its id, from `brokerwire signing-keys`.  [env: BROKERWIRE_KEY_ID]",
    ),
    click.option("--otp", envvar="BROKERWIRE_OTP", metavar="CODE", help="Code of your second factor."),
)
"""Never the token itself: arguments are for everybody on the machine to see."""

_JSON = click.option("--json", "json_wanted", is_flag=True, help="JSON for scripts; decimals are text.")


class Number(click.ParamType):  # type: ignore[type-arg] # generic in newer releases only
    """A decimal, kept exact."""

    name = "decimal"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:  # noqa: ANN401
        """Return the decimal, or fail as click does."""
        try:
            number = Decimal(str(value)) if len(str(value)) <= 40 else Decimal("NaN")
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or "e" in str(value).lower():
            self.fail(f"{str(value)[:40]!r} is not a plain decimal such as 12.5", param, ctx)
        return number


class Words(click.ParamType):  # type: ignore[type-arg] # as above
    """One of the contract's words, in any case, with `-` or `_`."""

    def __init__(self, name: str, words: tuple[str, ...]) -> None:
        """Name the kind of thing, and what it may be."""
        self.name = name
        self.words = words

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401
        """Return the word as the client writes it."""
        word = str(value).lower().replace("-", "_")
        if word not in self.words:
            self.fail(f"{value!r} is not one of {', '.join(self.words)}", param, ctx)
        return word

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Show the words."""
        return f"[{'|'.join(self.words)}]"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[click.shell_completion.CompletionItem]":
        """Complete the words."""
        return [click.shell_completion.CompletionItem(w) for w in self.words if w.startswith(incomplete.lower())]


def exit_of(order: Order) -> int:
    """Return the exit code that an order's state stands for."""
    return {OrderState.REJECTED: Exit.FAILED, OrderState.INDETERMINATE: Exit.INDETERMINATE}.get(order.state, Exit.OK)


def outcome_exit(outcome: ActionOutcome) -> int:
    """Return the exit code that the outcome of a cancel or replace stands for."""
    return {ActionOutcome.REFUSED: Exit.FAILED, ActionOutcome.UNKNOWN: Exit.INDETERMINATE}.get(outcome, Exit.OK)


def tags_of(pairs: tuple[str, ...]) -> dict[str, str]:
    """Return labels from `KEY=VALUE` texts."""
    tags = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise click.UsageError(f"--tag takes KEY=VALUE, not {pair!r}")
        tags[key] = value
    return tags
