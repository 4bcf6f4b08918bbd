"""Raw messages of brokers on their way to where they are kept: without anything that is a secret."""

import re
from collections.abc import Callable, Iterable
from functools import partial

from brokerwire_server.brokers.base import Keep
from brokerwire_server.domain.secrets import Secret
from brokerwire_server.store.base import Payloads

_STARS = b"***"
_NAMES = rb"[\w-]*(?:secret|password|passwd|token|api_?key|authorization|signature|private_?key)[\w-]*"
_NAMED = re.compile(rb'("(?:' + _NAMES + rb')"\s*:\s*)"(?:[^"\\]|\\.)*"', re.IGNORECASE)
_MAX_ABOUT = 200


def redact(content: bytes, secrets: Iterable[bytes]) -> bytes:
    """Return a payload without the values of secrets, and without JSON texts whose name says that they are some."""
    for secret in secrets:
        content = content.replace(secret, _STARS)
    return _NAMED.sub(rb'\1"***"', content)


def keeper(payloads: Payloads | None, now: Callable[[], int], connection_id: str, secrets: Iterable[Secret]) -> Keep:
    """Return what an adapter of a connection hands its broker's messages to."""
    if payloads is None:
        return _keep_nothing
    values = sorted((s.reveal().encode() for s in secrets if s), key=len, reverse=True)
    return partial(_keep, payloads, now, connection_id, tuple(values))


def _keep(  # noqa: PLR0917 - bound from the left
    payloads: Payloads,
    now: Callable[[], int],
    connection_id: str,
    secrets: tuple[bytes, ...],
    content: bytes,
    about: str,
) -> str:
    subject = redact(about.encode(), secrets).decode(errors="replace")[:_MAX_ABOUT]
    return payloads.keep(connection_id, subject, redact(content, secrets), now())


def _keep_nothing(content: bytes, about: str) -> str:
    return ""
