"""`python -m bench.profiling submit|submit-http|session|fan-out [SECONDS]`: where the gateway's time goes.

First without a profiler: processor time by thread. Then again under cProfile, which makes Python calls look dearer
than they are: read its figures as shares, and as a list of what is called how often.
"""

import io
import pstats
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from bench.children import Load, Server, gateway
from bench.result import OUT

_SUBMIT = "/brokerwire.v1.OrderService/SubmitOrder"
_LINES = 45


def _job(kind: str, server: Server, seconds: float) -> tuple[str, dict[str, Any]]:
    doors = server.addresses
    common = {"seconds": seconds, "run": f"profile-{server.pid % 1000}"}
    match kind:
        case "submit" | "submit-http" | "submit-one":
            door = "http" if kind == "submit-http" else "grpc"
            callers = 1 if kind == "submit-one" else 64
            return "calls", {"door": door, "address": doors[door], "path": _SUBMIT, "callers": callers, **common}
        case "session":
            return "session", {"address": doors["grpc"], "size": 256, "limit": 1024, **common}
        case "fan-out" | "fan-out-full":
            rate, orders = (0, 64) if kind == "fan-out-full" else (1000, 3)
            where = {"door": "grpc", "grpc": doors["grpc"], "address": doors["grpc"]}
            return "fan_out", {**where, "count": 100, "rate": rate, "orders": orders, **common}
    raise SystemExit(__doc__)


def _threads(pid: int) -> Counter[str]:
    used: Counter[str] = Counter()
    for thread in Path(f"/proc/{pid}/task").iterdir():
        name = (thread / "comm").read_text(encoding="utf-8").strip()
        role = "event loop" if thread.name == str(pid) else name
        used[role] += int((thread / "schedstat").read_text(encoding="ascii").split()[0])
    return used


def _by_thread(load: Load, kind: str, seconds: float) -> None:
    with gateway() as server:
        job, arguments = _job(kind, server, seconds)
        before = _threads(server.pid)
        result = load.run(job, server, **arguments)
        used = _threads(server.pid) - before
    total = sum(used.values())
    print({name: value for name, value in result.items() if name != "cores"}, result["cores"])
    for name, value in used.most_common(8):
        print(f"  {value / total:6.1%}  {name}")


def _by_function(load: Load, kind: str, seconds: float) -> None:
    with tempfile.TemporaryDirectory(dir=OUT) as folder:
        doors = ("--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0")
        data = ("--data-dir", "{data}", "--cash", "1000000000000", "--log-level", "warning")
        server = Server(["bench.profiled", folder, "serve", *doors, *data])
        try:
            job, arguments = _job(kind, server.wait(), seconds)
            load.run(job, server, **arguments)
        finally:
            server.stop(signal.SIGTERM)
        for name in ("loop", "writer"):
            text = io.StringIO()
            stats = pstats.Stats(f"{folder}/{name}.prof", stream=text)
            stats.sort_stats("tottime").print_stats(_LINES)
            stats.sort_stats("cumtime").print_stats("brokerwire", _LINES)
            print(f"=== {name}\n{text.getvalue().replace(str(Path.cwd()) + '/', '')}")


def main() -> None:
    kind, seconds = sys.argv[1], float((*sys.argv, "4")[2])
    load = Load()
    try:
        _by_thread(load, kind, seconds)
        _by_function(load, kind, seconds)
    finally:
        load.stop()


if __name__ == "__main__":
    main()
