"""The gRPC options are those that were measured."""

from __future__ import annotations

from brokerwire_server.transport.options import server_options


def test_the_options_are_exactly_these() -> None:
    assert dict(server_options(4_194_304)) == {
        "grpc.keepalive_time_ms": 25_000,
        "grpc.keepalive_timeout_ms": 10_000,
        "grpc.keepalive_permit_without_calls": 1,
        "grpc.http2.max_pings_without_data": 0,
        "grpc.http2.min_ping_interval_without_data_ms": 10_000,
        "grpc.max_receive_message_length": 4_194_304,
        "grpc.max_send_message_length": -1,
        "grpc.max_metadata_size": 8_192,
        "grpc.so_reuseport": 0,
    }


def test_concurrent_streams_are_not_limited_by_grpc() -> None:
    # With this option calls fail at random with UNAVAILABLE; the API admits calls instead.
    assert not [name for name, _ in server_options(1) if "max_concurrent_streams" in name]
