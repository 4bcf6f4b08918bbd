"""Tasks that belong to the engine: they outlive the call that started them and end with the engine."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class Tasks:
    """Holds background tasks, so that none is lost to garbage collection and no failure goes unseen."""

    def __init__(self) -> None:
        """Start empty."""
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, _T], *, logged: bool = True) -> "asyncio.Task[_T]":
        """Run `work` on its own. With `logged`, a failure is logged; without, whoever awaits the task sees it."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended if logged else self._running.discard)
        return task

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a background task failed", exc_info=error)

    async def finish(self, grace: float) -> None:
        """Let running tasks end for `grace` seconds, then cancel what is left."""
        if self._running:
            await asyncio.wait(set(self._running), timeout=grace)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
