"""`brokerwire demo`: a gateway of its own, a few orders, and everything that happens to them as it streams in."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.text import Text

import brokerwire
from brokerwire.errors import BrokerwireError
from brokerwire_server.cli.exits import CommandFailure, Exit
from brokerwire_server.cli.output import Output
from brokerwire_server.cli.story import play
from brokerwire_server.cli.tape import Tape

_STOP_TIMEOUT = 15.0


@click.command
@click.option("--json", "json_wanted", is_flag=True, help="Every streamed event as a JSON line, then the summary.")
def demo(*, json_wanted: bool) -> int:
    """Start a paper gateway, trade on it, and watch orders, fills and positions stream in.

    It runs in a process of its own, on free ports, with a temporary directory; nothing of yours is touched. Prices are
    set by the demo, so every run is the same. Exit code 0 if every event came exactly once and in order.
    """
    out = Output(json_wanted=json_wanted)
    with tempfile.TemporaryDirectory(prefix="brokerwire-demo-") as directory, _gateway(Path(directory)) as address:
        _introduce(out, address)
        try:
            with brokerwire.connect(address) as client, Tape(client, out) as tape:
                play(client, tape)
                summary = tape.check()
        except BrokerwireError as error:
            raise CommandFailure(f"demo: {error}", "please report it with the lines above") from error
    if json_wanted:
        out.document(summary)
    else:
        out.say("")
        out.say(
            f"demo: {summary['orders']} orders, {summary['fills']} fills, all streamed exactly once: "
            + ("OK" if summary["ok"] else f"FAILED: {summary['problem']}")
        )
    return Exit.OK if summary["ok"] else Exit.FAILED


def _introduce(out: Output, address: str) -> None:
    if out.json:
        return
    paper = Text(" PAPER ", style="bold black on bright_green")
    out.say(Text.assemble(paper, f"  a gateway for this demo listens at {address}"))
    out.say(Text("Orders go in by unary calls; everything below comes back as streams. Nobody polls.", style="dim"))


@contextmanager
def _gateway(directory: Path) -> Iterator[str]:
    """Run `brokerwire serve` in a child process and give its gRPC address; stop it in good order."""
    log = directory / "log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BROKERWIRE_")}
    arguments = ["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data-dir", str(directory / "data")]
    # An empty file: what is configured here, for a gateway that is meant to stay, is not for this one.
    arguments += ["--config", os.devnull, "--prices", "manual", "--market-hours", "always", "--log-format", "text"]
    with log.open("wb") as stderr:
        child = subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-m", "brokerwire_server", "serve", *arguments],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env=environment,
        )
    try:
        yield _ready_address(child, log)
        child.terminate()
        if (code := child.wait(_STOP_TIMEOUT)) != Exit.OK:
            raise CommandFailure(f"demo: the gateway ended with {code}", _tail(log))
    except subprocess.TimeoutExpired:
        raise CommandFailure("demo: the gateway did not stop when it was asked to", _tail(log)) from None
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        if child.stdout is not None:
            child.stdout.close()


def _ready_address(child: "subprocess.Popen[str]", log: Path) -> str:
    assert child.stdout is not None  # noqa: S101 - for the type checker
    for line in child.stdout:
        if line.startswith("brokerwire ready "):
            pairs = dict(word.partition("=")[::2] for word in line.split()[2:])
            return pairs["grpc"]
    raise CommandFailure("demo: the gateway did not start", _tail(log))


def _tail(log: Path) -> str:
    return "\n  ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:])
