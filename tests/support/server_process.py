"""A gateway in a process of its own, as a user runs it: started by its command, killed without mercy."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

START_TIMEOUT = 60.0
ROOT = Path(__file__).resolve().parents[2]

_READY = re.compile(r"brokerwire ready grpc=(\S+) http=(\S+) pid=\d+")


class ServerProcess:
    """`brokerwire serve` on free ports; `start` returns when it accepts calls."""

    def __init__(self, data_dir: Path, *flags: str) -> None:
        self.data_dir = data_dir
        self.flags = flags
        self.grpc = ""
        self.http = ""
        self._process: subprocess.Popen[str] | None = None
        self._errors: IO[str] | None = None

    def start(self) -> None:
        """Start the server. Raises `RuntimeError` with what it printed where it does not come up."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "brokerwire_server", "serve", "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"]
        command += ["--data-dir", str(self.data_dir), *self.flags]
        self._errors = (self.data_dir / "server.log").open("a")
        paths = os.pathsep.join(str(ROOT / part) for part in ("server", "clients/python"))
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self._errors, text=True, env={**os.environ, "PYTHONPATH": paths}
        )
        timer = threading.Timer(START_TIMEOUT, self._process.kill)
        timer.start()
        try:
            self._await_ready()
        finally:
            timer.cancel()

    def _await_ready(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            found = _READY.search(line)
            if found:
                self.grpc, self.http = found.groups()
                threading.Thread(target=self._process.stdout.read, daemon=True).start()
                return
        msg = f"the server did not start: {(self.data_dir / 'server.log').read_text()[-2000:]}"
        raise RuntimeError(msg)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """End the server as a crash does: it gets no chance to do anything."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask the server to end, and return its exit code."""
        return self._end(signal.SIGTERM)

    def resident_bytes(self) -> int:
        """Return the memory that the server occupies."""
        text = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) * 1024  # type: ignore[index]

    def _end(self, how: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(how)
        code = self._process.wait(timeout=30)
        if self._process.stdout is not None:
            self._process.stdout.close()
        if self._errors is not None:
            self._errors.close()
        self._process = None
        return code
