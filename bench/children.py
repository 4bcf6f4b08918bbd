"""Child processes: the servers that are measured, and the process that loads them."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.lines import Lines
from bench.machine import load_cpus, server_cpus
from bench.result import OUT

ROOT = Path(__file__).parent.parent
START_TIMEOUT = 120.0
STOP_TIMEOUT = 20.0
SANDBOX_KEYS = ("PKSANDBOX0000000000", "sandbox-secret")
"""Key and secret that the Alpaca sandbox takes."""

JOB_TIMEOUT = 300.0


class ChildError(Exception):
    """A child process failed; the text has its last words."""


def environment(home: Path) -> dict[str, str]:
    """Return an environment without the user's own settings of the gateway."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("BROKERWIRE_")}
    path = os.pathsep.join(str(ROOT / part) for part in ("", "server", "clients/python"))
    return {**kept, "PYTHONPATH": path, "XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home)}


class Server:
    """A server in a process of its own, with its data in a folder that goes when it stops."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        pinned: bool = True,
        folder: Path | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Start `python -m <arguments>`; "{data}" in them is the data folder. `wait` returns when it is ready."""
        OUT.mkdir(exist_ok=True)
        self._own_folder = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="run-", dir=OUT))
        filled = [argument.replace("{data}", str(self.folder)) for argument in arguments]
        self._log = (self.folder / "stderr.log").open("w+", encoding="utf-8")
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", *filled],
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**environment(self.folder), **(variables or {})},
            cwd=ROOT,
        )
        assert self._process.stdout is not None
        self._lines = Lines(self._process.stdout)
        self.pid = self._process.pid
        self.addresses: dict[str, str] = {}
        self.ready_seconds = 0.0
        self._pinned = pinned

    def wait(self, timeout: float = START_TIMEOUT) -> Self:
        """Wait for the line "<name> ready door=address ... pid=..."."""
        while (line := self._next_line(timeout)) is not None:
            words = line.split()
            if words[1:2] == ["ready"]:
                self.ready_seconds = time.perf_counter() - self.started
                self.addresses = dict(word.split("=", 1) for word in words[2:])
                if self._pinned:
                    self._pin()
                return self
        raise ChildError(f"a server did not start: {self._words()}")

    def _pin(self) -> None:
        """Bind all threads to the servers' core; only now, so that several servers start sooner."""
        for thread in Path(f"/proc/{self.pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), server_cpus())

    def _next_line(self, timeout: float) -> str | None:
        try:
            return self._lines.next(timeout)
        except TimeoutError:
            return None

    def stop(self, signum: int = signal.SIGKILL) -> None:
        """End it and remove its folder. Killed, because nothing that it leaves behind is wanted."""
        if self._process.poll() is None:
            self._process.send_signal(signum)
            try:
                self._process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()
        self._lines.close()
        if self._own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def check(self) -> None:
        """Raise `ChildError` where it has ended."""
        if self._process.poll() is not None:
            raise ChildError(f"a server ended with exit code {self._process.returncode}: {self._words()}")

    def _words(self) -> str:
        self._process.kill()
        self._log.flush()
        self._log.seek(0)
        return self._log.read()[-3000:]

    def __enter__(self) -> Self:
        return self.wait()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def gateway(
    *,
    pinned: bool = True,
    folder: Path | None = None,
    extra: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
    module: str = "brokerwire_server",
) -> Server:
    """Start the gateway as a user would, on free ports, with more paper money than any load can spend."""
    doors = ("--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0")
    data = ("--data-dir", "{data}", "--cash", "1000000000000", "--log-level", "warning")
    return Server([module, "serve", *doors, *data, *extra], pinned=pinned, folder=folder, variables=variables)


def floor() -> Server:
    """Start the echo service, plain and durable."""
    return Server(["bench.servers.floor", "{data}"])


def rest() -> Server:
    """Start the REST service."""
    return Server(["bench.servers.rest", "{data}"])


def alpaca_sandbox() -> Server:
    """Start a local Alpaca without a rate limit."""
    return Server(["bench.servers.alpaca"])


class Load:
    """The process that makes load: pinned to a core of its own, it takes one job after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.load"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(ROOT),
            cwd=ROOT,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input, self._lines = self._process.stdin, Lines(self._process.stdout)
        self.pid = self._process.pid
        os.sched_setaffinity(self.pid, load_cpus())

    def run(self, job: str, server: Server, others: Sequence[Server] = (), **arguments: Any) -> dict[str, Any]:
        """Run a job against a server and return what it measured."""
        ours = [os.getpid(), *(other.pid for other in others)]
        request: Mapping[str, Any] = {"job": job, "server": server.pid, "ours": ours, **arguments}
        self._input.write(json.dumps(request).encode() + b"\n")
        self._input.flush()
        try:
            line = self._lines.next(JOB_TIMEOUT)
        except TimeoutError:
            server.check()
            raise ChildError(f"the job {job} took too long") from None
        if line is None:
            server.check()
            code = self._process.wait(STOP_TIMEOUT)
            raise ChildError(f"the load process ended in the job {job}, with exit code {code}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            server.check()
            raise ChildError(f"{job}: {answer['error']}")
        return answer

    def stop(self) -> None:
        """End the process."""
        self._input.close()
        self._process.wait(STOP_TIMEOUT)
        self._lines.close()


def allow_many_files() -> None:
    """Raise the limit of open files as far as allowed: a thousand streams are a thousand sockets on each side."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
