"""The Alpaca sandbox as a server to measure: no rate limit to speak of, one price, fills at once."""

import asyncio
from decimal import Decimal

import uvloop

from brokerwire_sandbox.alpaca import AlpacaSandbox, SandboxSettings

UNLIMITED = 100_000_000


async def main() -> None:
    settings = SandboxSettings(
        cash=Decimal(1_000_000_000_000),
        quotes={"AAPL": (Decimal("100.00"), Decimal("100.02"))},
        quote_size=Decimal(1_000_000_000),
        rate_limit=UNLIMITED,
    )
    async with AlpacaSandbox(settings) as sandbox:
        print(f"sandbox ready url={sandbox.url} stream={sandbox.stream_url}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
