"""The gRPC server's options, in one place and tested: gRPC ignores a misspelt option without a word.

What is not here matters as much: `grpc.max_concurrent_streams` makes calls fail at random with UNAVAILABLE, so
admission happens in the API instead, where the answer can say why.
"""

from collections.abc import Sequence

MAX_METADATA_BYTES = 8 * 1024


def server_options(max_message_bytes: int) -> Sequence[tuple[str, int]]:
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
        ("grpc.max_metadata_size", MAX_METADATA_BYTES),
        # Two servers on one port would share its connections at random.
        ("grpc.so_reuseport", 0),
    )
