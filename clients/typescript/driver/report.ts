import {
  enumName,
  EventType,
  FillKind,
  OrderEventType,
  OrderState,
  OrderType,
  PositionSide,
  Side,
  StateReason,
  BrokerwireError,
  SourceGapPhase,
  StreamMode,
  StreamResetCause,
  type Decimal,
  type Event,
  type Fill,
  type Item,
  type Order,
  type OrderEvent,
  type Position,
  type PositionEvent,
  type SubmittedOrder,
} from "brokerwire";

export type Json = Record<string, unknown>;

/** Describes an error; one that is not the client's is the driver's own, and no scenario expects it. */
export function failure(error: unknown): Json {
  if (!(error instanceof BrokerwireError)) return { kind: "driver", message: String(error) };
  const { kind, code, reason, sent, clientOrderId, metadata, message } = error;
  return { kind, code, reason, sent, client_order_id: clientOrderId, metadata, message };
}

export function orderObject(order: Order | SubmittedOrder): Json {
  const submitted = "deduplicated" in order && {
    deduplicated: order.deduplicated,
    children: order.children.map(orderObject),
  };
  return {
    order_id: order.orderId,
    client_order_id: order.clientOrderId,
    account_id: order.accountId,
    version: Number(order.version),
    sequence: Number(order.sequence),
    state: enumName(OrderState, order.state),
    terminal: order.terminal,
    symbol: order.symbol,
    side: enumName(Side, order.side),
    type: enumName(OrderType, order.type),
    quantity: text(order.quantity),
    filled_quantity: text(order.filledQuantity),
    remaining_quantity: text(order.remainingQuantity),
    average_fill_price: text(order.averageFillPrice),
    limit_price: text(order.limitPrice),
    stop_price: text(order.stopPrice),
    state_reason: enumName(StateReason, order.stateReason),
    parent_order_id: order.parentOrderId,
    replaces_order_id: order.replacesOrderId,
    replaced_by_order_id: order.replacedByOrderId,
    ...submitted,
  };
}

export function positionObject(position: Position): Json {
  return {
    account_id: position.accountId,
    symbol: position.symbol,
    side: enumName(PositionSide, position.side),
    quantity: text(position.quantity),
    average_cost: text(position.averageCost),
    closed: position.closed,
  };
}

function text(value: Decimal | undefined): string | null {
  return value ? value.toFixed() : null;
}

/** What the driver's streams deliver. */
export type AnyEvent = OrderEvent | PositionEvent | Event;
export type AnyItem = Item<AnyEvent, Order | Position>;

/** Describes one item of a stream. */
export function itemObject(item: AnyItem): Json {
  const kind = item.kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  switch (item.kind) {
    case "event":
      return { kind, ...eventObject(item.event) };
    case "snapshot":
      return "orderId" in item.value
        ? { kind, order: orderObject(item.value) }
        : { kind, position: positionObject(item.value) };
    case "snapshotEnd":
      return { kind, item_count: Number(item.itemCount) };
    case "opened":
      return { kind, mode: enumName(StreamMode, item.mode) };
    case "reset":
      return { kind, cause: enumName(StreamResetCause, item.cause) };
    case "sourceGap":
      return { kind, phase: enumName(SourceGapPhase, item.phase) };
    case "goodbye":
      return { kind, reason: item.reason };
    case "disconnected":
      return { kind, error: failure(item.error) };
    default:
      return { kind };
  }
}

/** Describes one event. */
export function eventObject(event: AnyEvent): Json {
  const place = { account_id: event.accountId, sequence: Number(event.sequence) };
  if ("position" in event) {
    return { ...place, position: positionObject(event.position), conflated: event.conflated };
  }
  if ("order" in event) {
    const fill = event.fill && fillObject(event.fill);
    return { ...place, type: enumName(OrderEventType, event.type), order: orderObject(event.order), fill };
  }
  return { ...place, type: enumName(EventType, event.type) };
}

function fillObject(fill: Fill): Json {
  return {
    fill_id: fill.fillId,
    order_id: fill.orderId,
    quantity: text(fill.quantity),
    price: text(fill.price),
    kind: enumName(FillKind, fill.kind),
  };
}
