"""One run: what all cases share."""

import itertools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.children import Load, Server
from bench.machine import wait_until_quiet
from bench.options import Options


@dataclass
class Run:
    """The options, the load process, and a way to say what is going on."""

    options: Options
    load: Load
    say: Callable[[str], None]
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _prefix: str = field(default_factory=lambda: f"{os.getpid() % 4096:x}{int(time.time()) % 4096:x}")

    def sample(self, job: str, server: Server, others: tuple[Server, ...] = (), **arguments: Any) -> dict[str, Any]:
        """Run one job of the load process, when the machine is quiet or has been waited for."""
        wait_until_quiet(self.options.quiet)
        return self.load.run(job, server, others, **arguments)

    def name(self) -> str:
        """Return a name for the orders of a sample, different from all others."""
        return f"{self._prefix}{next(self._numbers):x}"
