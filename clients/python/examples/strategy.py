"""Buys a little below the market, lets go of what does not fill, and keeps a tape that survives a restart.

Start a gateway on paper (`brokerwire serve`), then run this file. Run it again: the tape goes on where it ended.
"""

import threading
from decimal import Decimal
from pathlib import Path

import brokerwire

SYMBOL = "AAPL"
TOKEN_FILE = Path("strategy.token")


def tape(stream: brokerwire.Stream[brokerwire.OrderEvent, brokerwire.Order]) -> None:
    """Prints every fill once, whatever happens to the connection."""
    for item in stream.items():
        match item:
            case brokerwire.OrderEvent(fill=fill) if fill is not None:
                print(f"  tape: {fill.side} {fill.quantity} {fill.symbol} at {fill.price}")
            case brokerwire.Reset() | brokerwire.SourceGap(phase="unrecoverable"):
                print("  tape: something was missed; read fills() to close the gap")
            case brokerwire.Disconnected(error=error):
                print(f"  tape: {error}")


def trade(bw: brokerwire.Client) -> None:
    """One round: a patient buy, then flat again."""
    quote = bw.quotes(SYMBOL).get(SYMBOL)
    if quote is None or quote.ask_price is None:
        print("no price yet")
        return
    limit = quote.ask_price - Decimal("0.01")
    try:
        order = bw.submit(SYMBOL, "buy", 10, limit_price=limit)
        order = bw.wait(order, timeout=5)
    except brokerwire.WaitTimeout as late:
        order = bw.cancel(late.order).order
    except brokerwire.BrokerwireError as error:
        print(f"not bought: {error}")
        return
    print(f"bought {order.filled_quantity} at {order.average_fill_price} ({order.state})")
    if order.filled_quantity:
        closed = bw.wait(bw.close_position(SYMBOL), timeout=5)
        print(f"sold {closed.filled_quantity} at {closed.average_fill_price}")


def main() -> None:
    with brokerwire.connect() as bw:
        print(bw.server_info().banner)
        store = brokerwire.FileTokenStore(TOKEN_FILE)
        with bw.stream_orders(token_store=store) as stream:
            watcher = threading.Thread(target=tape, args=(stream,))
            watcher.start()
            try:
                trade(bw)
            finally:
                stream.close()
                watcher.join()


if __name__ == "__main__":
    main()
