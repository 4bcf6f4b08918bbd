"""The machine: what it is, who used its processors, and which of them servers and load get."""

import os
import platform
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

FOREIGN_LIMIT = 0.2
"""Cores used by foreign processes above which a sample is flagged."""

_TICK = os.sysconf("SC_CLK_TCK")
_PACKAGES = ("grpcio", "protobuf", "connectrpc", "uvicorn", "uvloop", "fastapi", "sqlmodel", "SQLAlchemy", "msgspec")


def server_cpus() -> set[int]:
    """Return the processors of servers: the first where there are two or more, else all."""
    cpus = sorted(os.sched_getaffinity(0))
    return {cpus[0]} if len(cpus) > 1 else set(cpus)


def load_cpus() -> set[int]:
    """Return the processors of the load generator: the last one."""
    cpus = sorted(os.sched_getaffinity(0))
    return {cpus[-1]}


def cpu_seconds(pid: int) -> float:
    """Return the processor time that the threads of a process have used."""
    total = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((thread / "schedstat").read_text(encoding="ascii").split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total / 1e9


def resident_kib(pid: int) -> int:
    """Return the resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise ProcessLookupError(pid)


def busy_seconds() -> float:
    """Return the processor time that programs, the kernel on their behalf, and other guests of the host have used."""
    user, nice, system, _, _, _, _, steal = map(int, _cpu_line()[:8])
    return (user + nice + system + steal) / _TICK


def _cpu_line() -> list[str]:
    with Path("/proc/stat").open(encoding="ascii") as file:
        return file.readline().split()[1:]


@dataclass(frozen=True)
class Usage:
    """Who used how many cores during a sample, on average."""

    seconds: float
    server: float
    load: float
    foreign: float


class Meter:
    """Measures processor use between `start` and `stop`. `ours` are all processes of the benchmark."""

    def __init__(self, server: int, ours: Iterable[int]) -> None:
        self.server = server
        self._ours = {*ours, os.getpid(), server}
        self._begin = (0.0, 0.0, 0.0, 0.0, 0.0)

    def start(self) -> None:
        self._begin = self._read()

    def stop(self) -> Usage:
        before, after = self._begin, self._read()
        seconds, server, load, ours, busy = (b - a for a, b in zip(before, after, strict=True))
        return Usage(seconds, server / seconds, load / seconds, max(busy - ours, 0.0) / seconds)

    def _read(self) -> tuple[float, float, float, float, float]:
        used = {pid: cpu_seconds(pid) for pid in self._ours if Path(f"/proc/{pid}").exists()}
        own = used[os.getpid()]
        return time.perf_counter(), used[self.server], own, sum(used.values()), busy_seconds()


def wait_until_quiet(seconds: float) -> None:
    """Wait, for `seconds` at most, until the rest of the machine has been idle for a moment."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        before = busy_seconds()
        time.sleep(0.3)
        if (busy_seconds() - before) / 0.3 < FOREIGN_LIMIT:
            return


def facts(folder: Path) -> dict[str, str]:
    """Return what a reader must know about the machine; `folder` is where the databases are."""
    return {
        "cores": str(len(os.sched_getaffinity(0))),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{name: _version(name) for name in _PACKAGES},
        "sqlite": sqlite3.sqlite_version,
        "file system": _file_system(folder),
        "fdatasync": f"{_sync_milliseconds(folder):.3f} ms (median of 200 after a 4 KiB write)",
        "servers on": f"core {_cores(server_cpus())}",
        "load on": f"core {_cores(load_cpus())}",
        "load average": " ".join(f"{load:.2f}" for load in os.getloadavg()),
    }


def _cores(cpus: set[int]) -> str:
    return ",".join(map(str, sorted(cpus)))


def _version(name: str) -> str:
    try:
        return version(name)
    except ImportError:
        return "not installed"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _file_system(folder: Path) -> str:
    best, kind = "", "unknown"
    for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines():
        _, mount, fs, *_ = line.split()
        if str(folder.resolve()).startswith(mount) and len(mount) >= len(best):
            best, kind = mount, fs
    return kind


def _sync_milliseconds(folder: Path) -> float:
    times = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(200):
            file.write(bytes(4096))
            file.flush()
            start = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3
