import { timestampDate, type Timestamp } from "@bufbuild/protobuf/wkt";

import { money, optional, required, type Decimal, type Money } from "./decimals.js";
import { unreadable } from "./errors.js";
import type { ActionOutcome } from "./gen/brokerwire/v1/order_service_pb.js";
import type * as pb from "./gen/brokerwire/v1/orders_pb.js";
import type * as positions from "./gen/brokerwire/v1/positions_pb.js";

/**
 * One logical order, as the gateway knows it. Quantities are in units, prices per unit. What is undefined is absent, or
 * the broker does not say. Times are in UTC, cut to milliseconds; `raw` has their nanoseconds.
 */
export interface Order {
  readonly orderId: string;
  readonly accountId: string;
  /** The caller's id and the idempotency key. "" for an adopted order that has none. */
  readonly clientOrderId: string;
  /** Rises by one with every change of the order. */
  readonly version: bigint;
  /** The account's journal sequence of the last change. */
  readonly sequence: bigint;
  readonly state: pb.OrderState;
  /** Whether it is over. Decide by this, not by a list of states. */
  readonly terminal: boolean;
  /** "" for a multi-leg order. */
  readonly symbol: string;
  readonly side: pb.Side;
  readonly type: pb.OrderType;
  readonly timeInForce: pb.TimeInForce;
  readonly orderClass: pb.OrderClass;
  /** The total; absent for a notional order until the broker names it. */
  readonly quantity: Decimal | undefined;
  readonly filledQuantity: Decimal;
  readonly remainingQuantity: Decimal | undefined;
  readonly averageFillPrice: Decimal | undefined;
  readonly notional: Money | undefined;
  readonly limitPrice: Decimal | undefined;
  readonly stopPrice: Decimal | undefined;
  readonly trailAmount: Decimal | undefined;
  /** 1.5 means 1.5 %. */
  readonly trailPercent: Decimal | undefined;
  readonly stateReason: pb.StateReason;
  readonly brokerMessage: string;
  readonly parentOrderId: string;
  readonly replacesOrderId: string;
  readonly replacedByOrderId: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createTime: Date | undefined;
  readonly updateTime: Date | undefined;
  /** The message that it was read from, with every field. */
  readonly raw: pb.Order;
}

/** The answer to a submit. */
export interface SubmittedOrder extends Order {
  /** The gateway knew the clientOrderId, so nothing was sent. */
  readonly deduplicated: boolean;
  /** The exits of a group. */
  readonly children: readonly Order[];
}

/** What became of a replace. REFUSED is no error: the order goes on as it was. */
export interface Replacement {
  /** The order now in force. */
  readonly order: Order;
  /** The superseded one, where the broker cancels and replaces. */
  readonly previous: Order | undefined;
  readonly outcome: ActionOutcome;
  readonly deduplicated: boolean;
}

/** What became of a cancel. REFUSED is no error; look at the order, it may have filled. */
export interface Cancellation {
  readonly order: Order;
  readonly outcome: ActionOutcome;
}

/** One execution, or its bust or correction. Immutable. */
export interface Fill {
  readonly fillId: string;
  readonly accountId: string;
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: pb.Side;
  readonly quantity: Decimal;
  readonly price: Decimal;
  readonly kind: pb.FillKind;
  /** The fill that a bust or a correction speaks of. */
  readonly refersToFillId: string;
  readonly sequence: bigint;
  readonly executionTime: Date | undefined;
  readonly commission: Money | undefined;
  readonly raw: pb.Fill;
}

/** One change of one order. accountId and sequence name it for ever. */
export interface OrderEvent {
  readonly accountId: string;
  readonly sequence: bigint;
  readonly type: pb.OrderEventType;
  /** The whole order after the event. */
  readonly order: Order;
  /** Set if `type` says so. */
  readonly fill: Fill | undefined;
  readonly time: Date | undefined;
  readonly reason: string;
  readonly raw: pb.OrderEvent;
}

/** What an account holds of one instrument. */
export interface Position {
  readonly accountId: string;
  readonly symbol: string;
  readonly side: positions.PositionSide;
  /** Below zero for a short position. */
  readonly quantity: Decimal;
  readonly averageCost: Decimal | undefined;
  readonly currentPrice: Decimal | undefined;
  readonly marketValue: Decimal | undefined;
  readonly unrealizedProfitLoss: Decimal | undefined;
  readonly realizedProfitLoss: Decimal | undefined;
  readonly sequence: bigint;
  /** The account held it and holds it no more. */
  readonly closed: boolean;
  readonly raw: positions.Position;
}

