import { BrokerwireError, makeError, waitedTooLong, type DeadlineExceededError } from "./errors.js";
import { enumName, OrderState } from "./enums.js";
import type { Item } from "./items.js";
import type { Order, OrderEvent } from "./records.js";
import type { Stream } from "./stream.js";
import type { OrderStreamOptions } from "./streams.js";

/** How to wait for an order. */
export interface OrderWaitOptions {
  /** What else than being over to wait for: `(order) => order.filledQuantity.gt(0)`. */
  until?: (order: Order) => boolean;
  /** Milliseconds; for ever if absent. */
  timeout?: number;
  /** Aborting fails the wait with the signal's reason; the order goes on. */
  signal?: AbortSignal;
}

/** What a wait needs of the client. */
export interface Watcher {
  streamOrders(options: OrderStreamOptions): Stream<OrderEvent, Order>;
  getOrder(order: Order, options: { signal: AbortSignal }): Promise<Order>;
}

/** Waits until an order is over, or where the caller wants it. */
export async function waitFor(client: Watcher, order: Order, options: OrderWaitOptions): Promise<Order> {
  const over = () => order.terminal || (options.until?.(order) ?? false);
  if (over()) return order;
  const patience = new AbortController();
  const timer = timerOf(patience, options.timeout);
  const signal = options.signal ? AbortSignal.any([options.signal, patience.signal]) : patience.signal;
  const stream = client.streamOrders(watching(order));
  let seen = false;
  try {
    while (!over()) {
      const item = await stream.nextItem({ signal });
      if (!item) throw makeError("the client was closed", { code: "CANCELLED", clientOrderId: order.clientOrderId });
      let found = stateIn(item);
      // It ended before the snapshot's time.
      if (item.kind === "snapshotEnd" && !seen) found = await client.getOrder(order, { signal });
      if (found?.orderId !== order.orderId) continue;
      seen = true;
      if (found.version >= order.version) order = found;
    }
    return order;
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    if (patience.signal.aborted) throw timedOut(order);
    if (error instanceof BrokerwireError) error.clientOrderId ||= order.clientOrderId;
    throw error;
  } finally {
    clearTimeout(timer);
    stream.close();
  }
}

function timerOf(patience: AbortController, timeout: number | undefined): NodeJS.Timeout | undefined {
  if (timeout === undefined || timeout > 2 ** 31 - 1) return undefined;
  return setTimeout(() => {
    patience.abort();
  }, timeout);
}

/** A stream whose snapshot has the order, even if it has ended meanwhile. */
function watching(order: Order): OrderStreamOptions {
  return {
    account: order.accountId,
    ...(order.raw.createTime && { terminalSince: order.raw.createTime }),
    ...(order.sequence > 0n && { minSequences: { [order.accountId]: order.sequence } }),
    ...(order.clientOrderId && { clientOrderIds: [order.clientOrderId] }),
  };
}

function stateIn(item: Item<OrderEvent, Order>): Order | undefined {
  if (item.kind === "event") return item.event.order;
  return item.kind === "snapshot" ? item.value : undefined;
}

function timedOut(order: Order): DeadlineExceededError {
  const state = enumName(OrderState, order.state);
  const filled = order.filledQuantity.toFixed();
  return waitedTooLong(
    `order ${order.clientOrderId || order.orderId} is ${state} (${filled} filled); it goes on`,
    order,
  );
}
