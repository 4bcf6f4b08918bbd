"""The load process: jobs come on standard input as JSON lines, answers go to standard output."""

import importlib
import json
import sys

import uvloop

from bench.machine import Meter

_JOBS = {
    "calls": "bench.load.calls",
    "session": "bench.load.session",
    "fan_out": "bench.load.fan_out",
    "replay": "bench.load.replay",
    "watch": "bench.load.watch",
    "idle": "bench.load.idle",
    "broker_submits": "bench.load.broker_submits",
    "broker_fills": "bench.load.broker_fills",
}


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        job, server, ours = (request.pop(name) for name in ("job", "server", "ours"))
        work = getattr(importlib.import_module(_JOBS[job]), job)
        try:
            answer = uvloop.run(work(meter=Meter(server, ours), **request))
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
