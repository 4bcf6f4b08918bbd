export { ActionOutcome } from "./gen/brokerwire/v1/order_service_pb.js";
export { EventType } from "./gen/brokerwire/v1/events_pb.js";
export {
  FillKind,
  OrderClass,
  OrderEventType,
  OrderState,
  OrderType,
  PositionEffect,
  Side,
  StateReason,
  TimeInForce,
} from "./gen/brokerwire/v1/orders_pb.js";
export { PositionSide } from "./gen/brokerwire/v1/positions_pb.js";
export { SourceGapPhase, StreamMode, StreamResetCause } from "./gen/brokerwire/v1/streams_pb.js";

/**
 * The short name of an enum value of the contract: `enumName(OrderState, order.state)` is "partially_filled", or
 * "unknown(77)" for a value that is newer than this package.
 */
export function enumName(names: Record<number, string>, value: number): string {
  return names[value]?.toLowerCase() ?? `unknown(${value})`;
}
