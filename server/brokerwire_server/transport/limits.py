"""What the doors take from one peer and from all together, in one place. How much is admitted beyond is the API's."""

from msgspec import Struct


class DoorLimits(Struct, frozen=True, kw_only=True):
    """Limits of each door. Times are seconds.

    `streams_per_connection` are calls and streams that are open at once on one connection to gRPC; a client keeps more
    waiting by itself. A principal has fewer streams than that anyway, unless its quota says otherwise.
    `head_bytes` bounds what comes before a body: metadata, header fields, the request line; `head_fields` their number
    on HTTP. gRPC refuses the call beyond; HTTP answers 400 and hangs up.
    `head_seconds` is how long the head of an HTTP request may take to come, from its first byte or the connection's
    start, and `body_seconds` the body of a call that is no stream. Behind a slower line nobody can trade.
    `idle_seconds` without a call end a connection. `age_seconds` end one that a client would keep for ever, so that it
    finds moved servers and renewed certificates: streams resume elsewhere, what is under way has `age_grace_seconds`.
    """

    connections: int = 4_000
    streams_per_connection: int = 128
    head_bytes: int = 8 * 1024
    head_fields: int = 64
    head_seconds: float = 10.0
    body_seconds: float = 30.0
    idle_seconds: float = 900.0
    age_seconds: float = 12 * 3600.0
    age_grace_seconds: float = 60.0
