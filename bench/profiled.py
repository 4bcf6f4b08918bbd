"""The gateway under cProfile, from the moment it is ready: its event loop and its journal writer, each in a file.

The clock is the thread's processor time: what another thread or program takes away is not counted. Garbage collection
is off, because it would be charged to whatever function happens to allocate.
"""

import cProfile
import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from brokerwire_server import app
from brokerwire_server.cli import main as command_line
from brokerwire_server.store.writer import Writer


def _profiled_writer(path: Path) -> None:
    work = Writer._run

    def run(writer: Writer) -> None:
        profile = cProfile.Profile(time.thread_time)
        try:
            profile.runcall(work, writer)
        finally:
            profile.dump_stats(path)

    Writer._run = run  # type: ignore[method-assign, assignment]


def _profiled_loop(path: Path) -> None:
    work = app.run
    profile = cProfile.Profile(time.thread_time)

    def run(config: Any, announce: Callable[[app.Application], None]) -> int:
        def ready(application: app.Application) -> None:
            announce(application)
            gc.disable()
            profile.enable()

        try:
            return work(config, ready)
        finally:
            profile.disable()
            profile.dump_stats(path)

    app.run = run


if __name__ == "__main__":
    folder = Path(sys.argv.pop(1))
    _profiled_writer(folder / "writer.prof")
    _profiled_loop(folder / "loop.prof")
    sys.exit(command_line())
