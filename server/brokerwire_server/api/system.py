"""SystemService."""

import platform
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version

import google.protobuf

from brokerwire.v1 import accounts_pb2, system_pb2
from brokerwire.v1 import system_service_pb2 as pb
from brokerwire_server.api.convert.values import set_time
from brokerwire_server.api.methods import Call
from brokerwire_server.api.reads import Reads
from brokerwire_server.domain.connections import Environment
from brokerwire_server.engine.gateway import Gateway

API_REVISION = 1
FEATURES = (
    "breaks",
    "connect",
    "connections",
    "drop_copy",
    "grpc_web",
    "native_groups",
    "order_session",
    "read_your_writes",
    "resumable_streams",
    "simulator",
)
PAPER_BANNER = "PAPER: no real money moves through this gateway"
LIVE_BANNER = "LIVE: orders on live accounts move real money"


class SystemService:
    """Says what the server is."""

    def __init__(
        self,
        gateway: Gateway,
        reads: Reads,
        *,
        program: str,
        instance_id: str,
        listeners: Callable[[], Sequence[tuple[str, str]]],
    ) -> None:
        """Serve the facts about this process; `listeners` gives protocol and address of each door."""
        self._gateway = gateway
        self._reads = reads
        self._program = program
        self._instance_id = instance_id
        self._listeners = listeners
        self._versions = {"python": platform.python_version(), "protobuf": google.protobuf.__version__}
        for name in ("grpcio", "connectrpc", "uvicorn"):
            try:
                self._versions[name] = version(name)
            except PackageNotFoundError:
                continue

    async def rotate_vault_keys(self, request: pb.RotateVaultKeysRequest, call: Call) -> pb.RotateVaultKeysResponse:
        """Seal all stored secrets under a new key."""
        done = await self._gateway.rotate_keys(data_keys=request.data_keys)
        response = pb.RotateVaultKeysResponse(sealed_count=done.count, key_id=done.key_id)
        self._reads.fill(response.read_info)
        return response

    async def get_server_info(self, request: pb.GetServerInfoRequest, call: Call) -> pb.GetServerInfoResponse:
        """Read what the server is and can do."""
        live = any(a.book.account.environment is Environment.LIVE for a in self._gateway.accounts)
        info = system_pb2.ServerInfo(
            version=self._program,
            api_revision=API_REVISION,
            instance_id=self._instance_id,
            journal_epoch=str(self._gateway.store.epoch),
            features=FEATURES,
            environment=accounts_pb2.ENVIRONMENT_LIVE if live else accounts_pb2.ENVIRONMENT_PAPER,
            banner=LIVE_BANNER if live else PAPER_BANNER,
            runtime_versions=self._versions,
        )
        set_time(info.start_time, self._gateway.start_time)
        for protocol, address in self._listeners():
            info.listeners.add(protocol=protocol, address=address)
        response = pb.GetServerInfoResponse(server=info)
        self._reads.fill(response.read_info)
        return response
