import { create, type MessageInitShape } from "@bufbuild/protobuf";

import { toWire, type DecimalLike, type Money } from "./decimals.js";
import { invalid } from "./errors.js";
import { InstrumentSchema } from "./gen/brokerwire/v1/instruments_pb.js";
import {
  CancelOrderRequestSchema,
  ReplaceOrderRequestSchema,
  type CancelOrderRequest,
  type ReplaceOrderRequest,
} from "./gen/brokerwire/v1/order_service_pb.js";
import {
  OrderClass,
  OrderRequestSchema,
  OrderType,
  TimeInForce,
  type OrderRequest as WireOrderRequest,
  PositionEffect,
  Side,
} from "./gen/brokerwire/v1/orders_pb.js";

/** An instrument in full, where a symbol does not say enough. */
export type InstrumentRequest = MessageInitShape<typeof InstrumentSchema>;

/** What a caller asks for. */
export interface OrderRequest {
  /**
   * The idempotency key; made if absent. The same id with the same content is the same order for ever, so it is safe to
   * submit again after an error.
   */
  clientOrderId?: string;
  /** "AAPL", "BTC/USD" or an OCC option symbol. */
  symbol?: string;
  instrument?: InstrumentRequest;
  side?: Side;
  /** In units: shares, contracts, coins. */
  quantity?: DecimalLike;
  /** A size in money instead. */
  notional?: Money<DecimalLike>;
  /** Follows from the prices if absent. */
  type?: OrderType;
  limitPrice?: DecimalLike;
  stopPrice?: DecimalLike;
  trailAmount?: DecimalLike;
  /** "1.5" means 1.5 %. */
  trailPercent?: DecimalLike;
  /** DAY if absent. */
  timeInForce?: TimeInForce;
  extendedHours?: boolean;
  /** Limit price of an exit that starts working when the order has filled. */
  takeProfit?: DecimalLike;
  /** An exit at a loss; a decimal alone is its stop price. */
  stopLoss?: DecimalLike | StopLossRequest;
  /** Follows from the exits and legs if absent; OCO must be said. */
  orderClass?: OrderClass;
  legs?: readonly LegRequest[];
  /** Labels, echoed in the order and its events and never sent to the broker. */
  tags?: Record<string, string>;
  /** The client's own if absent. */
  account?: string;
}

/** A loss-limiting exit. */
export interface StopLossRequest {
  stopPrice?: DecimalLike;
  limitPrice?: DecimalLike;
  trailAmount?: DecimalLike;
  trailPercent?: DecimalLike;
}

/** One leg of a multi-leg order. */
export interface LegRequest {
  symbol?: string;
  instrument?: InstrumentRequest;
  side: Side;
  /** Units of this leg per combination. */
  ratioQuantity: DecimalLike;
  positionEffect?: PositionEffect;
}

/** Changes to an open order; what is absent stays as it is. */
export interface ReplaceRequest {
  /** The new total, what has filled included. */
  quantity?: DecimalLike;
  limitPrice?: DecimalLike;
  stopPrice?: DecimalLike;
  trailAmount?: DecimalLike;
  trailPercent?: DecimalLike;
  timeInForce?: TimeInForce;
  /** Only if the order still has this version; ConflictError otherwise. */
  expectedVersion?: bigint;
  /** The idempotency key of the replace; made if absent. */
  newClientOrderId?: string;
}

/** Names an order, by orderId or, found even after a lost answer, by clientOrderId. An Order is one as well. */
export interface OrderKey {
  orderId?: string;
  clientOrderId?: string;
  /** The client's own if absent. */
  accountId?: string;
}

/** Makes the contract's request, but for the account. */
export function orderMessage(request: OrderRequest, clientOrderId: string): WireOrderRequest {
  return create(OrderRequestSchema, {
    clientOrderId,
    instrument: instrumentOf(request),
    side: request.side ?? Side.UNSPECIFIED,
    type: typeOf(request),
    timeInForce: request.timeInForce ?? TimeInForce.DAY,
    size: sizeOf(request),
    limitPrice: toWire(request.limitPrice, "order.limit_price"),
    stopPrice: toWire(request.stopPrice, "order.stop_price"),
    trail: trailOf(request, "order."),
    extendedHours: request.extendedHours ?? false,
    orderClass: classOf(request),
    tags: request.tags ?? {},
    legs: (request.legs ?? []).map(legMessage),
    takeProfit: takeProfitOf(request),
    stopLoss: stopLossOf(request.stopLoss),
  });
}

