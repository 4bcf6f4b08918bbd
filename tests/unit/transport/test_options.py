"""The gRPC options are those that were measured."""

from __future__ import annotations

from brokerwire_server.transport.limits import DoorLimits
from brokerwire_server.transport.options import server_options

LIMITS = DoorLimits(connections=7)


def test_the_options_are_exactly_these() -> None:
    assert dict(server_options(4_194_304, LIMITS)) == {
        "grpc.keepalive_time_ms": 25_000,
        "grpc.keepalive_timeout_ms": 10_000,
        "grpc.keepalive_permit_without_calls": 1,
        "grpc.http2.max_pings_without_data": 0,
        "grpc.http2.min_ping_interval_without_data_ms": 10_000,
        "grpc.max_receive_message_length": 4_194_304,
        "grpc.max_send_message_length": -1,
        "grpc.max_metadata_size": 8_192,
        "grpc.absolute_max_metadata_size": 8_192,
        "grpc.compression_enabled_algorithms_bitset": 1,
        "grpc.max_concurrent_streams": 128,
        "grpc.http.overload_protection": 0,
        "grpc.max_allowed_incoming_connections": 7,
        "grpc.max_connection_idle_ms": 900_000,
        "grpc.max_connection_age_ms": 43_200_000,
        "grpc.max_connection_age_grace_ms": 60_000,
        "grpc.so_reuseport": 0,
    }
