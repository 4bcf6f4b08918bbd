"""`brokerwire serve`: run the gateway."""

import os
import sys
from pathlib import Path
from typing import Any

import click

from brokerwire_server.cli.exits import CommandFailure
from brokerwire_server.cli.settings import effective
from brokerwire_server.config import LogConfig, LogFormat, LogLevel, MarketHours, PriceSource, TlsVersion
from brokerwire_server.transport.tls_floor import need_tls_1_3

_FLAGS = (
    click.option("--grpc", metavar="ADDRESS", help="Where gRPC listens: host:port, unix:/path or off."),
    click.option("--http", metavar="ADDRESS", help="Where HTTP (JSON, gRPC-Web, /metrics) listens, or off."),
    click.option("--data-dir", metavar="DIR", help="Directory of the journal."),
    click.option("--prices", type=click.Choice([source.value for source in PriceSource]), help="Price source."),
    click.option("--replay", metavar="FILE", multiple=True, help="CSV of recorded quotes; may be repeated."),
    click.option("--replay-speed", "--speed", "speed", metavar="N|max", help="Simulated seconds per second."),
    click.option("--market-hours", type=click.Choice([hours.value for hours in MarketHours])),
    click.option("--seed", metavar="N", help="Seed of everything random in the simulation."),
    click.option("--cash", metavar="AMOUNT", help="First deposit of a new paper account."),
    click.option("--paused", is_flag=True, default=None, help="Start with the simulated clock standing still."),
    click.option("--log-level", type=click.Choice([level.value for level in LogLevel])),
    click.option("--log-format", type=click.Choice([form.value for form in LogFormat])),
    click.option("--otlp-endpoint", metavar="URL", help="Send OpenTelemetry traces there."),
    click.option("--set", "settings", metavar="KEY=VALUE", multiple=True, help="Any setting of the file."),
    click.option("--config", "file", type=click.Path(path_type=Path), help="The TOML file."),
    click.option("--ready-file", type=click.Path(path_type=Path), help="Write the ready line there as well."),
)
_KEYS = {
    "grpc": "server.grpc",
    "http": "server.http",
    "data_dir": "data_dir",
    "prices": "paper.source",
    "replay": "paper.replay",
    "speed": "paper.speed",
    "market_hours": "paper.market_hours",
    "seed": "paper.seed",
    "cash": "paper.cash",
    "paused": "paper.paused",
    "log_level": "log.level",
    "log_format": "log.format",
    "otlp_endpoint": "tracing.endpoint",
}


def _options(command: Any) -> Any:  # noqa: ANN401 - click's decorators
    for option in reversed(_FLAGS):
        command = option(command)
    return command


@click.command
@_options
def serve(file: Path | None, settings: tuple[str, ...], ready_file: Path | None, **options: Any) -> int:  # noqa: ANN401
    """Run the gateway, on paper, until SIGTERM or Ctrl-C.

    Without any flag it listens on 127.0.0.1:50051 (gRPC) and 127.0.0.1:8080 (HTTP), keeps its journal in
    ~/.local/state/brokerwire, and trades on a seeded random walk. Port 0 takes a free port. When it accepts orders
    it prints `brokerwire ready grpc=... http=... pid=...` on standard output. Its log is on standard error.
    """
    config = effective(_flags(options, settings), file).config
    _log_to_stderr(config.log)
    if config.tls.certificate is not None and config.tls.minimum is TlsVersion.V1_3:
        need_tls_1_3(os.environ)
    # The server's packages take most of a second to import: not before the flags are known to be right.
    from brokerwire_server import app  # noqa: PLC0415
    from brokerwire_server.cli.banner import announce, ready_line  # noqa: PLC0415

    def ready(application: app.Application) -> None:
        if ready_file is not None:
            partial = ready_file.with_name(ready_file.name + ".partial")
            partial.write_text(ready_line(application) + "\n", encoding="utf-8")
            partial.replace(ready_file)
        announce(application)

    try:
        return app.run(config, ready)
    except app.StartError as error:
        what, _, hint = str(error).partition("\n")
        raise CommandFailure(what, hint.strip(), error.code) from None


def _flags(options: dict[str, Any], settings: tuple[str, ...]) -> dict[str, object]:
    flags: dict[str, object] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise click.UsageError(f"--set takes KEY=VALUE, not {setting!r}")
        flags[key.strip()] = value.strip()
    flags.update({_KEYS[name]: value for name, value in options.items() if value not in {None, ()}})
    if "paper.replay" in flags:
        flags.setdefault("paper.source", PriceSource.REPLAY.value)
    return flags


def _log_to_stderr(config: LogConfig) -> None:
    from brokerwire_server.observability import logs  # noqa: PLC0415

    json_lines = config.format is LogFormat.JSON or (config.format is LogFormat.AUTO and not sys.stderr.isatty())
    logs.configure(config.level.value, json_lines=json_lines)
