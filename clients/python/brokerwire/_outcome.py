"""What sync and asyncio calls share around the wire: what may go wrong, and what the answer says."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import grpc

from brokerwire._status import from_rpc_error
from brokerwire.errors import BrokerwireError, Internal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brokerwire._calls.base import Call
    from brokerwire._methods import Method
    from brokerwire.errors import Sent

T = TypeVar("T")


@contextmanager
def concerning(client_order_id: str) -> Iterator[None]:
    """Names the order in every error of the block."""
    try:
        yield
    except BrokerwireError as error:
        error.client_order_id = error.client_order_id or client_order_id
        raise


@contextmanager
def translated(method: Method, target: str) -> Iterator[None]:
    """Turns errors of grpc into those of this package."""
    try:
        yield
    except grpc.RpcError as error:
        raise from_rpc_error(error, mutation=not method.reads, target=target) from error


def read_answer(call: Call[T], response: Any) -> T:  # noqa: ANN401 - the method's answer
    """The value that a call returns.

    Raises:
        Internal: the answer is not what the contract allows. A mutation may have been carried out.
    """
    try:
        return call.parse(response)
    except ValueError as error:
        sent: Sent = "no" if call.method.reads else "unknown"
        raise Internal(str(error), code=grpc.StatusCode.INTERNAL, sent=sent) from error
