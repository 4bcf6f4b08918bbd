"""What the demo does: each step submits something, and waits for the stream to tell what became of it."""

from brokerwire import Client
from brokerwire_server.cli.exits import CommandFailure
from brokerwire_server.cli.tape import Tape


def play(client: Client, tape: Tape) -> None:
    """Play all steps."""
    client.simulator.set_price("AAPL", bid="227.98", bid_size=500, ask="228.00", ask_size=500, last="228.00")
    client.simulator.set_price("MSFT", bid="421.00", bid_size=300, ask="421.10", ask_size=300, last="421.05")
    client.simulator.set_price("NVDA", bid="138.60", bid_size=900, ask="138.62", ask_size=900, last="138.60")
    _market(client, tape)
    _resting_limit(client, tape)
    _bracket(client, tape)
    _cancel(client, tape)
    _duplicate(client, tape)


def _market(client: Client, tape: Tape) -> None:
    tape.title("1. A market order fills at once")
    client.submit("AAPL", "buy", 10, client_order_id="demo-market")
    tape.until("filled", "demo-market")


def _resting_limit(client: Client, tape: Tape) -> None:
    tape.title("2. A limit order rests, fills in part, then in full")
    client.submit("MSFT", "buy", 100, limit_price="420.50", client_order_id="demo-limit")
    tape.until("working", "demo-limit")
    tape.say("the market comes down to 420.50, but only 40 shares are offered there")
    client.simulator.set_price("MSFT", bid="420.40", bid_size=300, ask="420.50", ask_size=40, last="420.50")
    tape.until("partially_filled", "demo-limit")
    tape.say("500 more are offered at 420.45: better than the limit, so that is the price")
    client.simulator.set_price("MSFT", bid="420.40", bid_size=300, ask="420.45", ask_size=500, last="420.45")
    tape.until("filled", "demo-limit")


def _bracket(client: Client, tape: Tape) -> None:
    tape.title("3. A bracket: an entry, a profit target and a stop; one exit cancels the other")
    client.submit("NVDA", "buy", 20, take_profit="145.00", stop_loss="132.00", client_order_id="demo-bracket")
    tape.until("filled", "demo-bracket")
    tape.until("working", "demo-bracket.tp")
    tape.say("the market rises to the target")
    client.simulator.set_price("NVDA", bid="145.10", bid_size=900, ask="145.14", ask_size=900, last="145.10")
    tape.until("filled", "demo-bracket.tp")
    tape.until("canceled", "demo-bracket.sl")


def _cancel(client: Client, tape: Tape) -> None:
    tape.title("4. An order that nobody wants to fill is canceled")
    order = client.submit("AAPL", "buy", 5, limit_price="150.00", time_in_force="gtc", client_order_id="demo-cancel")
    tape.until("working", "demo-cancel")
    client.cancel(order)
    tape.until("canceled", "demo-cancel")


def _duplicate(client: Client, tape: Tape) -> None:
    tape.title("5. The first order again, with the same id: nothing is sent twice")
    again = client.submit("AAPL", "buy", 10, client_order_id="demo-market")
    known = tape.order("demo-market")
    if not again.deduplicated or known is None or again.order_id != known.order_id:
        raise CommandFailure("demo: the same client_order_id made a second order")
    tape.say(f"the answer is the same order, {again.state.value.upper()}; no event, because nothing happened")
