"""The lowest version of TLS that the gRPC door speaks. It imports no gRPC, because it must be said before that."""

from collections.abc import MutableMapping

CIPHERS = "GRPC_SSL_CIPHER_SUITES"
_ONLY_1_3 = "ECDHE-PSK-AES128-CBC-SHA"


def need_tls_1_3(environ: MutableMapping[str, str]) -> None:
    """Have gRPC speak nothing below TLS 1.3, in this process; call it before the first import of gRPC.

    gRPC for Python has no setting for the version. Its list of ciphers is for TLS 1.2 alone (those of 1.3 are always
    on), and one that only works with a shared key, of which there is none here, lets no handshake of 1.2 succeed.
    `Tls.check_floor` proves it on each listener.
    """
    environ[CIPHERS] = _ONLY_1_3
