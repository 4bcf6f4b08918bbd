"""The notes of one connection, within the notebook of all."""

from brokerwire_server.store.base import Notebook


class ConnectionNotes:
    """What the adapter of a connection noted. Implements `brokers.base.Notes`."""

    def __init__(self, notebook: Notebook, connection_id: str) -> None:
        """Keep to the notes of `connection_id`."""
        self._notebook = notebook
        self._connection_id = connection_id

    async def get(self, key: str) -> str | None:
        """Return what was noted last, or `None`. Raises `StoreError`."""
        return await self._notebook.get_note(self._connection_id, key)

    async def put(self, key: str, text: str) -> None:
        """Note it, and return when it is durable. Raises `StoreError`."""
        await self._notebook.put_note(self._connection_id, key, text)
