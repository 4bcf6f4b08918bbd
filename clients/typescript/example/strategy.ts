// Buys a little below the market, lets go of what does not fill, and keeps a tape that survives a restart.
//
// Start a gateway on paper (brokerwire serve), then: node dist/example/strategy.js. Run it again: the tape goes on where it
// ended.
import { setTimeout as sleep } from "node:timers/promises";

import {
  connect,
  DeadlineExceededError,
  decimal,
  enumName,
  FileTokenStore,
  OrderState,
  Side,
  type Client,
  type Decimal,
  type Order,
  type OrderEvent,
  type Stream,
} from "brokerwire";
import { MarketDataService } from "brokerwire/v1";

const SYMBOL = "AAPL";

/** Prints every fill once, whatever happens to the connection. */
async function tape(stream: Stream<OrderEvent, Order>, live: () => void): Promise<void> {
  for await (const item of stream.items()) {
    if (item.kind === "opened") live();
    else if (item.kind === "reset") console.log("  tape: something was missed; read fills() to close the gap");
    else if (item.kind === "disconnected") console.log(`  tape: ${item.error.message}`);
    else if (item.kind === "event" && item.event.fill) {
      const { side, quantity, symbol, price } = item.event.fill;
      console.log(`  tape: ${enumName(Side, side)} ${quantity.toFixed()} ${symbol} at ${price.toFixed()}`);
    }
  }
}

/** Shows how to call what Client has no method for: the contract's services, on the client's connection. */
async function askPrice(client: Client): Promise<Decimal> {
  const { quotes } = await client.service(MarketDataService).getQuotes({ symbols: [SYMBOL] });
  const ask = quotes[0]?.askPrice;
  if (!ask) throw new Error("no price yet");
  return decimal(ask.value);
}

/** One round: a patient buy, then flat again. */
async function trade(client: Client): Promise<void> {
  const limitPrice = (await askPrice(client)).minus("0.01");
  let order: Order = await client.submit({ symbol: SYMBOL, side: Side.BUY, quantity: "10", limitPrice });
  try {
    order = await client.wait(order, { timeout: 5000 });
  } catch (error) {
    if (!(error instanceof DeadlineExceededError)) throw error;
    order = (await client.cancel(order)).order;
  }
  const price = order.averageFillPrice?.toFixed() ?? "no price";
  console.log(`bought ${order.filledQuantity.toFixed()} at ${price} (${enumName(OrderState, order.state)})`);
  if (order.filledQuantity.eq("0")) return;
  const sale = await client.submit({ symbol: SYMBOL, side: Side.SELL, quantity: order.filledQuantity });
  const sold = await client.wait(sale);
  console.log(`sold ${sold.filledQuantity.toFixed()} at ${sold.averageFillPrice?.toFixed() ?? "no price"}`);
}

const client = connect();
const stream = client.streamOrders({ tokenStore: new FileTokenStore("strategy.token") });
process.once("SIGINT", () => {
  client.close();
});
let done: Promise<void> | undefined;
await new Promise<void>((live, fail) => {
  done = tape(stream, live);
  done.then(live, fail);
}); // from here on, what happens is on the tape
await trade(client);
await sleep(1000); // for the last fills to be printed
stream.close();
await done;
client.close();
