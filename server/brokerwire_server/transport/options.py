"""The gRPC server's options, in one place and tested: gRPC ignores a misspelt option without a word.

Without a limit of concurrent streams a peer that opens and resets them holds up everybody, and takes gigabytes: gRPC's
defence hangs up on a connection by what it has open and has reset. The protection against overload that comes with the
limit makes calls of honest clients near it fail at random with UNAVAILABLE, so it is off: clients know the limit, and
wait. Admission happens in the API besides, where the answer can say why.
"""

from collections.abc import Sequence

from brokerwire_server.transport.limits import DoorLimits

_IDENTITY_ALONE = 1
_MILLIS = 1_000


def server_options(max_message_bytes: int, limits: DoorLimits) -> Sequence[tuple[str, int]]:
    """Return the options of every gRPC server here."""
    return (
        # The server pings idle connections, which works with default clients; a peer that is gone is noticed.
        ("grpc.keepalive_time_ms", 25_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        # Clients may ping every 10 s. The similar `...min_recv_ping_interval...` is accepted and does nothing.
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.max_receive_message_length", max_message_bytes),
        # A large snapshot batch must not be refused by the sender itself; batches bound their own size.
        ("grpc.max_send_message_length", -1),
        # Between the two gRPC refuses at random, the likelier the larger; one limit is a limit.
        ("grpc.max_metadata_size", limits.head_bytes),
        ("grpc.absolute_max_metadata_size", limits.head_bytes),
        # A kilobyte can be a megabyte once it is unpacked, and the limit above looks at it before. Requests are small.
        ("grpc.compression_enabled_algorithms_bitset", _IDENTITY_ALONE),
        ("grpc.max_concurrent_streams", limits.streams_per_connection),
        ("grpc.http.overload_protection", 0),
        ("grpc.max_allowed_incoming_connections", limits.connections),
        ("grpc.max_connection_idle_ms", round(limits.idle_seconds * _MILLIS)),
        ("grpc.max_connection_age_ms", round(limits.age_seconds * _MILLIS)),
        ("grpc.max_connection_age_grace_ms", round(limits.age_grace_seconds * _MILLIS)),
        # Two servers on one port would share its connections at random.
        ("grpc.so_reuseport", 0),
    )
