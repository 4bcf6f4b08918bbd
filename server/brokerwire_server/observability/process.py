"""What this process shows of its memory: nothing. A core file would hold every credential."""

import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4


def seal_memory() -> None:
    """Write no core files, and let no other process of this user read the memory (Linux; elsewhere the first only)."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
