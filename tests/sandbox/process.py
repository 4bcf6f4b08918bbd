"""A sandbox as a process of its own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys


class Process:
    """`brokerwire sandbox ...`, ready to be used."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "brokerwire_server", "sandbox", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines: list[str] = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.strip())
            if line.startswith("brokerwire sandbox ready"):
                return
        raise AssertionError(self.process.communicate()[1])

    @property
    def ready(self) -> dict[str, str]:
        """What the last line says."""
        return dict(re.findall(r"(\w+)=(\S+)", self.lines[-1]))

    def end(self, number: int = signal.SIGTERM) -> int:
        """Signal it, and return its exit code; it has nothing to complain of."""
        self.process.send_signal(number)
        assert self.process.communicate(timeout=20)[1] == ""
        return self.process.returncode

    def kill(self) -> None:
        """End it whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
