"""Order sessions: one set of rules, and a driver each for threads and for asyncio."""
