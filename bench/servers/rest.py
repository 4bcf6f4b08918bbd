"""The REST baseline: FastAPI, a pydantic model, and one SQLModel session with a commit per order.

It does less than the gateway (no broker, no events, no idempotent answer), with the same fields and the same
durability. This is how FastAPI's and SQLModel's own tutorials build such a service.
"""

import os
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI
from sqlalchemy import JSON, Column, UniqueConstraint, create_engine, event
from sqlmodel import Field, Session, SQLModel

# With the pool's default of 5 + 10 connections, 64 callers lock up: the threads wait for connections, and the sessions
# that hold those wait for a thread to be closed in.
ENGINE = create_engine(
    f"sqlite:///{Path(sys.argv[1]) / 'rest.db'}", connect_args={"timeout": 30}, pool_size=64, max_overflow=64
)


@event.listens_for(ENGINE, "connect")
def _on_connect(connection: Any, _: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


class Side(StrEnum):
    BUY = "BUY"
    SELL = "SELL"


class OrderType(StrEnum):
    MARKET = "MARKET"
    LIMIT = "LIMIT"


class TimeInForce(StrEnum):
    DAY = "DAY"
    GTC = "GTC"


class OrderClass(StrEnum):
    SIMPLE = "SIMPLE"
    BRACKET = "BRACKET"


class State(StrEnum):
    WORKING = "WORKING"


class OrderRequest(SQLModel):
    account_id: str
    client_order_id: str = Field(min_length=1, max_length=64)
    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal = Field(gt=0, max_digits=38, decimal_places=18)
    limit_price: Decimal | None = Field(default=None, gt=0, max_digits=38, decimal_places=18)
    stop_price: Decimal | None = Field(default=None, gt=0, max_digits=38, decimal_places=18)
    extended_hours: bool = False
    order_class: OrderClass = OrderClass.SIMPLE
    tags: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON))


class Order(OrderRequest, table=True):
    __table_args__ = (UniqueConstraint("account_id", "client_order_id"),)

    order_id: str = Field(default_factory=lambda: str(uuid.uuid4()), primary_key=True)
    state: State = State.WORKING
    version: int = 1
    filled_quantity: Decimal = Decimal(0)
    create_time: datetime = Field(default_factory=lambda: datetime.now(UTC))
    update_time: datetime = Field(default_factory=lambda: datetime.now(UTC))


class OrderAnswer(OrderRequest):
    order_id: str
    state: State
    version: int
    filled_quantity: Decimal
    create_time: datetime
    update_time: datetime


def _session() -> Iterator[Session]:
    with Session(ENGINE) as session:
        yield session


app = FastAPI()


@app.post("/orders", response_model=OrderAnswer)
def submit(request: OrderRequest, session: Annotated[Session, Depends(_session)]) -> Order:
    order = Order.model_validate(request)
    session.add(order)
    session.commit()
    session.refresh(order)
    return order


class _Server(uvicorn.Server):
    """Says where it listens, for port 0."""

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        print(f"rest ready rest=127.0.0.1:{port} pid={os.getpid()}", flush=True)


if __name__ == "__main__":
    SQLModel.metadata.create_all(ENGINE)
    _Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False)).run()