function instrumentOf(request: { instrument?: InstrumentRequest; symbol?: string }): InstrumentRequest | undefined {
  return request.instrument ?? (request.symbol ? { symbol: request.symbol } : undefined);
}

function typeOf(request: OrderRequest): OrderType {
  if (request.type !== undefined) return request.type;
  if (request.trailAmount !== undefined || request.trailPercent !== undefined) return OrderType.TRAILING_STOP;
  if (request.stopPrice !== undefined) {
    return request.limitPrice === undefined ? OrderType.STOP : OrderType.STOP_LIMIT;
  }
  return request.limitPrice === undefined ? OrderType.MARKET : OrderType.LIMIT;
}

function classOf(request: OrderRequest): OrderClass {
  if (request.orderClass !== undefined) return request.orderClass;
  if (request.legs?.length) return OrderClass.MULTI_LEG;
  const exits = [request.takeProfit, request.stopLoss].filter((exit) => exit !== undefined).length;
  return [OrderClass.SIMPLE, OrderClass.OTO, OrderClass.BRACKET][exits] ?? OrderClass.SIMPLE;
}

function sizeOf({
  quantity,
  notional,
}: OrderRequest): NonNullable<MessageInitShape<typeof OrderRequestSchema>["size"]> {
  if (notional !== undefined) {
    if (quantity !== undefined) throw invalid("order.notional", "cannot go with a quantity", "INVALID_FIELD");
    const amount = toWire(notional.amount, "order.notional");
    return { case: "notional", value: { amount, currencyCode: notional.currency } };
  }
  const value = toWire(quantity, "order.quantity");
  return value ? { case: "quantity", value } : { case: undefined };
}

type Trail =
  { case: "trailAmount" | "trailPercent"; value: { value: string } } | { case: undefined; value?: undefined };

function trailOf(given: { trailAmount?: DecimalLike; trailPercent?: DecimalLike }, prefix: string): Trail {
  const amount = toWire(given.trailAmount, `${prefix}trail_amount`);
  const percent = toWire(given.trailPercent, `${prefix}trail_percent`);
  if (amount && percent) {
    throw invalid(`${prefix}trail_percent`, "cannot go with a trail_amount", "INVALID_FIELD");
  }
  if (amount) return { case: "trailAmount", value: amount };
  return percent ? { case: "trailPercent", value: percent } : { case: undefined };
}

function takeProfitOf({ takeProfit }: OrderRequest) {
  const limitPrice = toWire(takeProfit, "order.take_profit.limit_price");
  return limitPrice && { limitPrice };
}

function stopLossOf(stopLoss: OrderRequest["stopLoss"]) {
  if (stopLoss === undefined) return undefined;
  const exit: StopLossRequest = isStopLoss(stopLoss) ? stopLoss : { stopPrice: stopLoss };
  return {
    stopPrice: toWire(exit.stopPrice, "order.stop_loss.stop_price"),
    limitPrice: toWire(exit.limitPrice, "order.stop_loss.limit_price"),
    trail: trailOf(exit, "order.stop_loss."),
  };
}

function isStopLoss(given: DecimalLike | StopLossRequest): given is StopLossRequest {
  return typeof given === "object" && !("toFixed" in given);
}

function legMessage(leg: LegRequest, index: number) {
  return {
    instrument: instrumentOf(leg),
    side: leg.side,
    ratioQuantity: toWire(leg.ratioQuantity, `order.legs[${index}].ratio_quantity`),
    positionEffect: leg.positionEffect ?? PositionEffect.UNSPECIFIED,
  };
}

/** Makes the contract's request, but for the account. */
export function replaceMessage(key: OrderKey, request: ReplaceRequest, newClientOrderId: string): ReplaceOrderRequest {
  return create(ReplaceOrderRequestSchema, {
    orderKey: keyOf(key),
    newClientOrderId,
    expectedVersion: request.expectedVersion,
    quantity: toWire(request.quantity, "quantity"),
    limitPrice: toWire(request.limitPrice, "limit_price"),
    stopPrice: toWire(request.stopPrice, "stop_price"),
    trail: trailOf(request, ""),
    timeInForce: request.timeInForce,
  });
}

/** Makes the contract's request, but for the account. */
export function cancelMessage(key: OrderKey): CancelOrderRequest {
  return create(CancelOrderRequestSchema, { orderKey: keyOf(key) });
}

/** Names an order in a request. */
export function keyOf(key: OrderKey): { case: "orderId" | "clientOrderId"; value: string } {
  if (key.orderId) return { case: "orderId", value: key.orderId };
  return { case: "clientOrderId", value: key.clientOrderId ?? "" };
}
