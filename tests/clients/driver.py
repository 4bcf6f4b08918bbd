"""A driver program: one client of one language, told what to do in JSON lines."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from tests.support.processes import environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.clients.languages import Language

ANSWER_TIMEOUT = 60.0
"""Longer than any step takes by itself, so that a driver that hangs is found out."""


class StepMissingError(Exception):
    """The driver does not know a step. The text is the step's name."""


class DriverProcess:
    """A running driver. One step at a time; `begin` and `finish` leave room for something to happen meanwhile."""

    def __init__(self, language: Language, log: Path) -> None:
        self._log = log
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                language.run, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment()
            )
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="driver", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._answers.put(line)
        self._answers.put("")

    def begin(self, do: str, arguments: dict[str, Any]) -> None:
        """Tell it to carry out a step."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self.process.stdin.flush()

    def finish(self) -> dict[str, Any]:
        """Return the answer to the step that was begun."""
        try:
            line = self._answers.get(timeout=ANSWER_TIMEOUT)
        except queue.Empty:
            raise AssertionError(f"the driver did not answer; its log: {self.log}") from None
        assert line, f"the driver ended; its log: {self.log}"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def measure(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Carry out a step that not every driver has, and return its `ok`.

        Raises:
            StepMissingError: it has not: it ended, or answered with an error of its own.
            AssertionError: it failed.
        """
        self.begin(do, arguments)
        try:
            answer = self.finish()
        except AssertionError:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
            if self.process.returncode is None:
                raise
            raise StepMissingError(do) from None
        if answer.get("error", {}).get("kind") == "driver":
            raise StepMissingError(do)
        assert "ok" in answer, answer
        ok: dict[str, Any] = answer["ok"]
        return ok

    @property
    def log(self) -> str:
        """What it wrote to standard error."""
        return self._log.read_text()[-4000:]
