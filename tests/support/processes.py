"""A gateway as its users run it: `brokerwire serve` in a process of its own."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Self

from brokerwire_server.cli import main
from tests.support.canaries import leaks, leaks_in

COMMAND = (sys.executable, "-m", "brokerwire_server")
READY_TIMEOUT = 30.0


def environment() -> dict[str, str]:
    """Return this environment without anything that configures a gateway or its client."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BROKERWIRE_")}
    if path := kept.get("PYTHONPATH"):
        kept["PYTHONPATH"] = os.pathsep.join(str(Path(part).resolve()) for part in path.split(os.pathsep))
    return kept


def run(*arguments: str, timeout: float = 30.0, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run `brokerwire` to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env=environment(),
        cwd=cwd,
    )


class GatewayProcess:
    """One run of `brokerwire serve` on free ports; prices are set by hand unless the flags say otherwise."""

    def __init__(
        self,
        data_dir: Path,
        *flags: str,
        command: Sequence[str] = COMMAND,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """Start it and wait until it takes orders. `environ` is added to the environment."""
        self.data_dir = data_dir
        self.log = data_dir.with_name(data_dir.name + ".log")
        if not {"--prices", "--replay"} & set(flags):
            flags = ("--prices", "manual", *flags)
        ports = ("--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "serve", *ports, "--data-dir", str(data_dir), *flags],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=environment() | dict(environ or {}),
                cwd=data_dir.parent,
            )
        self.banner: list[str] = []
        try:
            self.grpc, self.http = self._await_ready()
        except BaseException:
            self.__exit__()
            raise

    def _await_ready(self) -> tuple[str, str]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.banner.append(line.rstrip("\n"))
            if line.startswith("brokerwire ready "):
                pairs = dict(word.split("=", 1) for word in line.split()[2:])
                return pairs["grpc"], pairs["http"]
        raise AssertionError(f"serve ended with {self.process.wait()}: {self.log.read_text()}")

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the command line against this gateway, in this process: starting one takes half a second."""
        command = [*arguments, "--address", self.grpc]
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = main(command)
        return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())

    def stop(self, number: int = signal.SIGTERM, timeout: float = 15.0) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout)

    def __enter__(self) -> Self:
        """Give the running gateway."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        said = "".join(f"{line}\n" for line in self.banner)
        if self.process.stdout is not None:
            said += self.process.stdout.read()
            self.process.stdout.close()
        found = leaks(self.data_dir, self.log)
        assert not found, f"secrets were written down: {found}"
        assert not leaks_in(said.encode()), "a secret was printed"


class RestartableGateway:
    """A gateway that is started, killed and started again on the same data; its prices are the random walk's."""

    def __init__(self, data_dir: Path, *flags: str) -> None:
        self.data_dir = data_dir
        self._flags = ("--prices", "random-walk", "--log-level", "error", *flags)
        self._running: GatewayProcess | None = None

    def start(self) -> None:
        """Start it and wait until it takes orders."""
        self._running = GatewayProcess(self.data_dir, *self._flags)

    @property
    def grpc(self) -> str:
        """Return where gRPC listens."""
        assert self._running is not None
        return self._running.grpc

    @property
    def http(self) -> str:
        """Return where HTTP listens."""
        assert self._running is not None
        return self._running.http

    def kill(self) -> None:
        """End it as a crash does: it gets no chance to do anything."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        return self._end(signal.SIGTERM)

    def resident_bytes(self) -> int:
        """Return the memory that it occupies."""
        assert self._running is not None
        status = Path(f"/proc/{self._running.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024

    def _end(self, number: int) -> int:
        running, self._running = self._running, None
        assert running is not None
        with running:
            return running.stop(number, timeout=30.0)


def wait_until(condition: object, timeout: float = 5.0) -> None:
    """Wait until a callable is true."""
    assert callable(condition)
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)