/** A change of a position, as the whole position after it. */
export interface PositionEvent {
  readonly accountId: string;
  readonly sequence: bigint;
  readonly position: Position;
  /** Earlier changes were skipped, because the reader was slow. */
  readonly conflated: boolean;
  readonly raw: positions.PositionEvent;
}

/** Reads an order that the contract always sets. */
export function readOrder(m: pb.Order | undefined): Order {
  if (!m) throw unreadable("the gateway left the order out, which the contract always sets");
  return {
    orderId: m.orderId,
    accountId: m.accountId,
    clientOrderId: m.clientOrderId,
    version: m.version,
    sequence: m.sequence,
    state: m.state,
    terminal: m.terminal,
    symbol: m.instrument?.symbol ?? "",
    side: m.side,
    type: m.type,
    timeInForce: m.timeInForce,
    orderClass: m.orderClass,
    quantity: optional(m.quantity, "order.quantity"),
    filledQuantity: required(m.filledQuantity, "order.filled_quantity"),
    remainingQuantity: optional(m.remainingQuantity, "order.remaining_quantity"),
    averageFillPrice: optional(m.averageFillPrice, "order.average_fill_price"),
    notional: money(m.notional, "order.notional"),
    limitPrice: optional(m.limitPrice, "order.limit_price"),
    stopPrice: optional(m.stopPrice, "order.stop_price"),
    trailAmount: m.trail.case === "trailAmount" ? required(m.trail.value, "order.trail_amount") : undefined,
    trailPercent: m.trail.case === "trailPercent" ? required(m.trail.value, "order.trail_percent") : undefined,
    stateReason: m.stateReason,
    brokerMessage: m.brokerMessage,
    parentOrderId: m.parentOrderId,
    replacesOrderId: m.replacesOrderId,
    replacedByOrderId: m.replacedByOrderId,
    tags: m.tags,
    createTime: when(m.createTime),
    updateTime: when(m.updateTime),
    raw: m,
  };
}

export function readFill(m: pb.Fill): Fill {
  return {
    fillId: m.fillId,
    accountId: m.accountId,
    orderId: m.orderId,
    clientOrderId: m.clientOrderId,
    symbol: m.instrument?.symbol ?? "",
    side: m.side,
    quantity: required(m.quantity, "fill.quantity"),
    price: required(m.price, "fill.price"),
    kind: m.kind,
    refersToFillId: m.refersToFillId,
    sequence: m.sequence,
    executionTime: when(m.executionTime),
    commission: money(m.commission, "fill.commission"),
    raw: m,
  };
}

export function readOrderEvent(m: pb.OrderEvent): OrderEvent {
  return {
    accountId: m.accountId,
    sequence: m.sequence,
    type: m.type,
    order: readOrder(m.order),
    fill: m.fill && readFill(m.fill),
    time: when(m.time),
    reason: m.reason,
    raw: m,
  };
}

export function readPosition(m: positions.Position | undefined): Position {
  if (!m) throw unreadable("the gateway left the position out, which the contract always sets");
  return {
    accountId: m.accountId,
    symbol: m.instrument?.symbol ?? "",
    side: m.side,
    quantity: required(m.quantity, "position.quantity"),
    averageCost: optional(m.averageCost, "position.average_cost"),
    currentPrice: optional(m.currentPrice, "position.current_price"),
    marketValue: optional(m.marketValue, "position.market_value"),
    unrealizedProfitLoss: optional(m.unrealizedProfitLoss, "position.unrealized_profit_loss"),
    realizedProfitLoss: optional(m.realizedProfitLoss, "position.realized_profit_loss"),
    sequence: m.sequence,
    closed: m.closed,
    raw: m,
  };
}

export function readPositionEvent(m: positions.PositionEvent): PositionEvent {
  return {
    accountId: m.accountId,
    sequence: m.sequence,
    position: readPosition(m.position),
    conflated: m.conflated,
    raw: m,
  };
}

/** Reads a time, cut to milliseconds. */
export function when(time: Timestamp | undefined): Date | undefined {
  return time && timestampDate(time);
}
