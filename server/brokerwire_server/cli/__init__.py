"""The `brokerwire` command."""

from brokerwire_server.cli.root import main

__all__ = ["main"]
