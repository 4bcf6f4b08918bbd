"""The gateway without its guard, to measure what the guard costs. There is no setting for this, and must not be one."""

import sys
from typing import Any

from brokerwire_server.cli.root import main
from brokerwire_server.engine.guard import Guard
from brokerwire_server.risk.exposure import Exposure


async def _nothing(*_: Any) -> None:
    pass


def _pass(_guard: Guard, _account: Any, orders: Any, **_: Any) -> Any:
    return orders


Guard.prepare = _nothing  # type: ignore[method-assign]
Guard.check = _pass  # type: ignore[method-assign]
Exposure.put = lambda *_: None  # type: ignore[method-assign]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
