"""Streams that resume: one state machine, and a driver each for threads and for asyncio."""
