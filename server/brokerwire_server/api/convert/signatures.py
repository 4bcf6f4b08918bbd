"""Signatures of requests: the text that must have been signed, and the signature that came with it."""

from typing import Any

from brokerwire.signing import canonical_text
from brokerwire_server.api.convert.values import optional_time
from brokerwire_server.domain.signing import Signature

MAX_KEY_ID = 64


def signature_of(request: Any, path: str = "") -> Signature | None:  # noqa: ANN401 - any request of `brokerwire.signing.SIGNED`
    """Return the signature of a request with the canonical text of what came; `None` where it is not signed.

    Raises:
        InvalidRequestError: its expiry is not a time.
    """
    if not request.HasField("signature"):
        return None
    given = request.signature
    return Signature(
        key_id=given.key_id[:MAX_KEY_ID],
        signature=given.signature,
        expire_time=optional_time(given, "expire_time", f"{path}signature."),
        text=canonical_text(request),
    )
