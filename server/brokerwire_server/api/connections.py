"""The calls of BrokerService that make, change and try connections. A credential goes in and never comes out."""

from collections.abc import Mapping

from brokerwire.v1 import broker_service_pb2 as pb
from brokerwire_server.api.convert.accounts import account_message
from brokerwire_server.api.convert.brokers import ConnectionMessages
from brokerwire_server.api.convert.enums import ENVIRONMENT
from brokerwire_server.api.convert.values import required
from brokerwire_server.api.methods import Call
from brokerwire_server.api.reads import Reads
from brokerwire_server.domain.connections import ConnectionSpec, Environment
from brokerwire_server.domain.secrets import Secret
from brokerwire_server.engine.gateway import Gateway


class ConnectionCalls:
    """CreateConnection, DeleteConnection, RotateCredentials and CheckConnection."""

    def __init__(self, gateway: Gateway, reads: Reads, messages: ConnectionMessages) -> None:
        """Change the connections of `gateway`."""
        self._provisioning = gateway.provisioning
        self._connections = gateway.connections
        self._reads = reads
        self._messages = messages

    async def create_connection(self, request: pb.CreateConnectionRequest, call: Call) -> pb.CreateConnectionResponse:
        """Make a connection, once its credential has proved good."""
        if not request.broker:
            raise required("broker", "name the broker")
        spec = ConnectionSpec(
            connection_id=request.connection_id,
            broker=request.broker,
            environment=ENVIRONMENT.optional(request.environment, "environment") or Environment.PAPER,
            display_name=request.display_name,
            settings=dict(request.settings),
        )
        made = await self._provisioning.create(
            spec,
            _credential(request.credentials),
            unverified=request.allow_unverified,
            withdrawals=request.allow_withdrawals,
        )
        result = pb.CreateConnectionResponse(connection=self._messages.of(made.link), deduplicated=made.deduplicated)
        for account in made.accounts:
            book = account.book
            result.accounts.append(account_message(book.account, book.state, sequence=book.log.head))
        self._reads.fill(result.read_info, made.accounts)
        return result

    async def delete_connection(self, request: pb.DeleteConnectionRequest, call: Call) -> pb.DeleteConnectionResponse:
        """End a connection and destroy its credential."""
        self._need_own(request.connection_id)
        connection, accounts = await self._provisioning.delete(request.connection_id, force=request.force)
        result = pb.DeleteConnectionResponse(connection=self._messages.gone(connection))
        for account in accounts:
            book = account.book
            result.accounts.append(account_message(book.account, book.state, sequence=book.log.head))
        self._reads.fill(result.read_info, accounts)
        return result

    async def rotate_credentials(
        self, request: pb.RotateCredentialsRequest, call: Call
    ) -> pb.RotateCredentialsResponse:
        """Replace a credential by one that reaches the same accounts."""
        self._need_own(request.connection_id)
        link = await self._provisioning.rotate(
            request.connection_id, _credential(request.credentials), withdrawals=request.allow_withdrawals
        )
        result = pb.RotateCredentialsResponse(connection=self._messages.of(link))
        self._reads.fill(result.read_info)
        return result

    async def check_connection(self, request: pb.CheckConnectionRequest, call: Call) -> pb.CheckConnectionResponse:
        """Say what works on a connection."""
        self._need_own(request.connection_id)
        link, checks = await self._provisioning.check(request.connection_id)
        result = pb.CheckConnectionResponse(ok=all(check.ok for check in checks), connection=self._messages.of(link))
        for check in checks:
            result.checks.add(name=check.name, ok=check.ok, detail=check.detail)
        self._reads.fill(result.read_info)
        return result

    def _need_own(self, connection_id: str) -> None:
        if not connection_id:
            raise required("connection_id", "name the connection")
        self._connections.owned(connection_id)


def _credential(parts: Mapping[str, str]) -> dict[str, Secret]:
    return {name: Secret(value) for name, value in parts.items()}
