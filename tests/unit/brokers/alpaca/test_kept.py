"""What Alpaca sent is kept as it came, without keys, and found from the journal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from brokerwire_sandbox.alpaca import AlpacaSandbox, SandboxSettings
from brokerwire_server.brokers.alpaca import KIND
from brokerwire_server.domain.connections import ConnectionSpec, Environment, LinkState
from brokerwire_server.domain.events import FillRecorded, OrderChanged
from brokerwire_server.domain.orders import OrderState
from brokerwire_server.domain.secrets import Secret
from brokerwire_server.engine.gateway import Gateway
from brokerwire_server.engine.provisioning import Configured
from brokerwire_server.engine.seams import system_seams
from brokerwire_server.store.payloads import FILE, SqlitePayloads
from brokerwire_server.store.sqlite import SqliteStore
from tests.support.policies import unlimited
from tests.support.remote_broker import Kinds
from tests.unit.brokers.alpaca.rigs import ACCOUNT, make_broker, until
from tests.unit.brokers.alpaca.test_gateway import at_market, request

if TYPE_CHECKING:
    from pathlib import Path

    from brokerwire_server.domain.events import Event


async def test_events_name_the_raw_answer_and_the_raw_frame_that_they_came_of(tmp_path: Path) -> None:
    async with AlpacaSandbox(SandboxSettings(rate_limit=0)) as sandbox:
        keys = make_broker(sandbox)._credential
        settings = {"base_url": sandbox.url, "data_url": sandbox.url}
        spec = ConnectionSpec(connection_id=ACCOUNT, broker="alpaca", environment=Environment.PAPER, settings=settings)
        gateway = Gateway(
            SqliteStore(tmp_path / "journal.db", new_epoch=lambda: 42),
            [],
            seams=system_seams(),
            kinds=Kinds(KIND),
            configured=[Configured(spec=spec, credential=keys, place="here")],
            policies=[unlimited()],
            payloads=SqlitePayloads(tmp_path / FILE, days=1, megabytes=1),
        )
        await gateway.start()
        await until(lambda: gateway.connections.get(ACCOUNT).connection.link is LinkState.UP)
        sandbox.set_quote("AAPL", "100.00", "100.01")
        account = gateway.accounts.get(ACCOUNT)
        await gateway.desk.submit(at_market("bought"))
        await until(lambda: account.book.orders.by_client_id("bought").state is OrderState.FILLED)  # type: ignore[union-attr]
        await gateway.desk.submit(request("refused", quantity=10**9))
        await until(lambda: account.book.orders.by_client_id("refused").state is OrderState.REJECTED)  # type: ignore[union-attr]
        await account.book.durable()
        events = await gateway.store.read(ACCOUNT, 0, 1_000)
        payloads = gateway.payloads
        assert payloads is not None
        await payloads.close()

        async def behind(event: Event) -> tuple[str, str]:
            payload = await payloads.get(event.causation.rpartition("payload:")[2])
            assert payload is not None
            return payload.about, payload.content.decode()

        (fill,) = [event for event in events if isinstance(event.payload, FillRecorded)]
        about, content = await behind(fill)
        assert about == "trade_updates fill"
        assert json.loads(content)["data"]["execution_id"] in fill.causation
        (refusal,) = [
            event
            for event in events
            if isinstance(event.payload, OrderChanged) and event.payload.order.state is OrderState.REJECTED
        ]
        about, content = await behind(refusal)
        assert about.startswith("POST /v2/orders 4")
        assert "message" in json.loads(content)
        kept = (tmp_path / FILE).read_bytes()
        assert not [name for name, secret in keys.items() if secret.reveal().encode() in kept]
        assert all(isinstance(secret, Secret) for secret in keys.values())
        await gateway.stop(1.0)
