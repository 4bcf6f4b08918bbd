"""Reading a child's output line by line, with a deadline."""

import os
import select
import time
from typing import IO


class Lines:
    """Lines from a pipe. It reads the descriptor itself, so that `select` and the buffer agree."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._rest = b""

    def next(self, timeout: float) -> str | None:
        """Return the next line, `None` at the end of the output. Raises `TimeoutError`."""
        end = time.monotonic() + timeout
        while b"\n" not in self._rest:
            if not select.select([self._pipe], [], [], max(end - time.monotonic(), 0))[0]:
                raise TimeoutError
            data = os.read(self._pipe.fileno(), 65536)
            if not data:
                return None
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()

    def close(self) -> None:
        """Close the pipe."""
        self._pipe.close()
