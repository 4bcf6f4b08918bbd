"""`kill -9` at any moment: every acknowledged append is there, nothing is half there."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from brokerwire_server.store.sqlite import SqliteStore
from tests.unit.store.builders import EPOCH

CHILD = """
import asyncio, os, sys
from pathlib import Path
from brokerwire_server.store.sqlite import SqliteStore
from tests.unit.store.builders import Chain, changed, fill, filled, order

async def caller(store, account_id):
    chain = Chain(account_id, opened=False)
    head = {h.account.account_id: h for h in await store.heads()}.get(account_id)
    if head is None:
        chain = Chain(account_id)
        await store.append(chain.first)
    else:
        chain.made.extend(await store.read(account_id, head.sequence - 1, 1))
    while True:
        number = chain.made[-1].sequence
        one = order(number, account_id)
        events = chain.add(changed(one), filled(one, fill(one, number), 10))
        await store.append(events)
        sys.stdout.write(f"{account_id} {events[-1].sequence}\\n")
        sys.stdout.flush()

async def main():
    store = SqliteStore(Path(sys.argv[1]), new_epoch=lambda: 77)
    await store.open()
    await asyncio.gather(*(caller(store, f"acc-{n}") for n in range(4)))

# One warm process forks the victims: importing takes longer than living.
for _ in sys.stdin:
    pid = os.fork()
    if not pid:
        asyncio.run(main())
    print(pid, "born", flush=True)
    os.waitpid(pid, 0)
    print("", flush=True)
    print(pid, "dead", flush=True)
"""

KILLS = 20


def run_and_kill(nursery: "subprocess.Popen[str]", lines: int) -> dict[str, int]:
    """Let a victim append, kill it after some acknowledgements, and return the last one of each account."""
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write("\n")
    nursery.stdin.flush()
    acked: dict[str, int] = {}
    pid, seen = 0, 0
    for line in nursery.stdout:
        words = line.split()
        if words[1:] == ["dead"]:
            return acked
        if words[1:] == ["born"]:
            pid = int(words[0])
        elif line.endswith("\n") and len(words) == 2:
            seen += 1
            acked[words[0]] = int(words[1])
        if pid and seen >= lines:
            os.kill(pid, signal.SIGKILL)
            pid = 0
    raise AssertionError("the process that starts the victims has ended")


async def test_every_acknowledged_append_survives_kill(path: Path) -> None:
    rng = random.Random(7)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", CHILD, str(path)]
    with subprocess.Popen(  # noqa: ASYNC220 - starting it is all that blocks
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as nursery:
        for _ in range(KILLS):
            acked = await asyncio.to_thread(run_and_kill, nursery, rng.randrange(5, 300))
            assert acked
            await check(path, acked)
        assert nursery.stdin is not None
        nursery.stdin.close()


async def check(path: Path, acked: dict[str, int]) -> None:
    store = SqliteStore(path, new_epoch=lambda: EPOCH)
    await store.open()
    try:
        for head in await store.heads():
            account_id = head.account.account_id
            assert head.sequence >= acked.get(account_id, 0)
            # An append is an order with its fill: a head in between would be half of one.
            assert head.sequence % 2 == 1
            found = await store.verify(account_id)
            assert found.ok, found
            assert found.verified == head.sequence
    finally:
        await store.close()
